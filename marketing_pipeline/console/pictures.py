"""Creatives and their thumbnails over HTTP."""

import re
from io import BytesIO

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from marketing_pipeline.console.desk import Desk, desk_of
from marketing_pipeline.domain.errors import NotFound
from marketing_pipeline.domain.identifiers import Sha256
from marketing_pipeline.store.media_references import is_picture_of
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
        raise _no_such_picture()
    desk, sha256 = desk_of(request), Sha256(matched[1])
    _require_seen(desk, sha256)
    try:
        jpeg = desk.place.media.open(sha256) if width is None else _thumbnail(desk.place, sha256, width)
    except NotFound as missing:
        raise _no_such_picture() from missing
    return Response(jpeg, media_type="image/jpeg", headers=_FOR_EVER)


def _require_seen(desk: Desk, sha256: Sha256) -> None:
    """Return where it is of a brand that the person sees. Raises NotFound."""
    seen = desk.person.brands
    if seen is None:
        return
    with desk.place.database.read() as connection:
        if not is_picture_of(connection, sha256, seen):
            raise _no_such_picture()


def _no_such_picture() -> NotFound:
    return NotFound("There is no such picture.", "Open it from the page of its post.")


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
