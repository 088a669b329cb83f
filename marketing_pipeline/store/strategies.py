"""Strategies of record: every version that a brand has had, named by its content."""

from typing import Any

from sqlalchemy import Row, select

from marketing_pipeline.domain.errors import NotFound
from marketing_pipeline.domain.identifiers import BrandId
from marketing_pipeline.domain.strategy import Strategy
from marketing_pipeline.store.database import Database
from marketing_pipeline.store.tables import strategies
from marketing_pipeline.store.upsert import insert_new


def record_strategy(database: Database, strategy: Strategy) -> bool:
    """Store a version; whether it is new. The same content again changes nothing."""
    with database.write() as connection:
        return insert_new(connection, strategies, {**strategy.model_dump(), "created_at": database.clock.now()})


def get_strategy(database: Database, brand: BrandId, version: str) -> Strategy:
    """One version. Raises NotFound."""
    with database.read() as connection:
        row = connection.execute(
            select(strategies).where(strategies.c.brand == brand, strategies.c.version == version)
        ).first()
    if row is None:
        raise NotFound(
            f"{brand} has no strategy {version}.", "Materialize `strategy` to record the one that brand.yaml states."
        )
    return _strategy(row)


def latest_strategy(database: Database, brand: BrandId) -> Strategy | None:
    """The version first seen last, or None before the first."""
    newest = select(strategies).where(strategies.c.brand == brand).order_by(strategies.c.created_at.desc()).limit(1)
    with database.read() as connection:
        row = connection.execute(newest).first()
    return None if row is None else _strategy(row)


def _strategy(row: Row[Any]) -> Strategy:
    return Strategy(brand=row.brand, version=row.version, content=row.content)
