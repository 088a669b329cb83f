"""Moving a control plane from the SQLite file of a home to an empty database on a PostgreSQL server."""

from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

from pydantic import BaseModel, ConfigDict
from sqlalchemy import Connection, Table, inspect, make_url, select
from sqlalchemy.exc import ArgumentError

from marketing_pipeline.domain.clock import Clock
from marketing_pipeline.domain.errors import MarketingError
from marketing_pipeline.operations.copied_table import TableContent, copy_rows, server_content
from marketing_pipeline.store import tables
from marketing_pipeline.store.audit import AuditLog
from marketing_pipeline.store.database import BUSY_TIMEOUT_MS, Database, engines
from marketing_pipeline.store.database_server import take_the_time_it_needs
from marketing_pipeline.store.heartbeats import Heartbeats
from marketing_pipeline.store.home import Home
from marketing_pipeline.store.migrations import bring_up_to_date, is_up_to_date
from marketing_pipeline.store.schema_parts import missing_parts

MOVED = "control_plane.moved"
"""What the audit log calls it."""
_VERSIONS = "alembic_version"
_UNTOUCHED = "Nothing was changed."


class MoveRefused(MarketingError):
    """The control plane cannot be moved so. Nothing was changed."""


class MoveFailed(MarketingError):
    """What arrived is not what was sent. It was taken back."""


class _Rehearsed(Exception):
    """All went well, and is to be taken back."""


@dataclass(frozen=True)
class MoveOrder:
    """What is moved where. `home` keeps its control plane in a SQLite file, `target` is the URL of the database.

    `key` is that of the audit log. A `rehearsal` does everything, verifies it and takes it back; the home may be at
    work meanwhile.
    """

    home: Home
    target: str = field(repr=False)
    world: str
    key: bytes = field(repr=False)
    actor: str
    rehearsal: bool = False


class Moved(BaseModel):
    """What arrived. `at_work` names what would have to end first, in a rehearsal."""

    model_config = ConfigDict(frozen=True)

    place: str
    tables: tuple[TableContent, ...]
    audit_rows: int
    audit_head: str
    at_work: tuple[str, ...] = ()

    @property
    def rows(self) -> int:
        """Rows of all tables."""
        return sum(table.rows for table in self.tables)


def move_control_plane(order: MoveOrder, *, real: Clock, told: Callable[[str], None] = lambda _: None) -> Moved:
    """Copy every table in one transaction of the server, and verify counts, digests and audit chain before it commits.

    Nobody writes to the SQLite file meanwhile, and nothing is changed in it. Raises MoveRefused for a file that is not
    there, at work, of another world, of an older schema or with a broken audit log, and for a database that is not
    empty or no PostgreSQL; RowsRefused, MoveFailed, and what both databases do, among them DatabaseNewer.
    """
    clock = order.home.clock()
    source = Database(*engines(file_of(order.home), BUSY_TIMEOUT_MS), clock)
    target = Database(*engines(_server_url(order.target), BUSY_TIMEOUT_MS), clock)
    try:
        with source.read() as rows:
            _require_movable(rows, order, source.place)
        at_work = Heartbeats(source, real).at_work()
        if at_work and not order.rehearsal:
            raise MoveRefused(
                f"The home {order.home.root} is at work: {', '.join(at_work)}. {_UNTOUCHED}",
                "End `marketing up` and every run first; a process that was killed counts as alive for two minutes.",
            )
        # The lock of all writers, held by one who writes nothing: what comes after the copy would be lost.
        with source.read() if order.rehearsal else source.write() as rows:
            return _carried(rows, target, order, told).model_copy(update={"at_work": at_work})
    finally:
        source.close()
        target.close()


def file_of(home: Home) -> str:
    """The URL of the SQLite file that is moved. Raises MoveRefused where there is none."""
    url = make_url(home.control_plane_url)
    if url.get_backend_name() != "sqlite" or not Path(url.database or "").is_file():
        place = url.set(query={}).render_as_string()
        raise MoveRefused(
            f"There is no SQLite file of a control plane at {place}. {_UNTOUCHED}", "MARKETING_HOME names the home."
        )
    return home.control_plane_url


def _server_url(target: str) -> str:
    with suppress(ArgumentError):
        if make_url(target).get_backend_name() == "postgresql":
            return target
    raise MoveRefused(
        f"The new place must be a database on a PostgreSQL server. {_UNTOUCHED}",
        "Write it as postgresql+psycopg://USER@HOST/NAME; the extra `postgres` must be installed.",
    )


def _require_movable(rows: Connection, order: MoveOrder, place: str) -> None:
    if not is_up_to_date(rows, place) or missing_parts(rows):
        raise MoveRefused(
            f"The control plane {place} is of an older version of this program. {_UNTOUCHED}",
            "`marketing doctor` brings it up to date, or says what it lacks.",
        )
    _require_world(rows, order.world, place)
    verdict = AuditLog(order.key, order.home.clock()).verify(rows, order.home.audit_anchor)
    if not verdict.intact:
        raise MoveRefused(
            f"The audit log of {place} cannot be verified. {verdict.problem}",
            "`marketing audit verify`; the home's audit.key, or MARKETING_AUDIT_KEY, must be that of this home.",
        )


def _require_world(connection: Connection, world: str, place: str) -> None:
    bound = connection.scalar(select(tables.home.c.world))
    if bound not in (None, world):
        raise MoveRefused(
            f"The database {place} belongs to the world {bound!r}; these settings ask for {world!r}. {_UNTOUCHED}",
            "Set MARKETING_MODE and MARKETING_SANDBOX_SEED for that world, or name another database.",
        )


def _carried(rows: Connection, target: Database, order: MoveOrder, told: Callable[[str], None]) -> Moved:
    moved: Moved | None = None
    with suppress(_Rehearsed), target.write() as server:
        _let_it_last(server)
        _require_empty(server, order.world, target.place)
        told("making tables")
        bring_up_to_date(server, target.place)
        # The world alone may stand there already: whoever opened the database has bound it.
        server.execute(tables.home.delete())
        sent = tuple(_table(rows, server, table, told) for table in tables.metadata.sorted_tables)
        moved = _verified(server, sent, order, target, told)
        if order.rehearsal:
            raise _Rehearsed
        _go_on(server, moved, order)
    assert moved is not None
    return moved


def _let_it_last(server: Connection) -> None:
    take_the_time_it_needs(server)
    server.exec_driver_sql("SET LOCAL idle_in_transaction_session_timeout = 0")


def _require_empty(server: Connection, world: str, place: str) -> None:
    there = set(inspect(server).get_table_names())
    if there >= {_VERSIONS, tables.home.name}:
        is_up_to_date(server, place)  # a newer schema has tables that are not known here
    others = sorted(there - tables.metadata.tables.keys() - {_VERSIONS})
    if others:
        raise MoveRefused(
            f"The database {place} holds tables of something else: {', '.join(others[:5])}. {_UNTOUCHED}",
            "Make a database for the control plane alone: `CREATE DATABASE marketing TEMPLATE template0 LOCALE 'C'`.",
        )
    if tables.home.name in there:
        _require_world(server, world, place)
    filled = [name for name in sorted(there - {_VERSIONS, tables.home.name}) if _has_rows(server, name)]
    if filled:
        raise MoveRefused(
            f"The database {place} is not empty: there are rows in {', '.join(filled[:5])}. {_UNTOUCHED}",
            "Name an empty database: a control plane is moved whole, never into another one.",
        )


def _has_rows(server: Connection, name: str) -> bool:
    return server.exec_driver_sql(f'SELECT 1 FROM "{name}" LIMIT 1').first() is not None  # noqa: S608


def _table(rows: Connection, server: Connection, table: Table, told: Callable[[str], None]) -> TableContent:
    told(table.name)
    return copy_rows(rows, server, table, lambda count: told(f"{table.name}: {count:,} rows"))


def _verified(
    server: Connection, sent: tuple[TableContent, ...], order: MoveOrder, target: Database, told: Callable[[str], None]
) -> Moved:
    """Hold what arrived against what was sent. Raises MoveFailed."""
    by_name: Mapping[str, Table] = tables.metadata.tables
    for content in sent:
        told(f"verifying {content.name}")
        arrived = server_content(server, by_name[content.name])
        if arrived != content:
            raise _failed(f"of {content.name} {content.rows:,} rows were sent and {arrived.rows:,} arrived, or others")
    told("verifying the audit log")
    verdict = AuditLog(order.key, target.clock).verify(server, order.home.audit_anchor)
    if not verdict.intact:
        raise _failed(f"the audit log: {verdict.problem}")
    log = tables.audit_log
    head = server.scalar(select(log.c.mac).order_by(log.c.sequence.desc()).limit(1))
    return Moved(place=target.place, tables=sent, audit_rows=verdict.rows, audit_head=head or "")


def _failed(problem: str) -> MoveFailed:
    return MoveFailed(
        f"What arrived at the server is not what was sent: {problem}. It was taken back; the SQLite file is untouched.",
        "See that the database is in UTF-8 and has no triggers or rules of its own, and begin again.",
    )


def _go_on(server: Connection, moved: Moved, order: MoveOrder) -> None:
    """Numbers go on after the highest, the planner knows the tables, and the log tells who moved it."""
    detail = {"to": moved.place, "rows": moved.rows, "audit_head": moved.audit_head}
    AuditLog(order.key, order.home.clock()).append(
        server, actor=order.actor, action=MOVED, subject="control_plane", brand=None, detail=detail
    )
    for table in tables.metadata.sorted_tables:
        column = table.autoincrement_column
        if column is not None:
            server.exec_driver_sql(
                f"SELECT setval(pg_get_serial_sequence('{table.name}', '{column.name}'), max({column.name}))"  # noqa: S608
                f" FROM {table.name}"
            )
        server.exec_driver_sql(f"ANALYZE {table.name}")
