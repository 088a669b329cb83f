"""What was learnt of posts going into each week: effects with their evidence, and the analyst's words beside them."""

from collections.abc import Sequence

from pydantic import BaseModel, ConfigDict
from sqlalchemy import Connection, RowMapping, delete, func, select, update

from marketing_pipeline.domain.errors import NotFound
from marketing_pipeline.domain.identifiers import BrandId
from marketing_pipeline.domain.learning import (
    Factor,
    FactorEffect,
    FurtherEffect,
    FurtherKind,
    LearningNote,
    Learnings,
    learnt_effect,
)
from marketing_pipeline.store.database import Database
from marketing_pipeline.store.tables import learnings
from marketing_pipeline.store.upsert import upsert

_WORDS = ("statement", "why", "recommendation")
_OF_POSTS = learnings.c.factor.in_([*Factor, *FurtherKind])
"""The table also holds what ad changes teach, which no post is planned from; see ad_learnings."""


class RecordedLearnings(BaseModel):
    """The learnings of one week as they are stored."""

    model_config = ConfigDict(frozen=True)

    learnings: Learnings
    notes: tuple[LearningNote, ...]


def record_learnings(database: Database, learnt: Learnings) -> None:
    """Store what is known going into a week; computed again, the figures are replaced and the analyst's words stay."""
    now = database.clock.now()
    with database.write() as connection:
        rows = [
            *(_row(learnt, effect, learnt.mix[effect.factor][effect.level]) for effect in learnt.effects),
            *(_row(learnt, effect, 0.0) for effect in learnt.further),
        ]
        connection.execute(
            delete(learnings).where(
                _OF_POSTS,
                learnings.c.brand == learnt.brand,
                learnings.c.week == learnt.week,
                learnings.c.id.not_in([row["id"] for row in rows]),
            )
        )
        for row in rows:
            upsert(connection, learnings, {**row, "updated_at": now}, changing=row.keys() - {"id"} | {"updated_at"})


def record_notes(database: Database, brand: BrandId, week: str, notes: Sequence[LearningNote]) -> None:
    """Put the analyst's words beside the effects of a week. Raises NotFound for a level that was not computed."""
    now = database.clock.now()
    with database.write() as connection:
        for note in notes:
            words = note.model_dump(include=set(_WORDS))
            found = connection.execute(
                update(learnings)
                .where(learnings.c.id == _id(brand, week, note.factor, note.level))
                .values(**words, updated_at=now)
            )
            if found.rowcount == 0:
                raise NotFound(
                    f"Nothing was computed for {note.factor} {note.level} of {brand} in the week of {week}.",
                    "Record the learnings of that week before the words about them.",
                )


def learnings_of(database: Database, brand: BrandId, week: str) -> RecordedLearnings | None:
    """What was known going into a week, or None where nothing was recorded."""
    with database.read() as connection:
        return _recorded(connection, brand, week)


def latest_learnings(database: Database, brand: BrandId, until_week: str | None = None) -> RecordedLearnings | None:
    """The newest recorded learnings of a brand, no later than `until_week` when that is given."""
    newest = select(func.max(learnings.c.week)).where(_OF_POSTS, learnings.c.brand == brand)
    if until_week is not None:
        newest = newest.where(learnings.c.week <= until_week)
    with database.read() as connection:
        week = connection.scalar(newest)
        return None if week is None else _recorded(connection, brand, week)


def newest_weeks(database: Database) -> dict[BrandId, str]:
    """The week of the newest recorded learnings of each brand that has any."""
    newest = select(learnings.c.brand, func.max(learnings.c.week)).where(_OF_POSTS).group_by(learnings.c.brand)
    with database.read() as connection:
        return {BrandId(brand): week for brand, week in connection.execute(newest)}


def _recorded(connection: Connection, brand: BrandId, week: str) -> RecordedLearnings | None:
    query = select(learnings).where(_OF_POSTS, learnings.c.brand == brand, learnings.c.week == week)
    rows = connection.execute(query.order_by(learnings.c.id)).mappings().all()
    if not rows:
        return None
    known = [learnt_effect(dict(row)) for row in rows]
    effects = tuple(effect for effect in known if isinstance(effect, FactorEffect))
    further = tuple(effect for effect in known if isinstance(effect, FurtherEffect))
    mix: dict[Factor, dict[str, float]] = {factor: {} for factor in Factor}
    for row in rows:
        if row["factor"] in mix:
            mix[Factor(row["factor"])][row["level"]] = row["recommended_share"]
    # Each post has one level of every factor: the fullest count is that of all posts, also when a level was dropped.
    posts = max(sum(effect.posts for effect in effects if effect.factor is factor) for factor in Factor)
    return RecordedLearnings(
        learnings=Learnings(
            brand=brand,
            week=week,
            computed_at=rows[0]["computed_at"],
            posts=posts,
            effects=effects,
            mix=mix,
            further=further,
        ),
        notes=tuple(_note(row) for row in rows if row["statement"] is not None),
    )


def _note(row: RowMapping) -> LearningNote:
    return LearningNote.model_validate({name: row[name] for name in LearningNote.model_fields})


def _row(learnt: Learnings, effect: FactorEffect | FurtherEffect, share: float) -> dict[str, object]:
    factor = effect.factor if isinstance(effect, FactorEffect) else effect.kind
    return {
        **effect.model_dump(mode="json", exclude={"kind"}),
        "factor": factor,
        "id": _id(learnt.brand, learnt.week, factor, effect.level),
        "brand": learnt.brand,
        "week": learnt.week,
        "low": effect.low,
        "multiple": effect.multiple,
        "high": effect.high,
        "known": effect.known,
        "recommended_share": share,
        "computed_at": learnt.computed_at,
    }


def _id(brand: BrandId, week: str, factor: Factor | FurtherKind, level: str) -> str:
    return f"{brand}-{week}-{factor}-{level}"
