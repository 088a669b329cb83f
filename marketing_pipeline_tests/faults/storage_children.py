"""Executors in processes of their own whose storage fails: full, read-only, or unable to flush."""

import ctypes
import errno
import os
import platform
import resource
import signal
import sqlite3
from collections.abc import Callable
from pathlib import Path

from sqlalchemy import Engine, event

from marketing_pipeline.domain.errors import MarketingError
from marketing_pipeline.execution.steps import Step
from marketing_pipeline_tests.faults.agency import Agency, Office, brands_of
from marketing_pipeline_tests.faults.children import forkserver

REFUSED = 23
_NO_NEW_PRIVILEGES, _SET_SECCOMP, _FILTER = 38, 22, 2
_FLUSHES = {"x86_64": (74, 75), "aarch64": (82, 83)}
"""Numbers of fsync and fdatasync."""
_WRITES = {"x86_64": (18,), "aarch64": (68,)}
"""Number of pwrite64, with which SQLite writes."""
_ALLOW, _FAIL = 0x7FFF0000, 0x00050000
_LOAD, _JUMP_IF_EQUAL, _RETURN = 0x20, 0x15, 0x06


class _Instruction(ctypes.Structure):
    _fields_ = (("code", ctypes.c_uint16), ("yes", ctypes.c_uint8), ("no", ctypes.c_uint8), ("value", ctypes.c_uint32))


class _Program(ctypes.Structure):
    _fields_ = (("length", ctypes.c_uint16), ("first", ctypes.POINTER(_Instruction)))


def no_more_room(room: int, root: Path) -> None:
    """No file of this process grows further than the write-ahead log and `room` bytes."""
    log = root / "control_plane.sqlite-wal"
    signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    most = (log.stat().st_size if log.exists() else 0) + room
    resource.setrlimit(resource.RLIMIT_FSIZE, (most, resource.getrlimit(resource.RLIMIT_FSIZE)[1]))


def no_more_pages(room: int, root: Path) -> None:
    """The database takes no more pages than it has."""

    def connected(connection: sqlite3.Connection, _record: object) -> None:
        connection.execute("PRAGMA max_page_count = 1").close()

    event.listen(Engine, "connect", connected)


def read_only(room: int, root: Path) -> None:
    """The file system has become read-only: each write to a file of the database is answered with EROFS."""
    _refuse(_WRITES[platform.machine()], errno.EROFS)


def no_flush(room: int, root: Path) -> None:
    """Each flush to disk is answered with EIO."""
    _refuse(_FLUSHES[platform.machine()], errno.EIO)


def _refuse(calls: tuple[int, ...], error: int) -> None:
    """From now on the kernel answers these calls of this process with an error, and does nothing."""
    last = len(calls) - 1
    compared = [_Instruction(_JUMP_IF_EQUAL, last - at, int(at == last), call) for at, call in enumerate(calls)]
    code = [
        _Instruction(_LOAD, 0, 0, 0),
        *compared,
        _Instruction(_RETURN, 0, 0, _FAIL | error),
        _Instruction(_RETURN, 0, 0, _ALLOW),
    ]
    program = _Program(len(code), (_Instruction * len(code))(*code))
    kernel = ctypes.CDLL(None, use_errno=True)
    assert kernel.prctl(_NO_NEW_PRIVILEGES, 1, 0, 0, 0) == 0
    assert kernel.prctl(_SET_SECCOMP, _FILTER, ctypes.byref(program), 0, 0) == 0


Failure = Callable[[int, Path], None]
FAILURES: tuple[Failure, ...] = (no_more_room, no_flush, read_only, no_more_pages)


def _drain(root: Path, url: str, brands: int, failure: Failure, room: int, begins: Step) -> None:
    if failure is no_more_pages:
        failure(room, root)
    office = Office(root, url, brands_of(brands))
    begun: list[Step] = []

    def on_step(step: Step) -> None:
        if step is begins and not begun and failure is not no_more_pages:
            begun.append(step)
            failure(room, root)

    try:
        office.executor(on_step=on_step).drain()
    except MarketingError:
        os._exit(REFUSED)
    os._exit(0)


def drained_without_storage(agency: Agency, failure: Failure, room: int, begins: Step) -> int | None:
    """Drain in a child whose storage fails from a step on; its exit code: REFUSED where it said so in plain words."""
    arguments = (agency.home.root, agency.url, len(agency.brands), failure, room, begins)
    child = forkserver().Process(target=_drain, args=arguments)
    child.start()
    child.join(60)
    return child.exitcode


def hold_lock(file: Path, ready: Path, released: Path, *, duckdb_file: bool) -> None:
    """The body of a process that holds a database until `released` is there."""
    from marketing_pipeline.domain.clock import SystemClock

    if duckdb_file:
        import duckdb

        holder = duckdb.connect(str(file))
    else:
        holder = sqlite3.connect(file, isolation_level=None)
        holder.execute("BEGIN EXCLUSIVE")
    ready.touch()
    while not released.exists():
        SystemClock().sleep(0.02)
    holder.close()
