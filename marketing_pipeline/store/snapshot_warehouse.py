"""The newest snapshot in the place of the warehouse, for who only reads and must not wait for a writer."""

from collections.abc import Generator
from contextlib import closing, contextmanager
from typing import TYPE_CHECKING

from marketing_pipeline.store.home import Home
from marketing_pipeline.store.open_snapshot import attach_snapshot, published_snapshot
from marketing_pipeline.store.warehouse import Warehouse

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection


class SnapshotWarehouse(Warehouse):
    """`read` opens what was published last. Raises NoSnapshot before the first, SnapshotUnreadable."""

    def __init__(self, home: Home) -> None:
        super().__init__(home.warehouse)
        self._home = home

    @contextmanager
    def read(self) -> Generator["DuckDBPyConnection"]:
        """The newest snapshot, which nobody writes any more."""
        import duckdb

        with closing(duckdb.connect()) as connection:
            attach_snapshot(connection, published_snapshot(self._home))
            yield connection
