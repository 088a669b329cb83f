"""How the installation does: what the last round found, signs of life, tokens, alerts, room, and late errors."""

from datetime import timedelta
from pathlib import Path
from typing import Any

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from marketing_pipeline.console.desk import Desk, desk_of
from marketing_pipeline.console.forms import Form, form_of
from marketing_pipeline.console.page import back, page, page_number
from marketing_pipeline.console.vital_signs import newest
from marketing_pipeline.domain.alert import Alert, AlertKind, AlertState
from marketing_pipeline.domain.errors import MarketingError, NotFound
from marketing_pipeline.domain.health import Area, Health, Level
from marketing_pipeline.domain.identifiers import AlertId, BrandId
from marketing_pipeline.domain.person import NotAllowed, Permission
from marketing_pipeline.domain.written import is_an_id, note_of
from marketing_pipeline.store.alert_mutes import LONGEST
from marketing_pipeline.store.recent_errors import recent_errors
from marketing_pipeline.workplace.anchoring import anchored

LATELY = timedelta(days=7)
MOST_ALERTS = 50
"""Shown on one page; further ones are on the next."""
MOST_RESOLVED = 20
TERMS = {"1": "1 hour", "4": "4 hours", "24": "1 day", "72": "3 days", "168": "1 week", "720": "30 days"}
"""Hours of a mute that are offered."""
_LONGEST_NUMBER = 18
_WORST_FIRST = (Level.BAD, Level.WARN, Level.OK)


class NotMuted(MarketingError):
    """A mute that cannot be read, or that does not exist. Nothing was muted."""


def health(request: Request) -> Response:
    """Everything that was looked at last, the worst first."""
    desk = desk_of(request)
    desk.person.require(Permission.READ)
    seen = newest(request.app.state.rounds)
    alerts = desk.place.health.alerts
    with desk.place.database.read() as connection:
        errors = recent_errors(connection, desk.now - LATELY, brands=desk.person.brands)
    return page(
        request,
        "health.html",
        title="Health",
        health=seen,
        areas=_areas(seen),
        tells_details=desk.person.brands is None,
        beats=desk.place.health.installation().beats.read(),
        real_now=desk.place.people.now(),
        tokens=[token for token in desk.place.tokens.known() if desk.person.sees(token.brand)],
        **_alerts(desk, page_number(request)),
        resolved=_seen(desk, alerts.find(states=(AlertState.RESOLVED,), limit=MOST_RESOLVED)),
        mutes={number: mute for number, mute in desk.place.health.mutes.in_force().items() if _sees(desk, mute.brand)},
        kinds=tuple(AlertKind),
        terms=TERMS,
        files=_files(desk),
        errors=errors,
        may_edit=desk.person.may(Permission.EDIT),
    )


def acknowledge(request: Request) -> Response:
    """Take an alert on."""
    desk, name = desk_of(request), request.path_params["id"]
    note = note_of(form_of(request).get("note", ""))
    alerts = desk.place.health.alerts
    found = alerts.get(AlertId(name if is_an_id(name) else ""))
    _require_scope(desk, found.brand)
    with anchored(desk.place):
        alerts.acknowledge(found.id, desk.person.name, note)
    return back(request, "/health", said=f"You have taken on: {found.title}")


def mute(request: Request) -> Response:
    """Keep alerts without sending them for a while."""
    desk, form = desk_of(request), form_of(request)
    kind, brand, hours = _scope(desk, form)
    subject = form.get("subject", "").strip()
    if subject and not is_an_id(subject):
        raise NotMuted("That is the name of nothing.", "Copy what it is about from the alert, or leave it empty.")
    _require_scope(desk, brand)
    with anchored(desk.place):
        desk.place.health.mutes.mute(
            min(desk.now + timedelta(hours=hours), desk.now + LONGEST),
            actor=desk.person.name,
            note=note_of(form.get("note", "")),
            kind=kind,
            brand=brand,
            subject=subject or None,
        )
    return back(request, "/health", said=f"Muted for {TERMS[str(hours)]}. What still stands then is sent then.")


def unmute(request: Request) -> Response:
    """End a mute now."""
    desk, number = desk_of(request), _number(request.path_params["number"])
    standing = desk.place.health.mutes.in_force().get(number)
    _require_scope(desk, standing.brand if standing else None)
    with anchored(desk.place):
        desk.place.health.mutes.unmute(number, actor=desk.person.name)
    return back(request, "/health", said="Ended. What stands is sent with the next look.")


def _alerts(desk: Desk, number: int) -> dict[str, Any]:
    """One page of the standing alerts, and whether there is a further one."""
    found = desk.place.health.alerts.standing(
        desk.person.brands, limit=MOST_ALERTS + 1, skipped=(number - 1) * MOST_ALERTS
    )
    return {"alerts": found[:MOST_ALERTS], "number": number, "more": len(found) > MOST_ALERTS}


def _areas(seen: Health) -> list[dict[str, Any]]:
    areas = [{"area": area, "level": seen.worst(area), "findings": seen.of(area)} for area in Area if seen.of(area)]
    return sorted(areas, key=lambda each: _WORST_FIRST.index(each["level"]))


def _seen(desk: Desk, alerts: tuple[Alert, ...]) -> list[Alert]:
    return [alert for alert in alerts if _sees(desk, alert.brand)]


def _sees(desk: Desk, brand: BrandId | None) -> bool:
    """What is of no one brand may tell of brands that they do not see."""
    return desk.person.brands is None or (brand is not None and desk.person.sees(brand))


def _require_scope(desk: Desk, brand: BrandId | None) -> None:
    desk.person.require(Permission.EDIT, brand)
    if not _sees(desk, brand):
        raise NotAllowed(f"{desk.person.name} does not see every brand.", "Choose one of your brands.")


def _scope(desk: Desk, form: Form) -> tuple[AlertKind | None, BrandId | None, int]:
    kind, brand, hours = form.get("kind", ""), form.get("brand", ""), form.get("hours", "")
    if (kind and kind not in tuple(AlertKind)) or (brand and BrandId(brand) not in desk.brands) or hours not in TERMS:
        raise NotMuted("The form does not say what is muted, or for how long.", "Load the page again.")
    return AlertKind(kind) if kind else None, BrandId(brand) if brand else None, int(hours)


def _number(text: str) -> int:
    if not (text.isascii() and text.isdecimal()) or len(text) > _LONGEST_NUMBER:
        raise NotFound("There is no such mute.", "Load the page again: it shows those in force.")
    return int(text)


def _files(desk: Desk) -> list[tuple[str, int]]:
    """Names and bytes: what is free, and the databases."""
    from marketing_pipeline.operations.backup_control_plane import is_on_a_server
    from marketing_pipeline.operations.health_of_machine import free_bytes
    from marketing_pipeline.store.snapshots import newest_snapshot

    home = desk.place.home
    warehouse, files = home.warehouse / "warehouse.duckdb", dict[str, Path | None]()
    if not is_on_a_server(home):
        database = home.root / "control_plane.sqlite"
        files = {"control plane": database, "its write-ahead log": database.with_name(f"{database.name}-wal")}
    files |= {"warehouse": warehouse, "newest snapshot": newest_snapshot(home.warehouse)}
    try:
        sizes = [(name, path.stat().st_size) for name, path in files.items() if path is not None and path.exists()]
        free = ("free on the disk of the home", free_bytes(home.root))
    except OSError:  # this page is looked at when things are broken
        return []
    return [free, *_on_the_server(desk), *sizes]


def _on_the_server(desk: Desk) -> list[tuple[str, int]]:
    from marketing_pipeline.operations.backup_control_plane import is_on_a_server
    from marketing_pipeline.store.database_size import database_bytes

    if not is_on_a_server(desk.place.home):
        return []
    with desk.place.database.read() as connection:
        return [("control plane on its server", database_bytes(connection))]


ROUTES = (
    Route("/health", health),
    Route("/health/alerts/{id}/acknowledge", acknowledge, methods=["POST"]),
    Route("/health/mutes", mute, methods=["POST"]),
    Route("/health/mutes/{number}/end", unmute, methods=["POST"]),
)
