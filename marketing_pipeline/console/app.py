"""What the console serves: `/healthz` and `/metrics`, to this machine alone, and by GET alone."""

from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.middleware.trustedhost import TrustedHostMiddleware
from starlette.requests import Request
from starlette.responses import JSONResponse, RedirectResponse, Response
from starlette.routing import Route

from marketing_pipeline.console.metrics import exposition
from marketing_pipeline.console.rounds import Rounds
from marketing_pipeline.domain.clock import SystemClock
from marketing_pipeline.domain.errors import MarketingError
from marketing_pipeline.domain.health import Area, Health, Level, bad
from marketing_pipeline.settings import Settings
from marketing_pipeline.workplace import Workplace

HOSTS = ("127.0.0.1", "localhost")
"""A page of another name that resolves to this machine is refused: no website may read what is served here."""
PROMETHEUS = "text/plain; version=0.0.4; charset=utf-8"


def console_app(settings: Settings, rounds: Rounds) -> Starlette:
    """The application. `rounds` are running: what is shown is what they saw last."""

    def healthz(_: Request) -> Response:
        health = _newest(rounds)
        content = {
            "healthy": health.level is not Level.BAD,
            "level": health.level,
            **health.model_dump(mode="json"),
        }
        return JSONResponse(content, 503 if health.level is Level.BAD else 200, {"cache-control": "no-store"})

    def metrics(_: Request) -> Response:
        try:
            with Workplace.open(settings) as workplace:
                shown = exposition(workplace.health.installation(rounds.history), _newest(rounds))
        except MarketingError as error:
            return Response(f"# {error.message}\n", 503, media_type="text/plain")
        return Response(shown, headers={"content-type": PROMETHEUS})

    def front(_: Request) -> Response:
        return RedirectResponse("/healthz")

    return Starlette(
        routes=[Route("/", front), Route("/healthz", healthz), Route("/metrics", metrics)],
        middleware=[Middleware(TrustedHostMiddleware, allowed_hosts=list(HOSTS), www_redirect=False)],
    )


def _newest(rounds: Rounds) -> Health:
    found = rounds.newest
    if found is not None:
        return found
    what = "Nobody has looked lately: the first round is not over, or the rounds stand still."
    return Health(at=SystemClock().now(), findings=(bad(Area.CONSOLE, what, "Wait a minute, then restart it."),))
