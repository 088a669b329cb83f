"""Rows of one table carried from a SQLite file to PostgreSQL as they are written there, and digests of them.

No value is read into the program's own types: what JSON, times and figures look like stays as it was to the last sign.
"""

import hashlib
from collections.abc import Callable, Generator, Iterable, Iterator, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from pydantic import BaseModel, ConfigDict
from sqlalchemy import BigInteger, Boolean, Column, Connection, Float, Integer, Table

from marketing_pipeline.domain.errors import MarketingError

if TYPE_CHECKING:
    import psycopg

TOLD_EVERY = 5_000
_DIGESTS = 1 << 256
# In COPY's text form; whatever else there is, JSON above all, is text to the last sign.
_SERVER_TYPES = ((Boolean, "bool"), (BigInteger, "int8"), (Integer, "int4"), (Float, "float8"))
Row = tuple[Any, ...]


class RowsRefused(MarketingError):
    """The server did not take the rows of a table. Nothing was kept."""


class TableContent(BaseModel):
    """How many rows a table has, and the sum of their SHA-256 in hexadecimal: the same in whatever order they come."""

    model_config = ConfigDict(frozen=True)

    name: str
    rows: int
    digest: str

    @classmethod
    def of(cls, name: str, rows: Iterable[Row]) -> "TableContent":
        """Read them all, one after the other."""
        count = total = 0
        for row in rows:
            count += 1
            total += int.from_bytes(hashlib.sha256(repr(row).encode("utf-8", "surrogatepass")).digest())
        return cls(name=name, rows=count, digest=f"{total % _DIGESTS:064x}")


def copy_rows(source: Connection, target: Connection, table: Table, told: Callable[[int], None]) -> TableContent:
    """Carry every row of a table over in one bulk; what was sent. `told` hears now and then how many rows went.

    Raises RowsRefused, and what reading the source raises.
    """
    cursor = _driver(target).cursor()
    with _in_plain_words(table), cursor, cursor.copy(f"COPY {_named(table)} FROM STDIN".encode()) as copy:

        def sent() -> Iterator[Row]:
            for count, row in enumerate(file_rows(source, table), start=1):
                copy.write_row(row)
                yield row
                if count % TOLD_EVERY == 0:
                    told(count)

        return TableContent.of(table.name, sent())


def file_rows(source: Connection, table: Table) -> Iterator[Row]:
    """The rows of a table of a SQLite file, as they stand there; truth values as such."""
    truths = [number for number, column in enumerate(table.columns) if isinstance(column.type, Boolean)]
    query = f"SELECT {_columns(table)} FROM {_quoted(table.name)}"  # noqa: S608
    with source.execution_options(yield_per=TOLD_EVERY).exec_driver_sql(query) as found:
        for row in found:
            yield _with_truths(tuple(row), truths)


def server_content(target: Connection, table: Table) -> TableContent:
    """What the server holds of a table, in this transaction. Raises RowsRefused."""
    types = [_server_type(column) for column in table.columns]
    cursor = _driver(target).cursor()
    with _in_plain_words(table), cursor, cursor.copy(f"COPY {_named(table)} TO STDOUT".encode()) as copy:
        copy.set_types(types)
        return TableContent.of(table.name, copy.rows())


@contextmanager
def _in_plain_words(table: Table) -> Generator[None]:
    import psycopg

    try:
        yield
    except psycopg.Error as error:
        words = " ".join(str(error).split())[:500]
        raise RowsRefused(
            f"The server did not take the rows of {table.name}: {words}. Nothing was kept there.",
            "Mend the row that it names in the SQLite file, or the server, and begin again.",
        ) from error


def _with_truths(row: Row, truths: Sequence[int]) -> Row:
    if not truths:
        return row
    values = list(row)
    for number in truths:
        values[number] = None if values[number] is None else bool(values[number])
    return tuple(values)


def _server_type(column: Column[Any]) -> str:
    return next((name for family, name in _SERVER_TYPES if isinstance(column.type, family)), "text")


def _named(table: Table) -> str:
    return f"{_quoted(table.name)} ({_columns(table)})"


def _columns(table: Table) -> str:
    return ", ".join(_quoted(column.name) for column in table.columns)


def _quoted(name: str) -> str:
    return f'"{name}"'


def _driver(target: Connection) -> "psycopg.Connection[Row]":
    found: Any = target.connection.driver_connection
    return found
