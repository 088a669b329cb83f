"""The audit log: what was done, by whom, to what and why; searched, page by page, and downloaded."""

from collections.abc import Iterator
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from starlette.requests import Request
from starlette.responses import Response, StreamingResponse
from starlette.routing import Route

from marketing_pipeline.console.desk import Desk, desk_of
from marketing_pipeline.console.links import with_query
from marketing_pipeline.console.page import page
from marketing_pipeline.console.vital_signs import newest
from marketing_pipeline.domain.errors import MarketingError
from marketing_pipeline.domain.health import Area
from marketing_pipeline.domain.person import Permission
from marketing_pipeline.store.audit_rows import AuditQuery, AuditRow, as_line, newest_rows, next_rows

LIMIT = 100
_ASKED = ("actor", "action", "subject", "from", "to")
_JSON_LINES = "application/jsonl; charset=utf-8"


class NoSuchDay(MarketingError):
    """What was asked for is no day or no row."""


def activity(request: Request) -> Response:
    """The newest rows of those that are asked for."""
    desk = desk_of(request)
    desk.person.require(Permission.READ)
    asked = {name: request.query_params.get(name, "").strip() for name in _ASKED}
    query = _query(desk, asked, request.query_params.get("below", ""))
    with desk.place.database.read() as connection:
        found = newest_rows(connection, query, LIMIT + 1)[::-1]
    rows, more = found[:LIMIT], len(found) > LIMIT
    return page(
        request,
        "activity.html",
        title="Activity",
        rows=rows,
        asked=asked,
        narrowed=any(asked.values()),
        chain=newest(request.app.state.rounds).of(Area.AUDIT),
        older=with_query("/activity", brand=desk.asked_brand, below=rows[-1].sequence, **asked) if more else "",
        newest_url=with_query("/activity", brand=desk.asked_brand, **asked) if query.below else "",
        export=with_query("/activity/export.jsonl", brand=desk.asked_brand, **asked),
        words_of=words_of,
    )


def export(request: Request) -> Response:
    """The same rows, all of them, oldest first, with what proves each one's place in the chain."""
    desk = desk_of(request)
    desk.person.require(Permission.READ)
    query = _query(desk, {name: request.query_params.get(name, "").strip() for name in _ASKED}, "")
    headers = {"content-disposition": 'attachment; filename="audit.jsonl"'}
    return StreamingResponse(_lines(desk, query), media_type=_JSON_LINES, headers=headers)


def words_of(row: AuditRow) -> str:
    """Why, or what changed, in a line."""
    changed: dict[str, list[object]] = row.detail.get("changed") or {}
    moves = "; ".join(f"{name}: {old} → {new}" for name, (old, new) in changed.items())
    told = row.detail.get("reason") or row.detail.get("note") or row.detail.get("title") or ""
    return (moves or str(told))[:300]


def _lines(desk: Desk, query: AuditQuery) -> Iterator[str]:
    """In short transactions: a slow reader keeps no view of the database open."""
    while True:
        with desk.place.database.read() as connection:
            rows = next_rows(connection, query)
        yield from (f"{as_line(row)}\n" for row in rows)
        if not rows:
            return
        query = query.model_copy(update={"first": rows[-1].sequence + 1})


def _query(desk: Desk, asked: dict[str, str], below: str) -> AuditQuery:
    zone = desk.brand.zone if desk.brand else ZoneInfo("UTC")
    since, until = _day(asked["from"], zone), _day(asked["to"], zone)
    whose = desk.person.brands
    return AuditQuery(
        actor=asked["actor"] or None,
        action=asked["action"] or None,
        subject=asked["subject"] or None,
        brands=frozenset({desk.brand.brand_id}) if desk.asked_brand and desk.brand else whose,
        since=since,
        until=None if until is None else until + timedelta(days=1),
        below=_number(below),
    )


def _day(text: str, zone: ZoneInfo) -> datetime | None:
    """Midnight of a day where the brand is. Raises NoSuchDay."""
    if not text:
        return None
    try:
        named = date.fromisoformat(text)
    except ValueError:
        named = None
    if named is None or not 1970 <= named.year < 3000:
        raise NoSuchDay(f"{text[:40]!r} is no day.", "Write it as 2026-11-30.")
    return datetime.combine(named, time(), zone)


def _number(text: str) -> int | None:
    if not text:
        return None
    if not text.isdecimal() or len(text) > 18:
        raise NoSuchDay(f"{text[:40]!r} is no number of a row.", "Go back to the newest rows.")
    return int(text)


ROUTES = (
    Route("/activity", activity),
    Route("/activity/export.jsonl", export),
)
