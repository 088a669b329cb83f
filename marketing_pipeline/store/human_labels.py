"""People's decisions about posts as labels: approved as it stood, or sent back or changed."""

from sqlalchemy import Connection, select

from marketing_pipeline.domain.identifiers import BrandId
from marketing_pipeline.store.tables import approvals, creatives, edit_examples

_NOT_PEOPLE = ("policy", "system")


def bar_and_people(connection: Connection, brand: BrandId) -> tuple[tuple[bool, bool], ...]:
    """For each post that a person decided about: whether its picture met the bar, and whether they said yes to it.

    The picture is the newest that stood when they decided. A yes after a person had asked for another picture of the
    post, with none made since, is no yes to the picture.
    """
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
    found: list[tuple[bool, bool]] = []
    for post, decision, at in connection.execute(decided):
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
