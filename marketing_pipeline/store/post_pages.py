"""Posts page by page, for programs that read them all."""

from collections.abc import Collection, Sequence

from sqlalchemy import Connection, select

from marketing_pipeline.domain.identifiers import BrandId
from marketing_pipeline.domain.post import PostState
from marketing_pipeline.store.post_row import Post, post_of
from marketing_pipeline.store.tables import posts


def page_of_posts(
    connection: Connection,
    brands: Collection[BrandId],
    *,
    week: str | None = None,
    states: Sequence[PostState] = (),
    after: str = "",
    limit: int,
) -> tuple[Post, ...]:
    """At most `limit` posts of these brands whose ids follow `after`, by id: brand, week, position."""
    wanted = select(posts).where(posts.c.brand.in_(brands), posts.c.id > after)
    if week is not None:
        wanted = wanted.where(posts.c.week == week)
    if states:
        wanted = wanted.where(posts.c.state.in_(states))
    return tuple(post_of(row) for row in connection.execute(wanted.order_by(posts.c.id).limit(limit)).mappings())
