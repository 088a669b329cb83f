"""Projections: what the control plane knows, copied to the warehouse under the same names, and kept up to date."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import chain
from typing import TYPE_CHECKING, Any

from sqlalchemy import JSON, Column, ColumnElement, Connection, Select, String, Text, cast, func, select, type_coerce

from marketing_pipeline.domain.clock import aware
from marketing_pipeline.store.database import Database
from marketing_pipeline.store.projected_tables import PROJECTED_TABLES, ProjectedTable
from marketing_pipeline.store.staged_rows import StagedRows, merge
from marketing_pipeline.store.tables import UtcTime
from marketing_pipeline.store.warehouse_port import WarehousePort
from marketing_pipeline.store.warehouse_schema import duckdb_type, quoted, schema_version
from marketing_pipeline.store.warehouse_world import require_same_world

if TYPE_CHECKING:
    import pyarrow as pa
    from duckdb import DuckDBPyConnection

OVERLAP = timedelta(minutes=10)
"""A row stamped this long before the newest one seen may still have been uncommitted then, so it is read again."""
OVERLAP_ROWS = 1000
"""The same for tables that are followed by number."""
FEW_ROWS = 10_000
"""Tables with more are counted once a day: to count is to read them, and that would grow with history."""
_BATCH_ROWS = 10_000


@dataclass(frozen=True)
class Projection:
    """What one projection did: rows added, changed or removed by table, and whether it began from nothing."""

    changes: Mapping[str, int]
    rebuilt: bool


@dataclass(frozen=True)
class _Progress:
    """How far one table was read, how many rows it had here, and when that was."""

    watermark: str | None
    row_count: int
    projected_at: datetime


def project(
    database: Database, warehouse: WarehousePort, overlap: timedelta = OVERLAP, few_rows: int = FEW_ROWS
) -> Projection:
    """Bring the warehouse up to date with everything committed in the control plane.

    Reads what changed since the last time, and `overlap` before it; adds, changes and removes rows so that each table
    equals its original. Rows that were removed, or committed later than `overlap` reaches, are found by counting: those
    of a table with at most `few_rows` at once, of a larger one by the first projection of a day (UTC). Tables and views
    that are missing, or of another version of this program, are made anew and filled. Nothing but this writes
    projected tables, and two at once take turns. Raises WarehouseOfAnotherWorld, and what both stores do.
    """
    # The warehouse stays free while rows are read. Were the turn lost, an older read would take back watermarks too.
    with warehouse.alone("projection"):
        with warehouse.read() as connection:
            before = _progress(connection)
            if before:
                require_same_world(database, connection)
        marks = {name: each.watermark for name, each in before.items()}
        counted = _counted(before, database.clock.now(), few_rows)
        changes, uneven = _carry(database, warehouse, PROJECTED_TABLES, marks, overlap, counted)
        if uneven:
            further, _ = _carry(database, warehouse, uneven, dict.fromkeys(marks), overlap, counted)
            changes = {name: count + further.get(name, 0) for name, count in changes.items()}
    return Projection(changes=changes, rebuilt=not marks)


def is_filled(connection: "DuckDBPyConnection") -> bool:
    """Whether a warehouse, open for reading, has been projected by this version of the program."""
    return bool(_progress(connection))


def _counted(before: Mapping[str, _Progress], now: datetime, few_rows: int) -> list[ProjectedTable]:
    """The tables whose rows are counted this time: each that has few, and all of them once a day."""

    def is_due(known: _Progress | None) -> bool:
        return known is None or known.row_count <= few_rows or known.projected_at.date() != now.date()

    return [projected for projected in PROJECTED_TABLES if is_due(before.get(projected.name))]


def _carry(
    database: Database,
    warehouse: WarehousePort,
    tables: Sequence[ProjectedTable],
    marks: Mapping[str, str | None],
    overlap: timedelta,
    counted: Sequence[ProjectedTable],
) -> tuple[dict[str, int], list[ProjectedTable]]:
    """Read, then write; without any marks the tables are made first.

    Returns the changes by table, and of the `counted` tables those that have another number of rows than their
    originals: rows were removed there, or committed later than the overlap reaches.
    """
    with database.read() as source:
        read = [(projected, _fetch(source, projected, marks.get(projected.name), overlap)) for projected in tables]
        totals = _totals(source, [projected for projected in tables if projected in counted])
    now = database.clock.now()

    def write(target: "DuckDBPyConnection") -> tuple[dict[str, int], dict[str, int]]:
        if not marks:
            target.execute(warehouse.schema())
        changes = {projected.name: merge(target, projected, rows) for projected, rows in read}
        held = _counts(target, tables)
        _note_progress(target, {projected.name: rows.watermark for projected, rows in read}, held, now)
        return changes, held

    changes, held = warehouse.change(write)
    return changes, [projected for projected in tables if totals.get(name := projected.name, held[name]) != held[name]]


def _progress(connection: "DuckDBPyConnection") -> dict[str, _Progress]:
    """How far each table was read; nothing at all unless every table is there in this version of the schema."""
    exists = connection.execute("SELECT 1 FROM duckdb_tables() WHERE table_name = 'projection_progress'").fetchone()
    if not exists:
        return {}
    rows = connection.execute(
        "SELECT table_name, watermark, row_count, projected_at FROM projection_progress WHERE schema_version = ?",
        [schema_version()],
    ).fetchall()
    if len(rows) != len(PROJECTED_TABLES):
        return {}
    return {name: _Progress(watermark, count, aware(at)) for name, watermark, count, at in rows}


def _note_progress(
    target: "DuckDBPyConnection", watermarks: Mapping[str, str | None], held: Mapping[str, int], now: datetime
) -> None:
    version = schema_version()
    rows = [(name, watermark, held[name], now, version) for name, watermark in watermarks.items()]
    target.execute("DELETE FROM projection_progress WHERE list_contains(?, table_name)", [list(watermarks)])
    target.execute(
        f"INSERT INTO projection_progress VALUES {', '.join(['(?, ?, ?, ?, ?)'] * len(rows))}",  # noqa: S608
        list(chain.from_iterable(rows)),
    )


def _fetch(source: Connection, projected: ProjectedTable, mark: str | None, overlap: timedelta) -> StagedRows:
    import pyarrow as pa

    columns = [projected.table.c[name] for name in projected.columns]
    query: Select[Any] = select(*(_raw(column) for column in columns))
    complete = mark is None
    if mark is not None:
        query = query.where(_since(projected, mark, overlap))
    arrow = pa.schema([(column.name, _arrow_type(column)) for column in columns])
    batches = source.execute(query, execution_options={"yield_per": _BATCH_ROWS}).partitions()
    parts = [
        pa.table([pa.array(*pair) for pair in zip(zip(*rows, strict=True), arrow.types, strict=True)], schema=arrow)
        for rows in batches
    ]
    staged = pa.concat_tables(parts) if parts else arrow.empty_table()
    return StagedRows(staged, complete, _newest(staged, projected.follows) or mark)


def _raw(column: Column[Any]) -> ColumnElement[Any]:
    """The column as it is stored, so that DuckDB does the conversion in bulk. A JSON null is no value either."""
    if isinstance(column.type, JSON):
        return func.nullif(cast(column, Text), "null").label(column.name)
    return type_coerce(column, String).label(column.name) if isinstance(column.type, UtcTime) else column


def _since(projected: ProjectedTable, mark: str, overlap: timedelta) -> ColumnElement[bool]:
    assert projected.follows is not None
    column = projected.table.c[projected.follows]
    if isinstance(column.type, UtcTime):
        return column >= datetime.fromisoformat(mark) - overlap
    return column >= int(mark) - OVERLAP_ROWS


def _newest(staged: "pa.Table", follows: str | None) -> str | None:
    import pyarrow.compute as pc

    newest = None if follows is None else pc.max(staged[follows]).as_py()
    return None if newest is None else str(newest)


def _totals(source: Connection, tables: Sequence[ProjectedTable]) -> dict[str, int]:
    """How many rows each table has in the control plane."""
    if not tables:
        return {}
    counts = (select(func.count()).select_from(projected.table).scalar_subquery() for projected in tables)
    found = source.execute(select(*counts)).one()
    return {projected.name: int(count) for projected, count in zip(tables, found, strict=True)}


def _counts(target: "DuckDBPyConnection", tables: Sequence[ProjectedTable]) -> dict[str, int]:
    """How many rows each table has in the warehouse."""
    counts = ", ".join(f"(SELECT count(*) FROM {quoted(projected.name)})" for projected in tables)  # noqa: S608
    found = target.execute(f"SELECT {counts}").fetchone()
    assert found is not None
    return {projected.name: int(count) for projected, count in zip(tables, found, strict=True)}


def _arrow_type(column: Column[Any]) -> "pa.DataType":
    import pyarrow as pa

    kinds = {"BOOLEAN": pa.bool_(), "BIGINT": pa.int64(), "DOUBLE": pa.float64()}
    return kinds.get(duckdb_type(column), pa.string())
