"""Ad facts carried from the warehouse of one machine to the lake: they stand nowhere else, and are in no projection.

What the lake has read itself stays. Of an account it is given the days and readings before its own, so what is carried
is carried once, however often it is asked for.
"""

from contextlib import suppress
from typing import TYPE_CHECKING

from pydantic import BaseModel, ConfigDict

from marketing_pipeline.domain.errors import MarketingError
from marketing_pipeline.store.ad_facts import TURN
from marketing_pipeline.store.ad_schema import AD_TABLES, make_ad_tables
from marketing_pipeline.store.database import Database
from marketing_pipeline.store.lake import COPY, Lake
from marketing_pipeline.store.lake_session import LAKE
from marketing_pipeline.store.warehouse import Warehouse
from marketing_pipeline.store.warehouse_schema import quoted
from marketing_pipeline.store.warehouse_world import require_same_world

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

_IN_THE_FILE = f"SELECT table_name FROM duckdb_tables() WHERE database_name = '{COPY}' AND list_contains(?, table_name)"  # noqa: S608
_PROJECTED = f"SELECT 1 FROM duckdb_tables() WHERE database_name = '{LAKE}' AND table_name = 'home'"  # noqa: S608
_WITH_READINGS = "SELECT database_name FROM duckdb_tables() WHERE table_name = 'ad_collections'"
# How far back the lake goes by itself; a reading that failed brought nothing.
_KNOWN = f"""
    SELECT brand, customer_id, min(first_day) AS first_day, min(read_at) AS first_read,
        bool_or(outcome = 'collected') AS collected
    FROM {LAKE}.ad_collections GROUP BY brand, customer_id
"""  # noqa: S608
_MISSING = {
    "ad_metrics": "known.first_day IS NULL OR given.day < known.first_day",
    "search_terms": "known.first_day IS NULL OR given.day < known.first_day",
    "ad_resources": "known.collected IS NOT true",
    "ad_collections": "known.first_read IS NULL OR given.read_at < known.first_read",
}
"""The collections come last: what the lake knows of an account is read from them."""


class NoLake(MarketingError):
    """The warehouse of this home is a file of its own."""


class CarryFailed(MarketingError):
    """What arrived in the lake is not what was sent. It was taken back."""


class _Rehearsed(Exception):
    """All went well, and is to be taken back."""


class CarriedTable(BaseModel):
    """Rows of one table that were carried, and how many the lake has now."""

    model_config = ConfigDict(frozen=True)

    name: str
    rows: int
    in_lake: int


def carry_ad_facts(
    database: Database, warehouse: Warehouse, lake: Lake, *, rehearsal: bool = False
) -> tuple[CarriedTable, ...]:
    """Copy what the lake lacks of the file's ad facts, in one transaction, verified by counts and digests.

    A `rehearsal` takes it back. The file is only read. Raises WarehouseOfAnotherWorld, CarryFailed, WarehouseBusy and
    what Lake raises.
    """
    carried: tuple[CarriedTable, ...] = ()
    if not warehouse.path.exists():
        return carried
    with (
        suppress(_Rehearsed),
        warehouse.exclusive(),
        lake.alone(TURN),
        lake.beside(warehouse.path, writes_lake=True) as connection,
    ):
        if connection.execute(_PROJECTED).fetchone():
            require_same_world(database, connection)
        make_ad_tables(connection)
        there = {name for (name,) in connection.execute(_IN_THE_FILE, [AD_TABLES]).fetchall()}
        carried = tuple(_carried(connection, name) for name in AD_TABLES if name in there)
        if rehearsal:
            raise _Rehearsed
    return carried


def readings_left(warehouse: Warehouse, lake: Lake) -> int:
    """How many readings of ad accounts the file has that the lake lacks. Raises what the two raise."""
    if not warehouse.path.exists():
        return 0
    with warehouse.exclusive(), lake.beside(warehouse.path, writes_lake=True) as connection:
        there = {name for (name,) in connection.execute(_WITH_READINGS).fetchall()}
        if COPY not in there:
            return 0
        left = _missing("ad_collections") if LAKE in there else f"FROM {COPY}.ad_collections"
        return _content(connection, left)[0]


def _carried(connection: "DuckDBPyConnection", table: str) -> CarriedTable:
    columns = ", ".join(quoted(name) for name in _columns(connection, table))
    sent = _content(connection, f"SELECT {columns} FROM ({_missing(table)})")  # noqa: S608
    before = _content(connection, f"SELECT {columns} FROM {LAKE}.{table}")  # noqa: S608
    if sent[0]:
        connection.execute(f"INSERT INTO {LAKE}.{table} BY NAME {_missing(table)}")
    after = _content(connection, f"SELECT {columns} FROM {LAKE}.{table}")  # noqa: S608
    if after != (before[0] + sent[0], before[1] + sent[1]):
        raise CarryFailed(
            f"Of {table} {sent[0]:,} rows were sent to the lake and {after[0] - before[0]:,} arrived, or others."
            " They were taken back.",
            "Try again; `marketing doctor` looks at the lake.",
        )
    return CarriedTable(name=table, rows=sent[0], in_lake=after[0])


def _missing(table: str) -> str:
    return (
        f"SELECT given.* FROM {COPY}.{table} AS given LEFT JOIN ({_KNOWN}) AS known"  # noqa: S608
        f" ON known.brand = given.brand AND known.customer_id = given.customer_id WHERE {_MISSING[table]}"
    )


def _content(connection: "DuckDBPyConnection", query: str) -> tuple[int, int]:
    """The number of rows, and the sum of their hashes: the same in whatever order they come."""
    found = connection.execute(
        f"SELECT count(*), coalesce(sum(hash(row)::HUGEINT), 0) FROM ({query}) AS row"  # noqa: S608
    ).fetchone()
    assert found is not None
    return int(found[0]), int(found[1])


def _columns(connection: "DuckDBPyConnection", table: str) -> list[str]:
    """Those of the file: one that was added since is empty in what is carried."""
    query = "SELECT column_name FROM duckdb_columns() WHERE database_name = ? AND table_name = ? ORDER BY column_index"
    return [name for (name,) in connection.execute(query, [COPY, table]).fetchall()]
