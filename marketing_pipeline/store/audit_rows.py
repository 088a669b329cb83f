"""Rows of the audit log as people and other systems get them: selected, exported as JSON lines, read back."""

import json
from collections.abc import Iterable, Iterator
from typing import Any

from pydantic import AwareDatetime, BaseModel, ConfigDict, ValidationError
from sqlalchemy import Connection, Select, or_, select

from marketing_pipeline.domain.errors import MarketingError
from marketing_pipeline.domain.identifiers import BrandId
from marketing_pipeline.store.tables import audit_log

_STREAM = 2_000
_BEYOND = 2**62
"""A number that no row has."""


class ExportDamaged(MarketingError):
    """A line of an export is none that this system wrote."""


class AuditRow(BaseModel):
    """One row, with what its place in the chain is proved by."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    sequence: int
    at: AwareDatetime
    actor: str
    action: str
    subject: str
    brand: BrandId | None
    detail: dict[str, Any]
    previous_mac: str
    mac: str


class AuditQuery(BaseModel):
    """Which rows: each condition that is given narrows them. `action` also stands for all that begin with it.

    `below` is the number of a row: only those before it; `brands` None: all; `since` counts, `until` no more.
    """

    model_config = ConfigDict(frozen=True)

    first: int = 1
    below: int | None = None
    actor: str | None = None
    subject: str | None = None
    brand: BrandId | None = None
    brands: frozenset[BrandId] | None = None
    action: str | None = None
    since: AwareDatetime | None = None
    until: AwareDatetime | None = None


def stream_rows(connection: Connection, query: AuditQuery) -> Iterator[AuditRow]:
    """The rows in the order of the chain. Memory stays small."""
    wanted = _selected(connection, query).order_by(audit_log.c.sequence).execution_options(yield_per=_STREAM)
    with connection.execute(wanted) as rows:
        for row in rows.mappings():
            yield AuditRow.model_validate(dict(row))


def newest_rows(connection: Connection, query: AuditQuery, limit: int) -> list[AuditRow]:
    """The newest `limit` rows, oldest of them first."""
    wanted = _selected(connection, query).order_by(audit_log.c.sequence.desc()).limit(limit)
    return [AuditRow.model_validate(dict(row)) for row in connection.execute(wanted).mappings()][::-1]


def as_line(row: AuditRow) -> str:
    """One line of an export."""
    return json.dumps(row.model_dump(mode="json"), ensure_ascii=False, separators=(",", ":"))


def rows_in(lines: Iterable[str]) -> Iterator[dict[str, Any]]:
    """The rows of an export. Raises ExportDamaged, naming the line."""
    for number, line in enumerate(lines, start=1):
        try:
            yield AuditRow.model_validate_json(line).model_dump()
        except ValidationError as error:
            raise ExportDamaged(
                f"Line {number} is no row of an audit log.", "Export it anew, or look at who changed the file."
            ) from error


def next_rows(connection: Connection, query: AuditQuery, limit: int = _STREAM) -> list[AuditRow]:
    """The first `limit` rows: with `first` moved on, a long log is read in short transactions."""
    wanted = _selected(connection, query).order_by(audit_log.c.sequence).limit(limit)
    return [AuditRow.model_validate(dict(row)) for row in connection.execute(wanted).mappings()]


def _selected(connection: Connection, query: AuditQuery) -> Select[Any]:
    log = audit_log.c
    first, below = _span(connection, query)
    wanted = select(audit_log).where(log.sequence >= first, log.sequence < below)
    for column, value in ((log.actor, query.actor), (log.subject, query.subject), (log.brand, query.brand)):
        if value is not None:
            wanted = wanted.where(column == value)
    if query.brands is not None:
        wanted = wanted.where(log.brand.in_(query.brands))
    if query.action is not None:
        exact, begins = log.action == query.action, log.action.startswith(f"{query.action}.", autoescape=True)
        # A whole action is looked up; a noun stands for all that is done to it.
        wanted = wanted.where(exact if "." in query.action else or_(exact, begins))
    return wanted


def _span(connection: Connection, query: AuditQuery) -> tuple[int, int]:
    """The first row that may be meant, and the one after the last: the chain grows with time, so moments are rows."""
    first, below = query.first, _BEYOND if query.below is None else query.below
    at, number = audit_log.c.at, audit_log.c.sequence
    if query.since is not None:
        since = connection.scalar(select(number).where(at >= query.since).order_by(at, number).limit(1))
        first = _BEYOND if since is None else max(first, since)
    if query.until is not None:
        until = connection.scalar(select(number).where(at < query.until).order_by(at.desc(), number.desc()).limit(1))
        below = 0 if until is None else min(below, until + 1)
    return first, below
