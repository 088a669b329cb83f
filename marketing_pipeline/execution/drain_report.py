"""What one drain came to."""

from collections.abc import Iterable

from pydantic import BaseModel, ConfigDict
from sqlalchemy import select

from marketing_pipeline.domain.effect import EffectState
from marketing_pipeline.domain.identifiers import BrandId, EffectId
from marketing_pipeline.store.database import Database
from marketing_pipeline.store.sweep import Swept
from marketing_pipeline.store.tables import effects, posts


class DrainReport(BaseModel):
    """Effects that the drain worked on, by where they stand now; `partitions` are the (brand, week) touched.

    `ad_changes` are ids of ad changes that were read back or swept.
    """

    model_config = ConfigDict(frozen=True)

    published: tuple[EffectId, ...] = ()
    waiting: tuple[EffectId, ...] = ()
    unknown: tuple[EffectId, ...] = ()
    parked: tuple[EffectId, ...] = ()
    failed: tuple[EffectId, ...] = ()
    refused: tuple[EffectId, ...] = ()
    missed: tuple[EffectId, ...] = ()
    partitions: tuple[tuple[BrandId, str], ...] = ()
    ad_changes: tuple[str, ...] = ()


_PLACE: dict[EffectState, str] = {
    EffectState.SUCCEEDED: "published",
    EffectState.QUEUED: "waiting",
    EffectState.RETRY_WAIT: "waiting",
    EffectState.UNKNOWN: "unknown",
    EffectState.PARKED: "parked",
    EffectState.FAILED: "failed",
    EffectState.CANCELLED: "refused",
    EffectState.EXPIRED: "refused",
}


def report_on(
    database: Database, worked_on: Iterable[EffectId], swept: Swept, ads: Iterable[EffectId] = ()
) -> DrainReport:
    """Read where the effects stand now."""
    touched = {*worked_on, *swept.released, *swept.unknown, *swept.missed, *swept.expired}
    wanted = (
        select(effects.c.id, effects.c.state, effects.c.brand, posts.c.week)
        .join(posts, posts.c.id == effects.c.subject)
        .where(effects.c.id.in_(touched))
        .order_by(effects.c.due_at, effects.c.id)
    )
    places: dict[str, list[EffectId]] = {"missed": list(swept.missed)}
    partitions: dict[tuple[BrandId, str], None] = {}
    with database.read() as connection:
        for row in connection.execute(wanted):
            partitions[(BrandId(row.brand), row.week)] = None
            place = _PLACE.get(EffectState(row.state))
            if place is not None and row.id not in swept.missed:
                places.setdefault(place, []).append(EffectId(row.id))
        changes = connection.scalars(select(effects.c.subject).where(effects.c.id.in_(set(ads))).distinct())
        return DrainReport.model_validate(
            {**places, "partitions": tuple(partitions), "ad_changes": tuple(sorted(changes))}
        )
