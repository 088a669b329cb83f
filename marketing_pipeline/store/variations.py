"""Copy variations of posts, in rounds: the first writing, and one more for each time it is sent back or edited."""

from datetime import datetime

from pydantic import AwareDatetime, BaseModel, ConfigDict
from sqlalchemy import Connection, RowMapping, func, select

from marketing_pipeline.domain.errors import NotFound
from marketing_pipeline.domain.identifiers import BrandId, PostId, VariationId
from marketing_pipeline.domain.post import PostState
from marketing_pipeline.domain.said_captions import REMEMBERED, SaidCaptions
from marketing_pipeline.domain.variation import CopyVariation, VariationSet
from marketing_pipeline.store.database import Database
from marketing_pipeline.store.tables import post_variations, posts

COPYWRITER = "copywriter"


class Variation(BaseModel):
    """One stored wording of a post. `choice_reason` stands on the chosen one of a round."""

    model_config = ConfigDict(frozen=True)

    id: VariationId
    post: PostId
    round: int
    position: int
    wording: CopyVariation
    chosen: bool
    choice_reason: str | None
    author: str
    created_at: AwareDatetime


def record_variations(
    database: Database, post: PostId, round_number: int, written: VariationSet, author: str = COPYWRITER
) -> tuple[Variation, ...]:
    """Store a round of a post and return it. A round that is stored already stands, whatever `written` says."""
    with database.write() as connection:
        standing = _variations(connection, post, round_number)
        if standing:
            return standing
        now = database.clock.now()
        rows = [
            {
                **wording.model_dump(mode="json"),
                "id": f"{post}-r{round_number}-v{position}",
                "post": post,
                "round": round_number,
                "position": position,
                "chosen": position == written.chosen,
                "choice_reason": written.choice_reason if position == written.chosen else None,
                "author": author,
                "created_at": now,
                "updated_at": now,
            }
            for position, wording in enumerate(written.variations, start=1)
        ]
        connection.execute(post_variations.insert(), rows)
        return _variations(connection, post, round_number)


def record_edit(database: Database, post: PostId, wording: CopyVariation, author: str, reason: str) -> Variation:
    """Store a person's own wording as a round of one, chosen. The wording that stands already is not stored again."""
    with database.write() as connection:
        newest = latest_round(connection, post)
        for variation in _variations(connection, post, newest):
            if variation.chosen and variation.wording == wording:
                return variation
        _insert_chosen(connection, post, newest + 1, wording, author, reason, database.clock.now())
        return _variations(connection, post, newest + 1)[0]


def carry_over(connection: Connection, variation: Variation, author: str, reason: str, now: datetime) -> Variation:
    """Store the same wording once more, as a round of one, so that a picture is made for it anew."""
    following = latest_round(connection, variation.post) + 1
    _insert_chosen(connection, variation.post, following, variation.wording, author, reason, now)
    return _variations(connection, variation.post, following)[0]


def get_variation(database: Database, variation: VariationId) -> Variation:
    """The variation of that id. Raises NotFound."""
    with database.read() as connection:
        row = connection.execute(select(post_variations).where(post_variations.c.id == variation)).mappings().first()
    if row is None:
        raise NotFound(f"There is no variation {variation}.", "`marketing posts show ID` lists those of a post.")
    return _variation(row)


def variations_of(database: Database, post: PostId, round_number: int | None = None) -> tuple[Variation, ...]:
    """The variations of a post's round (the latest when none is named), in order; empty before the first writing."""
    with database.read() as connection:
        return _variations(connection, post, round_number or latest_round(connection, post))


def latest_round(connection: Connection, post: PostId) -> int:
    """The number of the newest round of a post; 0 before the first."""
    newest = select(func.max(post_variations.c.round)).where(post_variations.c.post == post)
    return int(connection.scalar(newest) or 0)


def recent_hook_lines(database: Database, brand: BrandId, since: datetime, limit: int = 60) -> tuple[str, ...]:
    """First lines that a brand has used since a moment, newest first: what not to write again."""
    query = (
        select(post_variations.c.hook_line)
        .join(posts, posts.c.chosen_variation == post_variations.c.id)
        .where(posts.c.brand == brand, posts.c.scheduled_at >= since)
        .order_by(posts.c.scheduled_at.desc())
        .limit(limit)
    )
    with database.read() as connection:
        return tuple(connection.scalars(query))


def said_captions(database: Database, brand: BrandId, besides: PostId | None = None) -> SaidCaptions:
    """The captions of a brand that went out lately or are on their way; without those of one post.

    Only what was cancelled never goes out: a post that failed or was missed may be queued again with its words.
    """
    query = (
        select(posts.c.id, post_variations.c.caption)
        .join(post_variations, posts.c.chosen_variation == post_variations.c.id)
        .where(posts.c.brand == brand, posts.c.scheduled_at >= database.clock.now() - REMEMBERED)
        .where(posts.c.state != PostState.CANCELLED, posts.c.id.is_distinct_from(besides))
        .order_by(posts.c.scheduled_at)
    )
    with database.read() as connection:
        return SaidCaptions((PostId(post), caption) for post, caption in connection.execute(query))


def _insert_chosen(
    connection: Connection,
    post: PostId,
    round_number: int,
    wording: CopyVariation,
    author: str,
    reason: str,
    now: datetime,
) -> None:
    connection.execute(
        post_variations.insert().values(
            **wording.model_dump(mode="json"),
            id=f"{post}-r{round_number}-v1",
            post=post,
            round=round_number,
            position=1,
            chosen=True,
            choice_reason=reason,
            author=author,
            created_at=now,
            updated_at=now,
        )
    )


def _variations(connection: Connection, post: PostId, round_number: int) -> tuple[Variation, ...]:
    query = (
        select(post_variations)
        .where(post_variations.c.post == post, post_variations.c.round == round_number)
        .order_by(post_variations.c.position)
    )
    return tuple(_variation(row) for row in connection.execute(query).mappings())


def _variation(row: RowMapping) -> Variation:
    wording = CopyVariation.model_validate({name: row[name] for name in CopyVariation.model_fields})
    return Variation.model_validate({**row, "wording": wording})
