"""The warehouse of several machines: DuckLake, with its catalog on PostgreSQL and its data in object storage."""

import random
import threading
import time
from collections.abc import Callable, Generator
from contextlib import AbstractContextManager, closing, contextmanager, nullcontext, suppress
from pathlib import Path
from typing import TYPE_CHECKING

from marketing_pipeline.domain.clock import SystemClock
from marketing_pipeline.store.lake_errors import LakeConflict, LakeUnreachable
from marketing_pipeline.store.lake_schema import lake_schema
from marketing_pipeline.store.lake_session import INLINED_ROWS, LAKE, LakePlace, explained, open_session
from marketing_pipeline.store.lake_turn import hold_turn
from marketing_pipeline.store.open_snapshot import literal
from marketing_pipeline.store.warehouse import PATIENCE_S
from marketing_pipeline.store.warehouse_port import Found

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

COPY = "copy"
"""The name under which a file is attached beside the lake."""
_FIRST_WAIT_S, _LONGEST_WAIT_S = 0.02, 1.0


class Lake:
    """A `WarehousePort` that threads and processes of any machine share.

    Readers and writers never wait for each other. Two writers that change rows of one table at once conflict: the
    second to commit is undone, and tries again. It has no keys and no indexes: whoever writes replaces a slice, or
    merges by key, in one transaction. `folder` is of this machine. The session is opened with the first transaction,
    and again when the server was away.
    """

    def __init__(self, place: LakePlace, folder: Path, patience_s: float = PATIENCE_S) -> None:
        self.place = place
        self.folder = folder
        self.patience_s = patience_s
        self._session: DuckDBPyConnection | None = None
        self._opening = threading.Lock()

    @contextmanager
    def write(self) -> Generator["DuckDBPyConnection"]:
        """A transaction, tried once. Raises LakeConflict, LakeUnreachable, LakeExtraMissing or WarehouseBusy."""
        with self._transaction("BEGIN") as connection:
            yield connection
            connection.commit()

    @contextmanager
    def read(self) -> Generator["DuckDBPyConnection"]:
        """The lake as it is at this moment, however long it is read. Raises what `write` does."""
        with self._transaction("BEGIN TRANSACTION READ ONLY") as connection:
            yield connection

    def change(self, work: "Callable[[DuckDBPyConnection], Found]", turn: str = "") -> Found:
        """See WarehousePort. Raises LakeConflict when others came first for all of `patience_s` seconds."""
        with self.alone(turn) if turn else nullcontext():
            # Other machines take real time: a simulated clock must not shorten this wait.
            deadline, wait, clock, reached = time.monotonic() + self.patience_s, _FIRST_WAIT_S, SystemClock(), True
            while True:
                try:
                    with self.write() as connection:
                        return work(connection)
                except LakeConflict:
                    if time.monotonic() >= deadline:
                        raise
                    clock.sleep(random.uniform(0, wait))
                    wait = min(2 * wait, _LONGEST_WAIT_S)
                except LakeUnreachable:
                    # Once more, since the server may have ended connections that it would give again.
                    if not reached:
                        raise
                    reached = False

    def alone(self, turn: str) -> AbstractContextManager[None]:
        """See WarehousePort. Raises WarehouseBusy or LakeUnreachable."""
        self.place.parts()
        return hold_turn(self.place.catalog, turn, self.patience_s)

    def schema(self) -> str:
        """See WarehousePort."""
        return lake_schema()

    @contextmanager
    def beside(self, file: Path, *, writes_lake: bool = False) -> Generator["DuckDBPyConnection"]:
        """A transaction that sees the lake as it is at this moment and writes a DuckDB file, attached as `copy`.

        With `writes_lake` it writes the lake, and only reads the file.
        """
        how = " (READ_ONLY)" if writes_lake else ""
        with self._transaction(f"ATTACH OR REPLACE {literal(file)} AS {COPY}{how}", "BEGIN") as connection:
            try:
                yield connection
                connection.commit()
            finally:
                _rolled_back(connection)
                connection.execute(f"USE {LAKE}")
                connection.execute(f"DETACH {COPY}")

    @contextmanager
    def outside_transactions(self) -> Generator["DuckDBPyConnection"]:
        """A connection in which each statement is a transaction of its own: for upkeep."""
        with self._transaction() as connection:
            yield connection

    def version(self) -> int:
        """The number of the newest commit: it rises with each. Two milliseconds on a server nearby."""
        with self.read() as connection:
            return version_read(connection)

    def try_data(self) -> None:
        """Write a file where the data is, read it, and take it away with its transaction. Raises LakeUnreachable."""
        with self._transaction("BEGIN") as connection:
            rows = 1 + INLINED_ROWS
            connection.execute(f"CREATE TABLE data_is_tried AS SELECT range AS row FROM range({rows})")  # noqa: S608
            connection.execute("SELECT sum(row) FROM data_is_tried")

    def close(self) -> None:
        """End the session. The next transaction opens another."""
        with self._opening:
            session, self._session = self._session, None
        if session is not None:
            session.close()

    @contextmanager
    def _transaction(self, *begin: str) -> Generator["DuckDBPyConnection"]:
        import duckdb

        try:
            with closing(self._begun(*begin)) as connection:
                try:
                    yield connection
                finally:
                    _rolled_back(connection)
        except duckdb.Error as error:
            expected = explained(error, self.place)
            if expected is None:
                raise
            if isinstance(expected, LakeUnreachable):
                self.close()
            raise expected from None

    def _begun(self, *begin: str) -> "DuckDBPyConnection":
        """A connection in a transaction that has spoken with the server: a session that lost it is opened again."""
        import duckdb

        try:
            return self._cursor(*begin)
        except duckdb.Error as error:
            if not isinstance(explained(error, self.place), LakeUnreachable):
                raise
        self.close()
        return self._cursor(*begin)

    def _cursor(self, *begin: str) -> "DuckDBPyConnection":
        with self._opening:
            if self._session is None:
                self._session = open_session(self.place, self.folder / "spill", self.patience_s)
            connection = self._session.cursor()
        # What a writer limits is limited for the whole session, so the next one begins anew.
        for statement in (f"USE {LAKE}", "SET TimeZone = 'UTC'", "RESET memory_limit", *begin):
            connection.execute(statement)
        version_read(connection)
        return connection


def _rolled_back(connection: "DuckDBPyConnection") -> None:
    import duckdb

    # After a commit, or a failed one, there is nothing left to undo.
    with suppress(duckdb.Error):
        connection.rollback()


def version_read(connection: "DuckDBPyConnection") -> int:
    """The number of the commit that a transaction sees."""
    found = connection.execute(f"FROM {LAKE}.current_snapshot()").fetchone()
    assert found is not None
    return int(found[0])
