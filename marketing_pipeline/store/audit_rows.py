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
    """Which rows: each condition that is given narrows them. `action` also stands for all that begin with it."""

    model_config = ConfigDict(frozen=True)

    first: int = 1
    subject: str | None = None
    brand: BrandId | None = None
    action: str | None = None


def stream_rows(connection: Connection, query: AuditQuery) -> Iterator[AuditRow]:
    """The rows in the order of the chain. Memory stays small."""
    wanted = _selected(query).order_by(audit_log.c.sequence).execution_options(yield_per=_STREAM)
    for row in connection.execute(wanted).mappings():
        yield AuditRow.model_validate(dict(row))


def newest_rows(connection: Connection, query: AuditQuery, limit: int) -> list[AuditRow]:
    """The newest `limit` rows, oldest of them first."""
    wanted = _selected(query).order_by(audit_log.c.sequence.desc()).limit(limit)
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


def _selected(query: AuditQuery) -> Select[Any]:
    wanted = select(audit_log).where(audit_log.c.sequence >= query.first)
    if query.subject is not None:
        wanted = wanted.where(audit_log.c.subject == query.subject)
    if query.brand is not None:
        wanted = wanted.where(audit_log.c.brand == query.brand)
    if query.action is not None:
        exact, begins = audit_log.c.action == query.action, audit_log.c.action.startswith(f"{query.action}.")
        wanted = wanted.where(or_(exact, begins))
    return wanted
