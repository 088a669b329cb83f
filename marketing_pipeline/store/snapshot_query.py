"""Queries of people and models on a published snapshot: they read, within limits, and can do nothing else."""

import os
import pickle
import re
import signal
import subprocess
import sys
import threading
from collections.abc import Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from marketing_pipeline.domain.errors import MarketingError
from marketing_pipeline.domain.identifiers import BrandId
from marketing_pipeline.store.brand_snapshot import brand_snapshot
from marketing_pipeline.store.home import Home
from marketing_pipeline.store.open_snapshot import NoSnapshot, SnapshotUnreadable, published_snapshot, unreadable
from marketing_pipeline.store.query_process import Answer, Request

__all__ = [
    "NoSnapshot",
    "QueryBusy",
    "QueryFailed",
    "QueryRefused",
    "QueryResult",
    "QueryTooLarge",
    "SnapshotUnreadable",
    "query_snapshot",
]

ROW_LIMIT = 1000
TIME_LIMIT_S = 30.0
MEMORY_LIMIT = "512MB"
RESULT_BYTES = 1_000_000
QUERY_LENGTH = 100_000
"""Characters of a query: a longer one keeps the planner busy, which cannot be interrupted."""
START_S = 20.0
"""What starting the process of a query and opening the snapshot may take on a busy machine, on top of the query."""
AT_ONCE = 4
"""Queries of one server that run together: each may take the whole of its memory, and a core or two."""
WAITING = 6
"""Further ones that wait for one of those to end: each keeps a thread of the server, which pages need, too."""
WAIT_S = 4.0
_running, _taken = threading.BoundedSemaphore(AT_ONCE), threading.BoundedSemaphore(AT_ONCE + WAITING)
_UNITS = {"KB": 10**3, "MB": 10**6, "GB": 10**9}
_ASK_FOR_LESS = "Ask for less: filter or aggregate first."


class QueryRefused(MarketingError):
    """The statement is not one that reads, or reaches outside the snapshot. Nothing was run."""


class QueryFailed(MarketingError):
    """The statement reads, but is wrong: a name, a type, the grammar."""


class QueryTooLarge(MarketingError):
    """The statement needed more time or memory than a query here may use, or its result is too long."""


class QueryBusy(MarketingError):
    """As many queries as may run at once are running. Nothing was run."""


@dataclass(frozen=True)
class QueryResult:
    """Rows of one query. `truncated`: there were more than the row limit."""

    columns: tuple[str, ...]
    rows: tuple[tuple[Any, ...], ...]
    truncated: bool


def query_snapshot(
    home: Home,
    sql: str,
    *,
    brands: frozenset[BrandId] | None = None,
    parameters: Sequence[object] = (),
    row_limit: int = ROW_LIMIT,
    time_limit_s: float = TIME_LIMIT_S,
    memory_limit: str = MEMORY_LIMIT,
    result_bytes: int = RESULT_BYTES,
) -> QueryResult:
    """Run one SELECT (or EXPLAIN, SHOW, DESCRIBE, SUMMARIZE) on the newest snapshot, in a process of its own.

    It can read the snapshot and nothing else: no file, no network, no extension, no Python object, no setting. With
    `brands` it runs on a copy that holds the rows of those brands alone. `parameters` stand for ? or $1 in the query.
    `memory_limit` is a whole number of KB, MB or GB; `result_bytes` bounds the rows as pickled. About 0.1 s on top of
    the query; in one process at most AT_ONCE run together. Raises NoSnapshot, SnapshotUnreadable, QueryRefused,
    QueryFailed, QueryTooLarge or QueryBusy; ValueError for a limit that is none.
    """
    _checked(sql)
    path = published_snapshot(home) if brands is None else brand_snapshot(home, brands)
    request = Request(
        snapshot=str(path),
        sql=sql,
        parameters=tuple(parameters),
        row_limit=row_limit,
        time_limit_s=time_limit_s,
        memory_bytes=_bytes(memory_limit),
        result_bytes=result_bytes,
    )
    found = _in_turn(request)
    if found.outcome == "ok":
        return QueryResult(found.columns, found.rows, found.truncated)
    raise _problem(found, request, memory_limit)


def _checked(sql: str) -> None:
    if len(sql) > QUERY_LENGTH:
        raise QueryRefused(f"The query has {len(sql)} characters; {QUERY_LENGTH} are allowed.", "Write a shorter one.")
    if re.search("[\0\ud800-\udfff]", sql):
        raise QueryRefused("The query holds a zero byte or half a character.", "Write it anew, in UTF-8.")


def _bytes(limit: str) -> int:
    match = re.fullmatch(r"(\d+) ?([KMG]B)", limit)
    if not match:
        raise ValueError(f"{limit!r} is no memory limit: write for example 512MB.")
    return int(match[1]) * _UNITS[match[2]]


def _in_turn(request: Request) -> Answer:
    busy = QueryBusy(f"{AT_ONCE} other queries are running.", "Ask again in some seconds.")
    if not _taken.acquire(blocking=False):
        raise busy
    with ExitStack() as turn:
        turn.callback(_taken.release)
        if not _running.acquire(timeout=WAIT_S):
            raise busy
        turn.callback(_running.release)
        return _asked(request)


def _asked(request: Request) -> Answer:
    """The answer of a new process. It is given no environment: no key can be read there, whatever went wrong."""
    program = Path(__file__).with_name("query_process.py")
    libraries = os.environ.get("LD_LIBRARY_PATH")
    try:
        done = subprocess.run(
            [sys.executable, "-I", str(program)],
            input=pickle.dumps(tuple(request)),
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            env={"LD_LIBRARY_PATH": libraries} if libraries else {},
            timeout=request.time_limit_s + START_S,
            check=False,
        )
    except subprocess.TimeoutExpired:
        return Answer("slow")
    if done.returncode == -signal.SIGXCPU:
        return Answer("slow")
    if done.returncode != 0:
        return Answer("ended")
    return Answer(*pickle.loads(done.stdout))  # noqa: S301 - written by our own program, not by the query


def _problem(found: Answer, request: Request, memory_limit: str) -> MarketingError:
    match found.outcome:
        case "unreadable":
            return unreadable(Path(request.snapshot), found.words)
        case "refused":
            return QueryRefused(
                f"Queries here read the snapshot and nothing else: {found.words}",
                "Write a single SELECT. In a notebook analytics.connect() combines it with files and frames.",
            )
        case "slow":
            return QueryTooLarge(
                f"The query took longer than {request.time_limit_s:g} s and was stopped.", _ASK_FOR_LESS
            )
        case "memory":
            return QueryTooLarge(f"The query needed more than {memory_limit} of memory.", _ASK_FOR_LESS)
        case "large":
            return QueryTooLarge(
                f"The result is larger than {request.result_bytes:,} bytes.", "Ask for fewer rows or columns."
            )
        case "ended":
            return QueryTooLarge(
                f"The query ended the process that it ran in; it may have needed more than {memory_limit} of memory.",
                _ASK_FOR_LESS,
            )
        case _:
            return QueryFailed(found.words, "docs/data.md lists the tables, views and columns.")
