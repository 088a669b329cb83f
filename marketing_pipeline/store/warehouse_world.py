"""Whose rows a warehouse holds."""

from typing import TYPE_CHECKING

from sqlalchemy import select

from marketing_pipeline.domain.errors import MarketingError
from marketing_pipeline.store.database import Database
from marketing_pipeline.store.tables import home

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection


class WarehouseOfAnotherWorld(MarketingError):
    """The warehouse holds rows of another world: a sandbox's, or those of live accounts."""


def require_same_world(database: Database, connection: "DuckDBPyConnection") -> None:
    """Raise WarehouseOfAnotherWorld where a filled warehouse is not this control plane's.

    Anybody's settings may name a lake, and rows of a sandbox and of live accounts must not mix there.
    """
    with database.read() as source:
        ours = source.scalar(select(home.c.world))
    theirs = connection.execute("SELECT world FROM home").fetchone()
    if theirs and theirs[0] != ours:
        raise WarehouseOfAnotherWorld(
            f"The warehouse holds the world {theirs[0]!r}, and this control plane is of {ours!r}.",
            "Give each world a warehouse of its own: MARKETING_WAREHOUSE_CATALOG and MARKETING_WAREHOUSE_DATA.",
        )
