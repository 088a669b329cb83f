"""Everything that an account posted since a moment: what a restored database is compared with."""

from datetime import datetime
from typing import Annotated

from pydantic import AwareDatetime, BaseModel, BeforeValidator, ConfigDict, Field

from marketing_pipeline.channels.instagram_errors import Phase
from marketing_pipeline.channels.instagram_wire import VERSION, GraphWire, graph_time
from marketing_pipeline.domain.clock import aware

_PAGE = 50
_MOST_PAGES = 200
"""Meta lists the newest 10,000 posts of an account."""


class _Frozen(BaseModel):
    model_config = ConfigDict(frozen=True)


class ListedPost(_Frozen):
    """One live post. The list may leave captions out, so each is read by itself; empty: not read, or none."""

    id: Annotated[str, Field(min_length=1)]
    timestamp: Annotated[AwareDatetime, BeforeValidator(graph_time)]
    caption: str = ""
    permalink: str | None = None


class _Cursors(_Frozen):
    after: str | None = None


class _Paging(_Frozen):
    cursors: _Cursors = _Cursors()
    next: str | None = None


class _Page(_Frozen):
    data: tuple[ListedPost, ...]
    paging: _Paging = _Paging()


def list_posts(wire: GraphWire, account: str, since: datetime) -> tuple[ListedPost, ...]:
    """The account's posts that are not older than `since`, newest first, page by page. Raises InstagramFailure."""
    found: list[ListedPost] = []
    parameters = {"fields": "id,permalink,timestamp", "limit": str(_PAGE)}
    for _ in range(_MOST_PAGES):
        page = wire.call(Phase.READ, "GET", f"/{VERSION}/{account}/media", parameters, _Page)
        found += [post for post in page.data if post.timestamp >= aware(since)]
        after, whole = page.paging.cursors.after, all(post.timestamp >= aware(since) for post in page.data)
        if page.paging.next is None or after is None or not whole:
            break
        parameters["after"] = after
    return tuple(found)


def read_post(wire: GraphWire, media_id: str) -> ListedPost:
    """One live post with its caption. Raises InstagramFailure."""
    fields = {"fields": "id,permalink,timestamp,caption"}
    return wire.call(Phase.READ, "GET", f"/{VERSION}/{media_id}", fields, ListedPost)
