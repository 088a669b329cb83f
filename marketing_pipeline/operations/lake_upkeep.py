"""Upkeep of a lake: small changes gathered into files, files merged, and what nobody can read any more removed."""

from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from marketing_pipeline.domain.clock import Clock, aware
from marketing_pipeline.operations.pruned import Pruned
from marketing_pipeline.store.lake_session import LAKE

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

    from marketing_pipeline.store.lake import Lake

KEPT = timedelta(days=7)
"""Older commits are forgotten; a machine that was away for longer copies the whole lake once."""
GRACE = timedelta(days=1)
"""Files that no commit names any more stay for this long: a slow reader may still be at them."""
AT_ONCE = 200
"""Files merged in one pass of each table; the next day's pass goes on."""


def tend_lake(lake: "Lake", *, real: Clock, dry_run: bool = False) -> tuple[Pruned, ...]:
    """One pass, safe while everything works: whoever changes the same files is tried again, or comes first.

    Of two machines at once the second waits, and finds little left. With `dry_run` only what would be forgotten is
    counted. Raises what Lake does.
    """
    now = aware(real.now())
    with lake.alone("upkeep"), lake.outside_transactions() as connection:
        if dry_run:
            return (_forgotten(connection, now - KEPT, dry_run=True),)
        return (
            _gathered(connection, "rows gathered into files", f"CALL ducklake_flush_inlined_data('{LAKE}')"),
            _gathered(
                connection, "files rewritten without deleted rows", f"CALL ducklake_rewrite_data_files('{LAKE}')"
            ),
            _gathered(
                connection,
                "files merged",
                f"CALL ducklake_merge_adjacent_files('{LAKE}', max_compacted_files => {AT_ONCE})",
            ),
            _forgotten(connection, now - KEPT, dry_run=False),
            _removed(connection, "files of the lake", "ducklake_cleanup_old_files", now - GRACE),
            _removed(connection, "files without a commit", "ducklake_delete_orphaned_files", now - KEPT),
        )


def _gathered(connection: "DuckDBPyConnection", what: str, statement: str) -> Pruned:
    """The third column of these calls counts; there is one row a table."""
    import duckdb

    try:
        rows = connection.execute(statement).fetchall()
    except duckdb.TransactionException as error:
        # A writer came first. What is left over is the next pass's.
        return Pruned(what=what, count=0, note=str(error).partition("\n")[0])
    return Pruned(what=what, count=sum(row[2] for row in rows))


def _forgotten(connection: "DuckDBPyConnection", before: datetime, *, dry_run: bool) -> Pruned:
    rows = connection.execute(
        f"CALL ducklake_expire_snapshots('{LAKE}', dry_run => {dry_run}, older_than => ?)", [before]
    ).fetchall()
    return Pruned(what="commits of the lake", count=len(rows))


def _removed(connection: "DuckDBPyConnection", what: str, call: str, before: datetime) -> Pruned:
    rows = connection.execute(f"CALL {call}('{LAKE}', older_than => ?)", [before]).fetchall()
    return Pruned(what=what, count=len(rows))
