"""Today: what waits for a person, what goes out next, whether everything is well; and the kill switch."""

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from marketing_pipeline.console.desk import Desk, desk_of
from marketing_pipeline.console.forms import Form, form_of
from marketing_pipeline.console.links import with_query
from marketing_pipeline.console.page import back, page
from marketing_pipeline.console.patient_weeks import patient_weeks
from marketing_pipeline.console.rounds import Rounds
from marketing_pipeline.console.vital_signs import told_to
from marketing_pipeline.console.waiting import what_waits
from marketing_pipeline.domain.errors import MarketingError
from marketing_pipeline.domain.health import Area, Health, HealthFinding, Level
from marketing_pipeline.domain.hold import Hold
from marketing_pipeline.domain.identifiers import BrandId
from marketing_pipeline.store.post_lists import next_to_go_out
from marketing_pipeline.store.reconciliations import open_reconciliation
from marketing_pipeline.workplace.kill_switch import Channel, may_switch

NEXT = 10
"""Posts shown of those that go out next."""


class NoSuchChannel(MarketingError):
    """A form names a channel that there is not."""


def today(request: Request) -> Response:
    """The page that the day begins with."""
    desk = desk_of(request)
    rounds: Rounds = request.app.state.rounds
    with desk.place.database.read() as connection:
        waiting = what_waits(desk, connection)
        coming = next_to_go_out(connection, desk.shown_brands, NEXT)
        blocked = open_reconciliation(connection)
    holds = _holds(desk)
    return page(
        request,
        "today.html",
        title="Today",
        waiting=waiting,
        coming=coming,
        stopped={post.id: _stopped_by(holds, post.brand) for post in coming},
        holds=holds,
        may_resume=[may_switch(desk.person, hold.brand) for hold in holds],
        patient=patient_weeks(desk),
        blocked=blocked.words() if blocked else "",
        looked=rounds.newest,
        unwell=_unwell(told_to(desk.person, rounds.newest) if rounds.newest else None),
        broken=[error for name, error in desk.office.broken_brands.items() if desk.person.sees(name)],
        may_stop_all=may_switch(desk.person, None),
        may_stop=[brand for name, brand in desk.brands.items() if may_switch(desk.person, name)],
        channels=tuple(Channel),
    )


def pause(request: Request) -> Response:
    """Stop effects at once."""
    desk, form = desk_of(request), form_of(request)
    brand, channel = _scope(form)
    hold = desk.place.kill_switch.pause(desk.person, brand=brand, channel=channel, note=form.get("note", ""))
    return back(request, _here(form), said=f"{hold.reason()}. Nothing goes out there until somebody resumes it.")


def resume(request: Request) -> Response:
    """Lift one pause."""
    desk, form = desk_of(request), form_of(request)
    brand, channel = _scope(form)
    desk.place.kill_switch.resume(desk.person, brand=brand, channel=channel, note=form.get("note", ""))
    return back(request, _here(form), said=f"{brand or 'Everything'} goes on. What is due goes out now.")


def _here(form: Form) -> str:
    return with_query("/", brand=form.get("shown", ""))


def _scope(form: Form) -> tuple[BrandId | None, Channel | None]:
    brand, channel = form.get("scope", ""), form.get("channel", "")
    if channel and channel not in tuple(Channel):
        raise NoSuchChannel("There is no such channel.", f"Name one of: {', '.join(Channel)}.")
    return BrandId(brand) if brand else None, Channel(channel) if channel else None


def _holds(desk: Desk) -> list[Hold]:
    every = desk.place.kill_switch.holds(desk.person)
    return [hold for hold in every if hold.brand is None or hold.brand in desk.shown_brands]


def _stopped_by(holds: list[Hold], brand: BrandId) -> str:
    return next((hold.reason() for hold in holds if hold.covers(brand, Channel.INSTAGRAM)), "")


def _unwell(health: Health | None) -> list[HealthFinding]:
    """The worst finding of each area that is not well, the bad ones first."""
    found = [max(health.of(area), key=_badness) for area in Area if health.of(area)] if health else []
    return sorted((finding for finding in found if finding.level is not Level.OK), key=_badness, reverse=True)


def _badness(finding: HealthFinding) -> int:
    return list(Level).index(finding.level)


ROUTES = (
    Route("/", today),
    Route("/pause", pause, methods=["POST"]),
    Route("/resume", resume, methods=["POST"]),
)
