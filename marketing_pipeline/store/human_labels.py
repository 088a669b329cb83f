"""People's decisions about posts as labels: approved as it stood, or sent back or changed."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, select

from marketing_pipeline.domain.identifiers import BrandId
from marketing_pipeline.store.tables import approvals, creatives, edit_examples, post_variations
from marketing_pipeline.store.variations import COPYWRITER

_NOT_PEOPLE = ("policy", "system")


@dataclass(frozen=True)
class CaptionLabel:
    """A caption as the copywriter wrote it, as it stood when a person decided, and what they decided."""

    post: str
    written: str
    stood: str
    approved: bool


def bar_and_people(connection: Connection, brand: BrandId) -> tuple[tuple[bool, bool], ...]:
    """For each post that a person decided about: whether its picture met the bar, and whether they said yes to it.

    The picture is the newest that stood when they decided. A yes after a person had asked for another picture of the
    post, with none made since, is no yes to the picture.
    """
    found: list[tuple[bool, bool]] = []
    for post, decision, at in _decided(connection, brand):
        stood = (
            select(creatives.c.meets_bar, creatives.c.created_at)
            .where(creatives.c.post == post, creatives.c.created_at <= at)
            .order_by(creatives.c.round.desc(), creatives.c.chosen.desc(), creatives.c.attempt.desc())
            .limit(1)
        )
        picture = connection.execute(stood).first()
        if picture is None:
            continue
        unwanted = select(edit_examples.c.id).where(
            edit_examples.c.post == post,
            edit_examples.c.kind == "regeneration",
            edit_examples.c.created_at >= picture.created_at,
            edit_examples.c.created_at <= at,
        )
        wanted_other = connection.execute(unwanted.limit(1)).first() is not None
        found.append((bool(picture.meets_bar), decision == "approve" and not wanted_other))
    return tuple(found)


def captions_and_people(connection: Connection, brand: BrandId) -> tuple[CaptionLabel, ...]:
    """For each post that a person decided about, the caption that the copywriter had chosen and what became of it.

    Captions that nobody but people wrote, and decisions before anything was written, are left out.
    """
    found: list[CaptionLabel] = []
    for post, decision, at in _decided(connection, brand):
        chosen = (
            select(post_variations.c.caption, post_variations.c.created_at)
            .where(
                post_variations.c.post == post,
                post_variations.c.created_at <= at,
                post_variations.c.author == COPYWRITER,
            )
            .order_by(post_variations.c.round.desc(), post_variations.c.chosen.desc(), post_variations.c.position)
            .limit(1)
        )
        written = connection.execute(chosen).first()
        if written is None:
            continue
        edits = _edits(connection, post, written.created_at, at)
        before, stood = (edits[0][0], edits[-1][1]) if edits else (written.caption, written.caption)
        found.append(CaptionLabel(post, before, stood, decision == "approve"))
    return tuple(found)


def _edits(connection: Connection, post: str, since: datetime, until: datetime) -> list[tuple[str, str]]:
    """What people changed in a caption between two moments, the first change first."""
    changed = select(edit_examples.c.before, edit_examples.c.after).where(
        edit_examples.c.post == post,
        edit_examples.c.kind == "edit",
        edit_examples.c.field == "caption",
        edit_examples.c.created_at >= since,
        edit_examples.c.created_at <= until,
    )
    rows = connection.execute(changed.order_by(edit_examples.c.created_at, edit_examples.c.id))
    return [(row.before, row.after) for row in rows]


def _decided(connection: Connection, brand: BrandId) -> list[tuple[str, str, datetime]]:
    """Posts that people approved or rejected, with the decision and its moment, in their order."""
    decided = (
        select(approvals.c.subject, approvals.c.decision, approvals.c.decided_at)
        .where(
            approvals.c.brand == brand,
            approvals.c.kind == "publish_post",
            approvals.c.decision.in_(("approve", "reject")),
            approvals.c.source.not_in(_NOT_PEOPLE),
        )
        .order_by(approvals.c.decided_at, approvals.c.id, approvals.c.sequence)
    )
    return [(row.subject, row.decision, row.decided_at) for row in connection.execute(decided)]
