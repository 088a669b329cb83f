"""What analysts import: the newest published snapshot, read-only, and SQL on it that can do no harm.

    from marketing_pipeline import analytics

    data = analytics.connect()
    data.df("SELECT * FROM weekly_summary ORDER BY week")

docs/data.md describes every table, view and column.
"""

import os
import threading
from collections.abc import Generator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from marketing_pipeline.domain.errors import MarketingError
from marketing_pipeline.store.home import Home
from marketing_pipeline.store.snapshots import newest_snapshot

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection, DuckDBPyRelation
    from pandas import DataFrame

ROW_LIMIT = 1000
TIME_LIMIT_S = 30.0
MEMORY_LIMIT = "512MB"


class NoSnapshot(MarketingError):
    """Nothing has been published from the warehouse of this home yet."""


class SnapshotUnreadable(MarketingError):
    """The newest snapshot is damaged, or was written by a newer DuckDB."""


class QueryRefused(MarketingError):
    """The statement is not one that reads, or reaches outside the snapshot. Nothing was run."""


class QueryFailed(MarketingError):
    """The statement reads, but is wrong: a name, a type, the grammar."""


class QueryTooLarge(MarketingError):
    """The statement needed more time or memory than a query here may use."""


@dataclass(frozen=True)
class QueryResult:
    """Rows of one query. `truncated`: there were more than the row limit."""

    columns: tuple[str, ...]
    rows: tuple[tuple[Any, ...], ...]
    truncated: bool


class Analytics:
    """An open snapshot. It blocks nothing however long it is kept, and stays as it is until `refresh()`.

    Scratch tables can be made in `memory.main`; the snapshot itself cannot be changed.
    """

    def __init__(self, home: Home) -> None:
        import duckdb

        self.home = home
        # Frames of whoever calls `sql` can be named in it, not only those of this module.
        self.connection: DuckDBPyConnection = duckdb.connect(config={"python_scan_all_frames": True})
        self.snapshot = _attach(self.connection, home)

    def refresh(self) -> Path:
        """Move on to the newest published snapshot and return its path. Raises NoSnapshot or SnapshotUnreadable."""
        self.snapshot = _attach(self.connection, self.home)
        return self.snapshot

    def sql(self, query: str) -> "DuckDBPyRelation":
        """A lazy DuckDB relation: print it, filter it, or turn it into a frame. Raises duckdb.Error."""
        return self.connection.sql(query)

    def df(self, query: str) -> "DataFrame":
        """The rows of a query as a pandas frame; times are zone-aware. Raises duckdb.Error."""
        # By way of Arrow: DuckDB's own conversion uses what pandas 3.1 has deprecated.
        return self.connection.execute(query).to_arrow_table().to_pandas()

    def picture(self, sha256: str) -> Path:
        """The file of a picture that `post_results.picture` names; it may be gone from a home that was moved."""
        return self.home.media / f"{sha256}.jpg"

    def close(self) -> None:
        """Let go of the snapshot."""
        self.connection.close()

    def __enter__(self) -> "Analytics":
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


def connect(home: Path | None = None) -> Analytics:
    """Open the newest snapshot of a home: MARKETING_HOME, or the nearest `.marketing` at or above this folder.

    Raises NoSnapshot before the first run, SnapshotUnreadable when the file is damaged.
    """
    return Analytics(Home(home or _home_of_this_folder()))


def query(
    sql: str,
    home: Path | None = None,
    *,
    row_limit: int = ROW_LIMIT,
    time_limit_s: float = TIME_LIMIT_S,
    memory_limit: str = MEMORY_LIMIT,
) -> QueryResult:
    """Run one SELECT (or EXPLAIN, SHOW, DESCRIBE, SUMMARIZE) on the newest snapshot, locked in.

    It can read the snapshot and nothing else: no file, no network, no extension, no Python object, no setting. Raises
    NoSnapshot, SnapshotUnreadable, QueryRefused, QueryFailed or QueryTooLarge.
    """
    import duckdb

    config: dict[str, Any] = {
        "threads": 2,
        "memory_limit": memory_limit,
        "temp_directory": "",
        "autoinstall_known_extensions": False,
        "autoload_known_extensions": False,
    }
    with closing(duckdb.connect(config=config)) as connection:
        _attach(connection, Home(home or _home_of_this_folder()))
        connection.execute("SET enable_external_access = false")
        connection.execute("SET lock_configuration = true")
        with _plain_errors(time_limit_s, memory_limit), _interrupted_after(connection, time_limit_s):
            return _run(connection, sql, row_limit)


def _run(connection: "DuckDBPyConnection", sql: str, row_limit: int) -> QueryResult:
    import duckdb

    statements = connection.extract_statements(sql)
    reading = (duckdb.StatementType.SELECT, duckdb.StatementType.EXPLAIN)
    if len(statements) != 1 or statements[0].type not in reading:
        kinds = ", ".join(statement.type.name for statement in statements) or "nothing"
        raise QueryRefused(f"This is {kinds}, not one query.", "Write a single SELECT; snapshots cannot be changed.")
    found = connection.execute(statements[0])
    columns = tuple(column[0] for column in found.description or ())
    rows = found.fetchmany(row_limit + 1)
    return QueryResult(columns=columns, rows=tuple(rows[:row_limit]), truncated=len(rows) > row_limit)


def _attach(connection: "DuckDBPyConnection", home: Home) -> Path:
    import duckdb

    path = newest_snapshot(home.warehouse)
    if path is None:
        raise NoSnapshot(
            f"There is no published snapshot in {home.warehouse} yet.",
            "Run `make demo`, or set MARKETING_HOME to the home you mean.",
        )
    # By its own name and not the link's: DuckDB goes on serving an old file of the same path from its cache.
    literal = str(path).replace("'", "''")
    try:
        connection.execute(f"ATTACH OR REPLACE '{literal}' AS marketing (READ_ONLY)")
    except duckdb.Error as error:
        raise SnapshotUnreadable(
            f"The snapshot {path} cannot be opened: {str(error).splitlines()[0]}.",
            "The next run publishes another one; upgrade this program if a newer one wrote it.",
        ) from error
    connection.execute("USE marketing")
    connection.execute("SET TimeZone = 'UTC'")
    return path


def _home_of_this_folder() -> Path:
    if named := os.environ.get("MARKETING_HOME"):
        return Path(named)
    here = Path.cwd()
    return next(
        (path for folder in (here, *here.parents) if (path := folder / ".marketing").is_dir()), here / ".marketing"
    )


@contextmanager
def _interrupted_after(connection: "DuckDBPyConnection", seconds: float) -> Generator[None]:
    timer = threading.Timer(seconds, connection.interrupt)
    timer.start()
    try:
        yield
    finally:
        timer.cancel()


@contextmanager
def _plain_errors(time_limit_s: float, memory_limit: str) -> Generator[None]:
    import duckdb

    try:
        yield
    except duckdb.InterruptException as error:
        raise QueryTooLarge(
            f"The query took longer than {time_limit_s:g} s and was stopped.",
            "Ask for less: filter or aggregate first.",
        ) from error
    except duckdb.OutOfMemoryException as error:
        raise QueryTooLarge(
            f"The query needed more than {memory_limit} of memory.", "Ask for less: filter or aggregate first."
        ) from error
    except duckdb.PermissionException as error:
        raise QueryRefused(
            "Queries here read the snapshot and nothing else: no files, no network, no extensions.",
            "Use analytics.connect() in a notebook to combine it with other data.",
        ) from error
    except duckdb.Error as error:
        raise QueryFailed(f"{error}", "docs/data.md lists the tables, views and columns.") from error
