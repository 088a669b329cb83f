"""Pages of the console that an answer leads to."""

from urllib.parse import quote

from marketing_pipeline.domain.conversation import Link

TODAY = Link(label="Today", path="/")
APPROVALS = Link(label="Approvals", path="/approvals")
ADS = Link(label="Ads", path="/ads")
PERFORMANCE = Link(label="Performance", path="/performance")
COST = Link(label="Cost", path="/cost")
HEALTH = Link(label="Health", path="/health")
RULES = Link(label="Rules", path="/rules")


def post_link(post: str) -> Link:
    """A post's page."""
    return Link(label=post, path=f"/posts/{quote(post, safe='')}")


def trace_link(post: str) -> Link:
    """The whole timeline of a post."""
    return Link(label=f"{post}: trace", path=f"/posts/{quote(post, safe='')}/trace")


def approval_link(request: str) -> Link:
    """The page on which a request is decided."""
    return Link(label=request, path=f"/approvals/{quote(request, safe='')}")


def ad_change_link(change: str) -> Link:
    """An ad change's page."""
    return Link(label=change, path=f"/ads/changes/{quote(change, safe='')}")


def calendar_link(brand: str, week: str) -> Link:
    """A brand's week."""
    return Link(label=f"{brand}, week of {week}", path=f"/calendar?brand={quote(brand, safe='')}&week={week}")
