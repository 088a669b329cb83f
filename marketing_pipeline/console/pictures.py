"""Creatives and their thumbnails over HTTP."""

import re
from io import BytesIO

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from marketing_pipeline.console.desk import desk_of
from marketing_pipeline.domain.errors import NotFound
from marketing_pipeline.domain.identifiers import Sha256
from marketing_pipeline.store.whole_file import replace_whole
from marketing_pipeline.workplace import Workplace

WIDTHS = (96, 320, 640)
"""Pixels of the thumbnails that are made: a closed set, so that nobody fills the disk by asking."""
_NAME = re.compile(r"([0-9a-f]{64})(?:-(\d{2,4}))?\.jpg")
_FOR_EVER = {"cache-control": "private, max-age=31536000, immutable"}


def picture(request: Request) -> Response:
    """A picture of the media folder, whole or small. Raises NotFound."""
    matched = _NAME.fullmatch(request.path_params["name"])
    width = int(matched[2]) if matched and matched[2] else None
    if matched is None or width not in (None, *WIDTHS):
        raise NotFound("There is no such picture.", "Open it from the page of its post.")
    place, sha256 = desk_of(request).place, Sha256(matched[1])
    jpeg = place.media.open(sha256) if width is None else _thumbnail(place, sha256, width)
    return Response(jpeg, media_type="image/jpeg", headers=_FOR_EVER)


def _thumbnail(place: Workplace, sha256: Sha256, width: int) -> bytes:
    """Made once, and kept beside the console's other files: they can be deleted at any time."""
    kept = place.home.root / "console" / "thumbnails" / f"{sha256}-{width}.jpg"
    if kept.is_file():
        return kept.read_bytes()
    from PIL import Image

    made = BytesIO()
    with Image.open(BytesIO(place.media.open(sha256))) as whole:
        whole.thumbnail((width, 2 * width))
        whole.convert("RGB").save(made, "JPEG", quality=82, optimize=True)
    kept.parent.mkdir(parents=True, exist_ok=True)
    replace_whole(kept, made.getvalue())
    return made.getvalue()


ROUTES = (Route("/media/{name}", picture),)
