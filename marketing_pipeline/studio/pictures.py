"""Pictures from outside: decoded within limits, upright, in sRGB."""

import io
from typing import Final

from PIL import Image, ImageCms, ImageOps

from marketing_pipeline.domain.errors import MarketingError
from marketing_pipeline.studio.jpeg import srgb_profile

MOST_BYTES: Final = 30_000_000
MOST_PIXELS: Final = 50_000_000
LEAST_SIDE: Final = 512  # below half of a post's width an enlarged picture is visibly soft
_FORMATS: Final = ("JPEG", "PNG", "WEBP")


class UnusablePicture(MarketingError):
    """Bytes that are no picture, or one that is too large, too small, broken or of another type."""


def open_picture(data: bytes) -> Image.Image:
    """Decode an untrusted picture to RGB: EXIF orientation applied, colour profile turned into sRGB, no transparency.

    Raises UnusablePicture. Nothing is decoded before the size is known to be below 50 megapixels.
    """
    if len(data) > MOST_BYTES:
        raise UnusablePicture(
            f"The picture has {len(data):,} bytes; the limit is {MOST_BYTES:,}.", "Ask for a smaller picture."
        )
    try:
        picture = Image.open(io.BytesIO(data), formats=_FORMATS)
        _check_size(picture)
        picture.load()
        upright = ImageOps.exif_transpose(picture)
        return _without_alpha(_to_srgb(upright, picture.info.get("icc_profile")))
    except (Image.DecompressionBombError, Image.DecompressionBombWarning) as error:
        raise UnusablePicture("The picture has more than 50 megapixels.", "Ask for a smaller picture.") from error
    except Image.UnidentifiedImageError as error:
        raise UnusablePicture(
            "The bytes are no JPEG, PNG or WebP picture.", "Check what the image service answered."
        ) from error
    except (OSError, SyntaxError, ValueError, EOFError) as error:  # Pillow raises all four on broken files
        raise UnusablePicture(f"The picture is broken or cut off ({error}).", "Ask for it again.") from error


def _check_size(picture: Image.Image) -> None:
    width, height = picture.size
    if width * height > MOST_PIXELS:
        raise UnusablePicture(f"The picture is {width} x {height}: above 50 megapixels.", "Ask for a smaller picture.")
    if min(width, height) < LEAST_SIDE:
        raise UnusablePicture(
            f"The picture is {width} x {height}: too small to print sharply.",
            f"Ask for one with at least {LEAST_SIDE} pixels on its short side.",
        )


def _to_srgb(picture: Image.Image, profile: object) -> Image.Image:
    """To RGB or RGBA in sRGB. Plain `convert` would ignore an embedded profile, which shifts every CMYK file."""
    if picture.mode.startswith("I;16"):
        picture = picture.convert("I").point(lambda value: value / 256).convert("L")
    alpha = picture.convert("RGBA").getchannel("A") if picture.has_transparency_data else None
    if picture.mode not in ("RGB", "CMYK", "L"):
        picture = picture.convert("RGB")
    if isinstance(profile, bytes) and profile:
        picture = _transformed(picture, profile)
    picture = picture.convert("RGB")
    if alpha is not None:
        picture.putalpha(alpha)
    return picture


def _transformed(picture: Image.Image, profile: bytes) -> Image.Image:
    try:
        source = ImageCms.ImageCmsProfile(io.BytesIO(profile))
        target = ImageCms.ImageCmsProfile(io.BytesIO(srgb_profile()))
        transform = ImageCms.buildTransform(source, target, picture.mode, "RGB")
        return ImageCms.applyTransform(picture, transform) or picture
    except (ImageCms.PyCMSError, OSError) as error:
        raise UnusablePicture(
            "The colour profile of the picture cannot be used.", "Save the picture in sRGB and try again."
        ) from error


def _without_alpha(picture: Image.Image) -> Image.Image:
    if picture.mode != "RGBA":
        return picture
    flat = Image.new("RGB", picture.size, (255, 255, 255))
    flat.paste(picture, (0, 0), picture)
    return flat


def cover(picture: Image.Image, size: tuple[int, int]) -> Image.Image:
    """Scale and crop around the centre so that the picture fills `size`."""
    return ImageOps.fit(picture, size, Image.Resampling.LANCZOS)
