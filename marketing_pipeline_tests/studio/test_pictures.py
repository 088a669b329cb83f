"""Pictures from outside: each hostile file is refused in one clear line, each odd one comes out upright and in sRGB."""

import io
import struct
import zlib
from typing import Any, cast

import numpy as np
import pytest
from PIL import Image, ImageCms

from marketing_pipeline.studio.jpeg import srgb_profile
from marketing_pipeline.studio.pictures import MOST_BYTES, UnusablePicture, cover, open_picture
from marketing_pipeline_tests.studio.pictures import png, saved


def bomb(width: int, height: int) -> bytes:
    """A PNG that claims a huge size in its header; a few bytes long."""

    def chunk(kind: bytes, body: bytes) -> bytes:
        return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))

    header = chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0))
    return b"\x89PNG\r\n\x1a\n" + header + chunk(b"IDAT", zlib.compress(b"\0" * 100)) + chunk(b"IEND", b"")


def photo(width: int = 800, height: int = 600) -> Image.Image:
    across = np.linspace(0, 255, width)[None, :, None] * np.ones((height, 1, 3))
    across[: height // 4] = (255, 0, 0)
    return Image.fromarray(across.astype(np.uint8))


@pytest.mark.parametrize(
    ("data", "says"),
    [
        (b"", "no JPEG, PNG or WebP"),
        (b"<html>Sign in</html>", "no JPEG, PNG or WebP"),
        (b"just some text " * 400, "no JPEG, PNG or WebP"),
        (saved(photo(), "GIF"), "no JPEG, PNG or WebP"),
        (saved(photo(), "BMP"), "no JPEG, PNG or WebP"),
        (saved(photo(), "JPEG")[:4000], "broken or cut off"),
        (saved(photo(), "PNG")[:2000], "broken or cut off"),
        (saved(photo(), "WEBP")[:900], "broken or cut off"),
        (bomb(60_000, 60_000), "megapixels"),
        (bomb(12_000, 9_000), "megapixels"),
        (bomb(8_000, 6_500), "megapixels"),
        (bomb(4_000, 4_000), "broken or cut off"),
        (b"\xff\xd8\xff" + b"\0" * MOST_BYTES, "bytes"),
        (png((900, 300), (1, 2, 3)), "too small"),
        (saved(photo(), "JPEG", profile=b"not a profile"), "colour profile"),
    ],
)
def test_a_hostile_file_is_refused(data: bytes, says: str) -> None:
    with pytest.raises(UnusablePicture, match=says) as refused:
        open_picture(data)
    assert refused.value.mend


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP"])
def test_a_good_file_opens(kind: str) -> None:
    picture = open_picture(saved(photo(), kind))
    assert (picture.mode, picture.size) == ("RGB", (800, 600))


def test_a_turned_picture_is_put_upright() -> None:
    exif = Image.Exif()
    exif[0x0112] = 6
    picture = open_picture(saved(photo(), "JPEG", exif=exif))
    assert picture.size == (600, 800)
    red = picture.getpixel((560, 400))
    assert isinstance(red, tuple) and red[0] > 230 and red[1] < 30


def test_cmyk_without_a_profile_becomes_rgb() -> None:
    picture = open_picture(saved(Image.new("CMYK", (600, 600), (0, 255, 255, 0)), "JPEG"))
    assert picture.mode == "RGB"
    red = picture.getpixel((300, 300))
    assert isinstance(red, tuple) and red[0] > 200 and red[1] < 60


def test_an_embedded_profile_is_honoured() -> None:
    """The same numbers in a space with red and blue exchanged are another colour; plain conversion would keep them."""
    swapped = bytearray(srgb_profile())
    red, blue = swapped.index(b"rXYZ", 128), swapped.index(b"bXYZ", 128)
    swapped[red : red + 4], swapped[blue : blue + 4] = b"bXYZ", b"rXYZ"
    picture = saved(Image.new("RGB", (600, 600), (200, 30, 30)), "PNG", profile=bytes(swapped))
    pixel = open_picture(picture).getpixel((5, 5))
    assert isinstance(pixel, tuple) and pixel[2] > 180 and pixel[0] < 60
    same = open_picture(saved(Image.new("RGB", (600, 600), (200, 30, 30)), "PNG", profile=srgb_profile()))
    assert same.getpixel((5, 5)) == (200, 30, 30)


def test_a_transparent_picture_keeps_its_profile_and_stands_on_white() -> None:
    picture = open_picture(saved(Image.new("RGBA", (600, 600), (200, 30, 30, 128)), "PNG", profile=srgb_profile()))
    pixel = picture.getpixel((5, 5))
    assert picture.mode == "RGB" and isinstance(pixel, tuple) and pixel[0] > 220 and 130 < pixel[1] < 150


def test_a_profile_for_another_kind_of_data_is_refused() -> None:
    lab = ImageCms.ImageCmsProfile(cast("Any", ImageCms.createProfile("LAB"))).tobytes()
    with pytest.raises(UnusablePicture, match="colour profile"):
        open_picture(saved(Image.new("RGB", (600, 600), (200, 30, 30)), "PNG", profile=lab))


@pytest.mark.parametrize(
    ("mode", "colour", "expected"),
    [
        ("RGBA", (255, 0, 0, 0), (255, 255, 255)),
        ("RGBA", (255, 0, 0, 255), (255, 0, 0)),
        ("L", 128, (128, 128, 128)),
        ("LA", (0, 0), (255, 255, 255)),
        ("P", 0, (0, 0, 0)),
        ("I;16", 0x8000, (128, 128, 128)),
        ("1", 1, (255, 255, 255)),
    ],
)
def test_every_mode_becomes_rgb(mode: str, colour: tuple[int, ...] | int, expected: tuple[int, int, int]) -> None:
    picture = open_picture(png((600, 600), colour, mode))
    assert picture.mode == "RGB"
    assert picture.getpixel((9, 9)) == expected


def test_cover_keeps_the_middle_and_the_proportions() -> None:
    wide = Image.new("RGB", (900, 300), (0, 0, 255))
    wide.paste((255, 0, 0), (300, 0, 600, 300))
    square = cover(wide, (200, 200))
    assert square.size == (200, 200)
    assert square.getpixel((10, 100)) == (255, 0, 0) == square.getpixel((190, 100))


def test_the_profile_never_changes_from_run_to_run() -> None:
    profile = srgb_profile()
    assert profile[36:40] == b"acsp"
    assert struct.unpack(">6H", profile[24:36]) == (2024, 1, 1, 0, 0, 0)
    assert "sRGB" in ImageCms.getProfileDescription(ImageCms.ImageCmsProfile(io.BytesIO(profile)))
