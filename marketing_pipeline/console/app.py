"""The console as an application: its pages, its API and its signs of life, behind one guard."""

from importlib.resources import files
from pathlib import Path

from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.routing import BaseRoute, Mount
from starlette.staticfiles import StaticFiles

from marketing_pipeline.console import login, pictures, vital_signs
from marketing_pipeline.console.api.app import PREFIX, api_app
from marketing_pipeline.console.guards import Guards
from marketing_pipeline.console.office import Office
from marketing_pipeline.console.page import refused
from marketing_pipeline.console.pages import (
    activity,
    ad_change,
    ads,
    approval,
    approvals,
    calendar,
    chat,
    cost,
    evidence,
    experiments,
    health,
    people,
    performance,
    post,
    post_forms,
    quality,
    rules,
    today,
)
from marketing_pipeline.console.rounds import Rounds
from marketing_pipeline.domain.errors import MarketingError
from marketing_pipeline.settings import Settings

STATIC = Path(str(files("marketing_pipeline.console") / "static"))


def routes() -> tuple[BaseRoute, ...]:
    """Every address of the console."""
    return (
        *vital_signs.ROUTES,
        *login.ROUTES,
        *pictures.ROUTES,
        *today.ROUTES,
        *calendar.ROUTES,
        *post.ROUTES,
        *post_forms.ROUTES,
        *performance.ROUTES,
        *evidence.ROUTES,
        *quality.ROUTES,
        *cost.ROUTES,
        *chat.ROUTES,
        *approvals.ROUTES,
        *approval.ROUTES,
        *ads.ROUTES,
        *ad_change.ROUTES,
        *activity.ROUTES,
        *health.ROUTES,
        *rules.ROUTES,
        *experiments.ROUTES,
        *people.ROUTES,
        Mount("/static", StaticFiles(directory=STATIC), name="static"),
    )


def console_app(settings: Settings, rounds: Rounds, office: Office) -> Starlette:
    """The application. `rounds` are running: health is what they saw last. `office` stays open meanwhile."""
    app = Starlette(
        routes=[*routes(), Mount(PREFIX, api_app(office, rounds))],
        middleware=[Middleware(Guards, office=office, settings=settings)],
        exception_handlers={MarketingError: refused},
    )
    app.state.settings, app.state.rounds, app.state.office = settings, rounds, office
    return app
