"""Picture files made by code for the tests."""

import io

from PIL import Image

Colour = tuple[int, ...] | int


def saved(image: Image.Image, kind: str, *, exif: Image.Exif | None = None, profile: bytes | None = None) -> bytes:
    """The picture as a file of this kind."""
    out = io.BytesIO()
    if exif is not None:
        image.save(out, kind, exif=exif)
    elif profile is not None:
        image.save(out, kind, icc_profile=profile)
    else:
        image.save(out, kind)
    return out.getvalue()


def png(size: tuple[int, int], colour: Colour, mode: str = "RGB") -> bytes:
    """A PNG of one colour."""
    return saved(Image.new(mode, size, colour), "PNG")
