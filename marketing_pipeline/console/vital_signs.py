"""What the console tells of itself to programs on this machine: `/healthz` and `/metrics`."""

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from marketing_pipeline.console.metrics import exposition
from marketing_pipeline.console.office import Office
from marketing_pipeline.console.rounds import Rounds
from marketing_pipeline.domain.clock import SystemClock
from marketing_pipeline.domain.errors import MarketingError
from marketing_pipeline.domain.health import Area, Health, Level, bad
from marketing_pipeline.domain.person import Person
from marketing_pipeline.workplace import Workplace

PROMETHEUS = "text/plain; version=0.0.4; charset=utf-8"


def healthz(request: Request) -> Response:
    """How everything stood when it was last looked at: 503 where something is bad."""
    health = newest(request.app.state.rounds)
    content = {
        "healthy": health.level is not Level.BAD,
        "level": health.level,
        **health.model_dump(mode="json"),
    }
    return JSONResponse(content, 503 if health.level is Level.BAD else 200, {"cache-control": "no-store"})


def metrics(request: Request) -> Response:
    """The same and more as Prometheus reads it."""
    rounds: Rounds = request.app.state.rounds
    office: Office = request.app.state.office
    try:
        with Workplace.open(request.app.state.settings, office.brand_files) as workplace:
            shown = exposition(workplace.health.installation(rounds.history), newest(rounds))
    except MarketingError as error:
        return Response(f"# {error.message}\n", 503, media_type="text/plain")
    return Response(shown, headers={"content-type": PROMETHEUS})


def newest(rounds: Rounds) -> Health:
    """What the last round saw, or that none has ended lately."""
    found = rounds.newest
    if found is not None:
        return found
    what = "Nobody has looked lately: the first round is not over, or the rounds stand still."
    return Health(at=SystemClock().now(), findings=(bad(Area.CONSOLE, what, "Wait a minute, then restart it."),))


def told_to(person: Person, health: Health) -> Health:
    """The same for this person: words of a finding may tell of any brand, and are for who sees every one."""
    if person.brands is None:
        return health
    bare = {"what": "The words are for people who see every brand.", "mend": ""}
    return health.model_copy(update={"findings": tuple(each.model_copy(update=bare) for each in health.findings)})


ROUTES = (Route("/healthz", healthz), Route("/metrics", metrics))
