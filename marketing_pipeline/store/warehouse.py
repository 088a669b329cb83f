"""The warehouse: one DuckDB file, written only behind a file lock, in short transactions."""

import fcntl
import random
import time
from collections.abc import Callable, Generator, Iterator
from contextlib import AbstractContextManager, closing, contextmanager, suppress
from pathlib import Path
from typing import IO, TYPE_CHECKING

from marketing_pipeline.domain.clock import SystemClock
from marketing_pipeline.domain.errors import MarketingError
from marketing_pipeline.store.warehouse_port import Found

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

PATIENCE_S = 30.0
_THREADS = 2


class WarehouseBusy(MarketingError):
    """Another process kept the warehouse, or its gate, for longer than this one may wait."""


class WarehouseUnreadable(MarketingError):
    """The file is damaged, is no DuckDB file, or was written by a newer DuckDB."""


class WarehouseUnwritable(MarketingError):
    """The file cannot be opened or written: folder, rights or disk."""


@contextmanager
def gate(lock: Path, patience_s: float, *, shared: bool = False) -> Generator[None]:
    """Hold a lock file, alone or `shared` with other readers. Raises WarehouseBusy after `patience_s` seconds.

    The kernel frees the lock when its process dies, so a killed one leaves nothing to clean. It counts between
    processes and threads of one machine, not on a network file system. Never nest two of one file.
    """
    tries = _tries(patience_s)
    mode = fcntl.LOCK_SH if shared else fcntl.LOCK_EX
    with _opened(lock) as file, _opened(lock.with_name(f"{lock.name}.next")) as turn:
        # Who waits next holds the turn: neither a writer that comes back at once nor a stream of readers can starve it.
        if not (_taken(turn, fcntl.LOCK_EX, tries) and _taken(file, mode, tries)):
            raise WarehouseBusy(
                f"{lock.name} was held by another process for more than {patience_s:g} s.",
                f"Try again; if it lasts, end the run that hangs: `fuser {lock}` names its process.",
            )
        fcntl.flock(turn, fcntl.LOCK_UN)
        yield


def _taken(file: IO[str], mode: int, tries: Iterator[None]) -> bool:
    for _ in tries:
        with suppress(BlockingIOError):
            fcntl.flock(file, mode | fcntl.LOCK_NB)
            return True
    return False


class Warehouse:
    """The file `warehouse.duckdb` in a folder, and the gate before it: the `WarehousePort` of one machine.

    DuckDB admits one writing process or many reading ones, so whoever writes holds the gate alone and whoever reads
    shares it. Compute and fetch before, hold it briefly, and do not nest: a nested call waits for itself. People do
    not read here but in snapshots. Both ways in raise WarehouseBusy, WarehouseUnreadable or WarehouseUnwritable.
    """

    def __init__(self, folder: Path, patience_s: float = PATIENCE_S) -> None:
        self.folder = folder
        self.path = folder / "warehouse.duckdb"
        self.patience_s = patience_s

    @contextmanager
    def write(self) -> Generator["DuckDBPyConnection"]:
        """A transaction, alone: commits on success, rolls back on any error. Makes the file where there is none."""
        with self.exclusive(), self._connection(read_only=False) as connection:
            connection.begin()
            try:
                yield connection
                connection.commit()
            except BaseException:
                # A failed commit, or a damaged file, has already ended the transaction.
                with suppress(Exception):
                    connection.rollback()
                raise

    @contextmanager
    def read(self) -> Generator["DuckDBPyConnection"]:
        """A view that cannot write, shared with other readers. Makes an empty file where there is none."""
        if not self.path.exists():
            with self.exclusive(), self._connection(read_only=False):
                pass
        with gate(self._lock, self.patience_s, shared=True), self._connection(read_only=True) as connection:
            yield connection

    def change(self, work: "Callable[[DuckDBPyConnection], Found]", turn: str = "") -> Found:
        """See WarehousePort. The gate makes every writer wait for every other, whatever its turn."""
        with self.write() as connection:
            return work(connection)

    def alone(self, turn: str) -> AbstractContextManager[None]:
        """See WarehousePort: a gate of its own, so that the file stays free between the transactions."""
        return gate(self.folder / f"{turn}.lock", self.patience_s)

    def schema(self) -> str:
        """See WarehousePort."""
        from marketing_pipeline.store.warehouse_schema import schema

        return schema()

    @contextmanager
    def exclusive(self) -> Generator[None]:
        """The gate alone, with no connection open anywhere: for copying the file."""
        with gate(self._lock, self.patience_s):
            yield

    def checkpoint(self) -> None:
        """Fold the write-ahead log into the file, so that the file alone is everything. The caller holds the gate."""
        with self._connection(read_only=False) as connection:
            connection.execute("CHECKPOINT")

    @property
    def _lock(self) -> Path:
        return self.path.with_suffix(".lock")

    @contextmanager
    def _connection(self, *, read_only: bool) -> Generator["DuckDBPyConnection"]:
        import duckdb

        try:
            with closing(self._connect(read_only=read_only)) as connection:
                connection.execute("SET TimeZone = 'UTC'")
                yield connection
        except duckdb.Error as error:
            expected = _explained(error, self.path)
            if expected is None:
                raise
            raise expected from error

    def _connect(self, *, read_only: bool) -> "DuckDBPyConnection":
        """Connect behind the gate. A program that opened the file past the gate is waited for as well."""
        import duckdb

        if not read_only and not self.path.exists():
            self._make()
        refused: duckdb.Error | None = None
        for _ in _tries(self.patience_s):
            try:
                return duckdb.connect(self.path, read_only=read_only, config={"threads": _THREADS})
            except duckdb.IOException as error:
                refused = error
                if not _is_lock_conflict(error):
                    break
        assert refused is not None
        raise refused

    def _make(self) -> None:
        """Under another name first: a process killed meanwhile leaves no half-written file at the real one."""
        import duckdb

        part = self.path.with_suffix(".part")
        for stale in (part, part.with_name(f"{part.name}.wal"), self.path.with_name(f"{self.path.name}.wal")):
            stale.unlink(missing_ok=True)
        duckdb.connect(part, config={"threads": _THREADS}).close()
        part.replace(self.path)


def _tries(patience_s: float) -> Iterator[None]:
    """One try after another with short random pauses, until the time is up."""
    # Other processes hold locks for real seconds: a simulated clock must not shorten this wait.
    deadline, clock = time.monotonic() + patience_s, SystemClock()
    yield
    while time.monotonic() < deadline:
        yield
        clock.sleep(random.uniform(0.002, 0.02))


def _opened(path: Path) -> IO[str]:
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        return path.open("a")
    except OSError as error:
        raise WarehouseUnwritable(
            f"{path} cannot be made: {error.strerror}.", "Check that this user may write in that folder."
        ) from error


def _is_lock_conflict(error: Exception) -> bool:
    return "Could not set lock on file" in str(error)


def _explained(error: Exception, path: Path) -> MarketingError | None:
    """The plain error for what is wrong with the file; None for what is wrong with the caller's SQL."""
    import duckdb

    words = str(error).splitlines()[0]
    if _is_lock_conflict(error):
        return WarehouseBusy(
            f"Another program has {path} open: {words}.",
            "Close it; to look at data open current.duckdb beside it, read-only, which blocks nobody.",
        )
    rebuilt = "Delete it, and its .wal if there is one: it is rebuilt from the control plane."
    if "version number" in words:
        return WarehouseUnreadable(
            f"{path} was written by a newer DuckDB: {words}.", f"Upgrade this program. {rebuilt}"
        )
    damaged = ("not a valid DuckDB", "Corrupt database", "Could not read enough bytes", "Failure while replaying WAL")
    broken = (duckdb.FatalException, duckdb.InternalException, duckdb.SerializationException)
    if isinstance(error, broken) or any(phrase in words for phrase in damaged):
        return WarehouseUnreadable(f"{path} is damaged: {words}.", rebuilt)
    if isinstance(error, duckdb.IOException):
        return WarehouseUnwritable(
            f"{path} cannot be read or written: {words}.",
            "Check the folder, this user's rights and the room on the disk.",
        )
    return None
