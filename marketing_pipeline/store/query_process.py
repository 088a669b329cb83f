"""The process in which one query runs: this file is its program, and imports nothing of this package.

DuckDB's own limits do not hold for all that a query can ask: measured with 1.5.5, 2,000 strings of 3 MB took 4 GB under
a limit of 512 MB, and a table function ends the whole process. So the operating system sets the limits here, and what
goes wrong goes wrong here alone.
"""

import os
import pickle
import re
import resource
import sys
import threading
from collections.abc import Sequence
from contextlib import suppress
from typing import TYPE_CHECKING, Any, NamedTuple

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

OVERHEAD_BYTES = 1 << 30
"""Address space of Python and DuckDB themselves: libraries, stacks, arenas."""
_ROWS_AT_ONCE = 100
# Table functions that a SELECT may call and that do more than read, or run a text that hides such a call.
_ACTING = re.compile(
    r"\b(?:(?:en|dis)able_(?:logging|profil\w+)|write_log|truncate_duckdb_logs|(?:force_)?checkpoint"
    r"|json_execute_serialized_sql|(?:pg_sleep|sleep_ms))\b"
    r'|\bquery"?\s*(?:(?:/\*.*?\*/|--[^\n]*)\s*)*\(',
    re.IGNORECASE | re.DOTALL,
)

# What tells of the machine, such as in which folder the home is; query_table runs names that are put together.
_TELLING = re.compile(
    r"\b(?:duckdb_(?:databases|settings|secrets|extensions|logs\w*|log_contexts|temporary_files|external_file_cache)"
    r"|(?:pragma_)?database_list|pg_settings|current_setting|query_table)\b",
    re.IGNORECASE,
)


class Request(NamedTuple):
    """One query and its limits. `memory_bytes` is what DuckDB may use; the process may use OVERHEAD_BYTES more."""

    snapshot: str
    sql: str
    parameters: tuple[Any, ...]
    row_limit: int
    time_limit_s: float
    memory_bytes: int
    result_bytes: int


class Answer(NamedTuple):
    """What came of it. `outcome` is ok, unreadable, refused, failed, slow, memory or large; `words` say why."""

    outcome: str
    words: str = ""
    columns: tuple[str, ...] = ()
    rows: tuple[tuple[Any, ...], ...] = ()
    truncated: bool = False


class _TooLarge(Exception):
    """The rows are more bytes than asked for."""


def answer(request: Request) -> Answer:
    """Run the query, and tell what came of it. Never raises for what is wrong with the query."""
    import duckdb

    with duckdb.connect(config=_config(request)) as connection:
        try:
            _open(connection, request.snapshot)
        except duckdb.Error as error:
            return Answer("unreadable", _first_line(error))
        timer = threading.Timer(request.time_limit_s, connection.interrupt)
        timer.start()
        try:
            return _run(connection, request)
        except _TooLarge:
            return Answer("large")
        except duckdb.InterruptException:
            return Answer("slow")
        except (duckdb.OutOfMemoryException, MemoryError):
            return Answer("memory")
        except duckdb.PermissionException as error:
            return Answer("refused", _first_line(error))
        except duckdb.Error as error:
            return Answer("failed", str(error))
        finally:
            timer.cancel()


def _config(request: Request) -> dict[str, Any]:
    return {
        "threads": 2,
        "memory_limit": f"{request.memory_bytes // 1024}KiB",
        "temp_directory": "",
        "autoinstall_known_extensions": False,
        "autoload_known_extensions": False,
        "python_enable_replacements": False,
    }


def _open(connection: "DuckDBPyConnection", snapshot: str) -> None:
    literal = snapshot.replace("'", "''")
    connection.execute(f"ATTACH '{literal}' AS marketing (READ_ONLY)")
    connection.execute("USE marketing")
    connection.execute("SET TimeZone = 'UTC'")
    connection.execute("SET enable_external_access = false")
    # What is attached stays within reach of COPY and read_blob, as root even to be overwritten: no file is opened anew.
    connection.execute("SET disabled_filesystems = 'LocalFileSystem'")
    connection.execute("SET lock_configuration = true")


def _run(connection: "DuckDBPyConnection", request: Request) -> Answer:
    import duckdb

    statements = connection.extract_statements(request.sql)
    reading = (duckdb.StatementType.SELECT, duckdb.StatementType.EXPLAIN)
    if len(statements) != 1 or statements[0].type not in reading:
        kinds = ", ".join(statement.type.name for statement in statements) or "nothing"
        return Answer("refused", f"This is {kinds}, not one query.")
    if acting := _ACTING.search(request.sql):
        return Answer("refused", f"{acting[0].rstrip('(').strip()} does more than read.")
    if telling := _TELLING.search(request.sql):
        return Answer("refused", f"{telling[0]} tells of the machine and not of its figures.")
    found = connection.execute(statements[0], request.parameters)
    columns = tuple(column[0] for column in found.description or ())
    rows, truncated = _fetch(found, request)
    return Answer("ok", columns=columns, rows=rows, truncated=truncated)


def _fetch(found: "DuckDBPyConnection", request: Request) -> tuple[tuple[tuple[Any, ...], ...], bool]:
    rows: list[tuple[Any, ...]] = []
    left = request.result_bytes
    while len(rows) <= request.row_limit:
        some: Sequence[tuple[Any, ...]] = found.fetchmany(min(_ROWS_AT_ONCE, request.row_limit + 1 - len(rows)))
        if not some:
            break
        left -= len(pickle.dumps(some))
        if left < 0:
            raise _TooLarge
        rows += some
    return tuple(rows[: request.row_limit]), len(rows) > request.row_limit


def _first_line(error: Exception) -> str:
    return str(error).partition("\n")[0]


def _limit(request: Request) -> None:
    """Room and time of this process, by the operating system; it writes no byte to any file and leaves no core."""
    seconds = int(2 * request.time_limit_s) + 2
    limits = (
        (resource.RLIMIT_AS, request.memory_bytes + OVERHEAD_BYTES),
        (resource.RLIMIT_CPU, seconds),
        (resource.RLIMIT_FSIZE, 0),
        (resource.RLIMIT_CORE, 0),
    )
    for kind, most in limits:
        # A system that cannot limit one of these, such as macOS the address space, still keeps the others.
        with suppress(ValueError, OSError):
            resource.setrlimit(kind, (most, most))


def main() -> None:
    """Read a pickled Request from standard input and write the pickled Answer, as tuples, to standard output."""
    # Standard output is the answer's alone, whatever DuckDB might print.
    replies = os.fdopen(os.dup(1), "wb")
    silent = os.open(os.devnull, os.O_WRONLY)
    os.dup2(silent, 1)
    os.dup2(silent, 2)
    request = Request(*pickle.load(sys.stdin.buffer))  # noqa: S301 - written by the process that started this one
    _limit(request)
    with replies:
        pickle.dump(tuple(answer(request)), replies)


if __name__ == "__main__":
    main()
