"""What analysts import: the newest published snapshot, read-only, and SQL on it that can do no harm.

    from marketing_pipeline import analytics

    data = analytics.connect()
    data.df("SELECT * FROM weekly_summary ORDER BY week")

docs/data.md describes every table, view and column.
"""

import os
from collections.abc import Collection
from pathlib import Path
from typing import TYPE_CHECKING, Any

from marketing_pipeline.domain.identifiers import BrandId, Sha256
from marketing_pipeline.settings.object_storage import object_storage_in
from marketing_pipeline.settings.stores import stores_in
from marketing_pipeline.store.home import Home
from marketing_pipeline.store.lake_news import bring_news
from marketing_pipeline.store.media_place import media_store
from marketing_pipeline.store.open_snapshot import NoSnapshot, SnapshotUnreadable, attach_snapshot, published_snapshot
from marketing_pipeline.store.snapshot_query import (
    MEMORY_LIMIT,
    ROW_LIMIT,
    TIME_LIMIT_S,
    QueryFailed,
    QueryRefused,
    QueryResult,
    QueryTooLarge,
    query_snapshot,
)

__all__ = [
    "Analytics",
    "NoSnapshot",
    "QueryFailed",
    "QueryRefused",
    "QueryResult",
    "QueryTooLarge",
    "SnapshotUnreadable",
    "connect",
    "query",
]

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection, DuckDBPyRelation
    from pandas import DataFrame

    from marketing_pipeline.domain.experiment_readout import Readout

RESULT_BYTES = 100_000_000
"""A person at a terminal may ask for more than a page or a model can take."""


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

    def readouts(self, brand: str) -> "tuple[Readout, ...]":
        """The experiments of a brand with all that they say by this snapshot, the newest first.

        They may be read as often as one likes: their intervals hold at all looks together. Raises duckdb.Error.
        """
        from marketing_pipeline.domain.experiment import Experiment
        from marketing_pipeline.domain.experiment_post import TrialPost
        from marketing_pipeline.domain.experiment_readout import read

        now = self.home.clock().now()
        stated = self._rows("SELECT * FROM experiments WHERE brand = ? ORDER BY stated_at DESC, id", brand)
        posts = self._rows("SELECT * FROM experiment_results WHERE brand = ?", brand)
        return tuple(
            read(
                experiment,
                [TrialPost.model_validate(row) for row in posts if row["experiment"] == experiment.id],
                experiment.ended_at or now,
            )
            for experiment in map(Experiment.model_validate, stated)
        )

    def _rows(self, query: str, *parameters: object) -> list[dict[str, Any]]:
        found = self.connection.execute(query, parameters)
        names = [column[0] for column in found.description]
        return [dict(zip(names, row, strict=True)) for row in found.fetchall()]

    def picture(self, sha256: str) -> Path:
        """The file of a picture that `post_results.picture` names; it may be gone from a home that was moved.

        One in object storage is fetched, and kept in the home for a while. Raises NotFound for what is no SHA-256,
        and then also NotFound, MediaDamaged and BucketFailed.
        """
        return media_store(self.home, stores_in(os.environ), object_storage_in(os.environ)).path(Sha256(sha256))

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
    brands: Collection[str] | None = None,
    row_limit: int = ROW_LIMIT,
    time_limit_s: float = TIME_LIMIT_S,
    memory_limit: str = MEMORY_LIMIT,
) -> QueryResult:
    """Run one SELECT (or EXPLAIN, SHOW, DESCRIBE, SUMMARIZE) on the newest snapshot, locked in.

    It can read the snapshot and nothing else: no file, no network, no extension, no Python object, no setting. `brands`
    leaves it the rows of these brands alone. Raises NoSnapshot, SnapshotUnreadable, QueryRefused, QueryFailed or
    QueryTooLarge.
    """
    asked = _with_news(Home(home or _home_of_this_folder()))
    return query_snapshot(
        asked,
        sql,
        brands=None if brands is None else frozenset(map(BrandId, brands)),
        row_limit=row_limit,
        time_limit_s=time_limit_s,
        memory_limit=memory_limit,
        result_bytes=RESULT_BYTES,
    )


def _attach(connection: "DuckDBPyConnection", home: Home) -> Path:
    path = published_snapshot(_with_news(home))
    attach_snapshot(connection, path)
    return path


def _with_news(home: Home) -> Home:
    """The home, with what other machines wrote where the environment names a warehouse of several machines."""
    bring_news(stores_in(os.environ), object_storage_in(os.environ), home.warehouse)
    return home


def _home_of_this_folder() -> Path:
    if named := os.environ.get("MARKETING_HOME"):
        return Path(named)
    here = Path.cwd()
    return next(
        (path for folder in (here, *here.parents) if (path := folder / ".marketing").is_dir()), here / ".marketing"
    )
