"""The console's guards before three pages of a test's own, and a browser that sends what browsers send."""

from collections.abc import AsyncIterator, Generator, Mapping
from contextlib import contextmanager

from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import JSONResponse, Response, StreamingResponse
from starlette.routing import Route
from starlette.testclient import TestClient

from marketing_pipeline.console import login
from marketing_pipeline.console.guards import Guards, form_of
from marketing_pipeline.console.office import Office
from marketing_pipeline.domain.errors import MarketingError
from marketing_pipeline.domain.person import Permission, Person, Role
from marketing_pipeline.settings import Settings

ORIGIN = "http://127.0.0.1:3100"
PASSWORD = "a kettle of good water"
BOSS = Person(name="ana", role=Role.ADMIN, source="cli")


def _who(request: Request) -> Response:
    state = request.state
    session = None if state.session is None else state.session.way
    return JSONResponse({"name": state.person.name, "role": state.person.role, "way": session, "csrf": state.csrf})


def _act(request: Request) -> Response:
    state = request.state
    state.person.require(Permission.EDIT)
    request.app.state.done.append(dict(form_of(request)))
    return JSONResponse({"form": dict(form_of(request)), "all": form_of(request).all("word")})


async def _act_of_the_api(request: Request) -> Response:
    request.state.person.require(Permission.EDIT)
    return JSONResponse(await request.json())


def _broken(_: Request) -> Response:
    raise ValueError("the secret of the house")


async def _breaking_off(_: Request) -> Response:
    async def parts() -> AsyncIterator[bytes]:
        yield b"so far"
        raise ValueError("the secret of the house")

    return StreamingResponse(parts())


def _alive(_: Request) -> Response:
    return JSONResponse({"healthy": True})


class Doorway:
    """The guarded pages, and what was done behind them."""

    def __init__(self, settings: Settings, office: Office) -> None:
        self.office = office
        self.done: list[dict[str, str]] = []
        self.app = Starlette(
            routes=[
                Route("/", _who),
                Route("/act", _act, methods=["POST"]),
                Route("/api/v1/who", _who),
                Route("/api/v1/act", _act_of_the_api, methods=["POST"]),
                Route("/healthz", _alive),
                Route("/broken", _broken),
                Route("/api/v1/broken", _broken),
                Route("/breaking-off", _breaking_off),
                Route("/static/app.css", _alive),
                *login.ROUTES,
            ],
            middleware=[Middleware(Guards, office=office, settings=settings)],
            exception_handlers={MarketingError: _refused},
        )
        self.app.state.office, self.app.state.done = office, self.done

    @contextmanager
    def browser(
        self, *, peer: str = "127.0.0.1", origin: str = ORIGIN, headers: Mapping[str, str] | None = None
    ) -> Generator[TestClient]:
        """A browser with a jar of its own."""
        with TestClient(
            self.app, base_url=origin, client=(peer, 50000), headers=dict(headers or {}), follow_redirects=False
        ) as client:
            yield client

    @contextmanager
    def signed_in(self, role: Role = Role.EDITOR, name: str = "ben") -> Generator[tuple[TestClient, str]]:
        """Somebody signed in by link, and the CSRF token of their pages."""
        people = self.office.place.people
        if people.find(name) is None:
            people.add(BOSS, name, role)
        with self.browser() as client:
            entered = client.post("/login/link", data={"token": people.login_link(name)}, headers={"origin": ORIGIN})
            assert entered.status_code == 303, entered.text
            yield client, client.get("/").json()["csrf"]


def _refused(_: Request, error: Exception) -> Response:
    return JSONResponse({"error": str(error)}, 403)


@contextmanager
def doorway(settings: Settings) -> Generator[Doorway]:
    """The guarded pages of a home."""
    with Office(settings) as office:
        yield Doorway(settings, office)
