"""Views whose rows a snapshot holds: worked out once when it is published, not again for everybody who asks."""

import logging
import shutil
from collections.abc import Sequence
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING

from marketing_pipeline.store.warehouse_schema import commented, quoted

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

KEPT_VIEWS = (
    "post_results",
    "planned_mix",
    "goal_progress",
    "model_cost_by_agent",
    "cost_by_post",
    "creative_attempts",
    "evaluation_weekly",
    "human_agreement",
    "approvals_story",
    "ad_pacing_daily",
)
"""Each after those that it reads. They read whole tables even where one brand is asked for, and each of their rows is
of one brand alone, so that a copy for some brands takes those rows."""
_BESIDE = "kept_rows"
_MEMORY = "1GB"
log = logging.getLogger(__name__)


def keep_views(path: Path) -> None:
    """In the file of a warehouse, put a table of the same name, rows and comments in the place of each kept view.

    Of a million posts it takes some 25 s of CPU. What does not fit in memory goes to a folder `<name>.spill`
    beside the file. A view that cannot be worked out stays one, so that one row that is wrong stops no publication:
    whoever reads it is told. Raises duckdb.IOException where the file cannot be written.
    """
    import duckdb

    spill = path.with_suffix(".spill")
    room: dict[str, str | bool | int | float | list[str]] = {
        "threads": 2,
        "memory_limit": _MEMORY,
        "temp_directory": str(spill),
        "preserve_insertion_order": False,
    }
    with closing(duckdb.connect(path, config=room)) as connection:
        connection.execute("SET TimeZone = 'UTC'")
        views = connection.execute("SELECT view_name FROM duckdb_views() WHERE NOT internal").fetchall()
        there = [name for name in KEPT_VIEWS if (name,) in views]
        # At once, since each transaction waits for the disk; one by one only where one of them fails.
        if _kept(connection, there) is not None:
            for view in there:
                if (error := _kept(connection, [view])) is not None:
                    log.warning("The view %s cannot be worked out: %s", view, str(error).partition("\n")[0])
    shutil.rmtree(spill, ignore_errors=True)


def _kept(connection: "DuckDBPyConnection", views: Sequence[str]) -> Exception | None:
    """Keep them all, or none; why none of them could be kept."""
    import duckdb

    connection.begin()
    try:
        for view in views:
            _keep(connection, view)
        connection.commit()
    except (duckdb.DataError, duckdb.ProgrammingError, duckdb.OutOfMemoryException) as error:
        connection.rollback()
        return error
    return None


def _keep(connection: "DuckDBPyConnection", view: str) -> None:
    name = quoted(view)
    about = connection.execute("SELECT comment FROM duckdb_views() WHERE view_name = ?", [view]).fetchone()
    columns = connection.execute(
        "SELECT column_name, comment FROM duckdb_columns() WHERE table_name = ?", [view]
    ).fetchall()
    # By brand, so that a question about one passes over the blocks of the others.
    connection.execute(f"CREATE TABLE {_BESIDE} AS FROM {name} ORDER BY brand")
    connection.execute(f"DROP VIEW {name}")
    connection.execute(f"ALTER TABLE {_BESIDE} RENAME TO {name}")
    connection.execute(commented(view, about[0] if about else None, columns))
