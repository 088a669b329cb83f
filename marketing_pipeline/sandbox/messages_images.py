"""Pictures of a request: decoded whole, so that what is no picture is refused as the real API refuses it."""

import base64
import binascii
import io
import warnings

from PIL import Image, UnidentifiedImageError

from marketing_pipeline.sandbox.messages_blocks import ImageBlock, ImageSource
from marketing_pipeline.sandbox.messages_rules import MessagesRequest, invalid

MOST_IMAGE_BYTES = 5_000_000
MOST_SIDE = 8000
MOST_SIDE_OF_MANY = 2000
MANY_IMAGES = 20
MOST_IMAGES = 100


def read_images(request: MessagesRequest) -> list[Image.Image]:
    """Every picture of the request, decoded whole, in RGB. Raises Refusal for one that is none or too large."""
    blocks = [block for turn in request.messages for block in turn.blocks() if isinstance(block, ImageBlock)]
    if len(blocks) > MOST_IMAGES:
        raise invalid(f"messages: too many images: {len(blocks)}; at most {MOST_IMAGES}")
    side = MOST_SIDE_OF_MANY if len(blocks) > MANY_IMAGES else MOST_SIDE
    return [_decoded(block.source, side) for block in blocks]


def _decoded(source: ImageSource, side: int) -> Image.Image:
    try:
        content = base64.b64decode(source.data, validate=True)
    except (binascii.Error, ValueError) as error:
        raise invalid("image.source.base64.data: invalid base64 data") from error
    if len(content) > MOST_IMAGE_BYTES:
        raise invalid(f"image exceeds 5 MB maximum: {len(content)} bytes > {MOST_IMAGE_BYTES} bytes")
    with warnings.catch_warnings():
        warnings.simplefilter("error", Image.DecompressionBombWarning)
        try:
            image = Image.open(io.BytesIO(content), formats=["JPEG", "PNG", "GIF", "WEBP"])
            if max(image.size) > side:
                raise invalid(f"image dimensions exceed max allowed size: {side} pixels")
            picture = image.convert("RGB")
        except (UnidentifiedImageError, Image.DecompressionBombWarning, OSError, SyntaxError, ValueError) as error:
            raise invalid("Could not process image") from error
    if f"image/{(image.format or '').lower()}" != source.media_type:
        raise invalid(f"The image was specified using the {source.media_type} media type, but it is {image.format}")
    return picture
