"""Where things are shown: the one place that knows the addresses of the console."""

from urllib.parse import quote, urlencode

from marketing_pipeline.domain.identifiers import ApprovalId, BrandId, PostId, Sha256


def post_url(post: PostId | str) -> str:
    """A post's page."""
    return f"/posts/{quote(post, safe='')}"


def approval_url(request: ApprovalId | str) -> str:
    """A request's page."""
    return f"/approvals/{quote(request, safe='')}"


def ad_change_url(change: str) -> str:
    """An ad change's page."""
    return f"/ads/changes/{quote(change, safe='')}"


def calendar_url(brand: BrandId | str | None = None, week: str | None = None) -> str:
    """A week's page."""
    return with_query("/calendar", brand=brand, week=week)


def evidence_url(brand: BrandId | str, factor: str, level: str, week: str | None = None) -> str:
    """The posts behind what was known of a level going into a week, the newest where none is given."""
    return with_query("/performance/evidence", brand=brand, factor=factor, level=level, week=week)


def picture_url(sha256: Sha256 | str, width: int | None = None) -> str:
    """A picture, whole or as a thumbnail of a width in pixels."""
    return f"/media/{sha256}{f'-{width}' if width else ''}.jpg"


def with_query(path: str, **given: object) -> str:
    """A path with those of the given values that are not empty."""
    query = urlencode({name: str(value) for name, value in given.items() if value not in (None, "", False)})
    return f"{path}?{query}" if query else path
