"""Rows read of one table of the control plane, and how they are merged into their copy in the warehouse."""

from dataclasses import dataclass
from typing import TYPE_CHECKING

from marketing_pipeline.store.projected_tables import ProjectedTable
from marketing_pipeline.store.warehouse_schema import duckdb_type, quoted

if TYPE_CHECKING:
    import pyarrow as pa
    from duckdb import DuckDBPyConnection


@dataclass(frozen=True)
class StagedRows:
    """What was read of one table: since its watermark, or all of it (`complete`)."""

    staged: "pa.Table"
    complete: bool
    watermark: str | None


def merge(target: "DuckDBPyConnection", projected: ProjectedTable, rows: StagedRows) -> int:
    """Bring the copy of a table in line with the rows read; the number of rows added, changed or removed."""
    if not rows.staged.num_rows:
        return _removed(target, projected, "") if rows.complete else 0
    target.register("staged", rows.staged)
    matched = " AND ".join(f"t.{quoted(key)} = s.{quoted(key)}" for key in projected.keys)
    gone = _removed(target, projected, matched) if rows.complete else 0
    merged = _merged(target, projected, matched + _bound(projected, rows))
    target.unregister("staged")
    return gone + merged


def _bound(projected: ProjectedTable, rows: StagedRows) -> str:
    """No row that is to be found again is older than the oldest staged, so DuckDB passes over the blocks that are."""
    if rows.complete or projected.born is None:
        return ""
    import pyarrow.compute as pc

    oldest = str(pc.min(rows.staged[projected.born]).as_py()).replace("'", "''")
    return f" AND t.{quoted(projected.born)} >= '{oldest}'::{duckdb_type(projected.table.c[projected.born])}"


def _merged(target: "DuckDBPyConnection", projected: ProjectedTable, matched: str) -> int:
    others = [quoted(name) for name in projected.columns if name not in projected.keys]
    typed = ", ".join(
        f"{quoted(name)}::{duckdb_type(projected.table.c[name])} AS {quoted(name)}" for name in projected.columns
    )
    names = ", ".join(quoted(name) for name in projected.columns)
    there, here = (", ".join(f"{side}.{name}" for name in others) for side in "ts")
    setting = ", ".join(f"{name} = s.{name}" for name in others)
    values = ", ".join(f"s.{quoted(name)}" for name in projected.columns)
    merged = target.execute(
        f"""
        MERGE INTO {quoted(projected.name)} AS t USING (SELECT {typed} FROM staged) AS s ON {matched}
        WHEN MATCHED AND ({there}) IS DISTINCT FROM ({here}) THEN UPDATE SET {setting}
        WHEN NOT MATCHED THEN INSERT ({names}) VALUES ({values})
        """  # noqa: S608
    ).fetchone()
    return int(merged[0]) if merged else 0


def _removed(target: "DuckDBPyConnection", projected: ProjectedTable, matched: str) -> int:
    """Remove what matches no staged row, which a MERGE of a lake cannot do beside updating; all, if none is staged."""
    keys = ", ".join(f"{quoted(key)}::{duckdb_type(projected.table.c[key])} AS {quoted(key)}" for key in projected.keys)
    unmatched = f"WHERE NOT EXISTS (FROM (SELECT {keys} FROM staged) AS s WHERE {matched})" if matched else ""  # noqa: S608
    removed = target.execute(f"DELETE FROM {quoted(projected.name)} AS t {unmatched}").fetchone()  # noqa: S608
    return int(removed[0]) if removed else 0
