"""What ad changes teach, beside what posts do: rows of `learnings` with the factor `ad_change`."""

from collections.abc import Sequence

from sqlalchemy import delete, func, select

from marketing_pipeline.domain.ad_learning import FACTOR, AdChangeEffect
from marketing_pipeline.domain.identifiers import BrandId
from marketing_pipeline.store.database import Database
from marketing_pipeline.store.tables import learnings
from marketing_pipeline.store.upsert import upsert

_OF_ADS = learnings.c.factor == FACTOR


def record_ad_learnings(database: Database, brand: BrandId, week: str, effects: Sequence[AdChangeEffect]) -> None:
    """Store what is known in a week; what was stored for it before is replaced."""
    now = database.clock.now()
    rows = [
        {
            "id": f"{brand}-{week}-{FACTOR}-{effect.level}",
            "brand": brand,
            "week": week,
            "factor": FACTOR,
            "level": effect.level,
            "log_effect": effect.log_effect,
            "log_sd": effect.log_sd,
            "low": effect.low,
            "multiple": effect.multiple,
            "high": effect.high,
            "known": effect.known,
            "posts": len(effect.evidence),
            "recommended_share": 0.0,
            "evidence": list(effect.evidence),
            "statement": effect.sentence(),
            "computed_at": now,
            "updated_at": now,
        }
        for effect in effects
    ]
    with database.write() as connection:
        kept = [row["id"] for row in rows]
        connection.execute(
            delete(learnings).where(
                _OF_ADS, learnings.c.brand == brand, learnings.c.week == week, learnings.c.id.not_in(kept)
            )
        )
        for row in rows:
            upsert(connection, learnings, row, changing=row.keys() - {"id"})


def latest_ad_learnings(database: Database, brand: BrandId, until_week: str) -> tuple[AdChangeEffect, ...]:
    """What is known of a brand's ad changes by the newest week no later than `until_week`, by kind."""
    newest = select(func.max(learnings.c.week)).where(
        _OF_ADS, learnings.c.brand == brand, learnings.c.week <= until_week
    )
    with database.read() as connection:
        found = connection.execute(
            select(learnings.c.level, learnings.c.log_effect, learnings.c.log_sd, learnings.c.evidence)
            .where(_OF_ADS, learnings.c.brand == brand, learnings.c.week == newest.scalar_subquery())
            .order_by(learnings.c.level)
        )
        return tuple(AdChangeEffect.model_validate(dict(row)) for row in found.mappings())
