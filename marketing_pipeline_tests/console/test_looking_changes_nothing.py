"""No address of the console changes anything when it is looked at: every route of the application is walked."""

import re
from collections.abc import Iterator, Sequence
from typing import Any

import pytest
from sqlalchemy import select
from starlette.routing import BaseRoute, Mount, Route
from starlette.testclient import TestClient

from marketing_pipeline.console.app import console_app
from marketing_pipeline.console.office import Office as OpenOffice
from marketing_pipeline.console.rounds import Rounds
from marketing_pipeline.settings import Settings
from marketing_pipeline.store.database import Database
from marketing_pipeline.store.tables import metadata
from marketing_pipeline_tests.cli.office import BRAND, FIRST, REQUEST, Office
from marketing_pipeline_tests.console.doorway import BOSS, ORIGIN

IDS = (FIRST, REQUEST, BRAND, "1", "no-such-thing")
_PARAMETER = re.compile(r"\{[^}]+\}")


def paths(routes: Sequence[BaseRoute], prefix: str = "") -> Iterator[tuple[str, frozenset[str]]]:
    """Every path below these routes, with the methods that it takes."""
    for route in routes:
        if isinstance(route, Mount):
            yield from paths(route.routes or (), prefix + route.path)
        elif isinstance(route, Route):
            yield prefix + route.path, frozenset(route.methods or ("GET",))


def content(database: Database) -> dict[str, list[dict[str, Any]]]:
    """Everything that the database holds."""
    with database.read() as connection:
        return {
            table.name: [dict(row) for row in connection.execute(select(table)).mappings()]
            for table in metadata.sorted_tables
        }


@pytest.fixture
def opened(office: Office) -> Iterator[tuple[OpenOffice, TestClient]]:
    """An admin in the console of an office where a post waits for a decision."""
    office.awaiting()
    office.work.refresh_warehouse()
    settings = Settings.from_environment()
    with OpenOffice(settings) as inner:
        app = console_app(settings, Rounds(settings), inner)
        with TestClient(app, base_url=ORIGIN, client=("127.0.0.1", 1), raise_server_exceptions=False) as client:
            link = inner.place.people.login_link("ana", by=BOSS)
            client.post("/login/link", data={"token": link}, headers={"origin": ORIGIN})
            yield inner, client


def test_every_address_can_be_looked_at_without_changing_anything(opened: tuple[OpenOffice, TestClient]) -> None:
    inner, client = opened
    inner.place.people.login_link("ana", by=BOSS)
    _ = inner.brands
    routes = list(console_app(inner.place.settings, Rounds(inner.place.settings), inner).routes)
    walked = sorted({path for path, methods in paths(routes) if methods & {"GET", "HEAD"}})
    assert len(walked) >= 5 and "/logout" not in walked
    client.get("/healthz")
    before = content(inner.place.database)
    for path in walked:
        for one in IDS if "{" in path else ("",):
            address = _PARAMETER.sub(one, path)
            assert client.get(address).status_code in {200, 204, 303, 307, 400, 401, 403, 404, 422, 503}, address
            assert content(inner.place.database) == before, address


def test_what_may_change_something_wants_the_token_of_the_session(opened: tuple[OpenOffice, TestClient]) -> None:
    inner, client = opened
    routes = list(console_app(inner.place.settings, Rounds(inner.place.settings), inner).routes)
    changing = [(path, method) for path, methods in paths(routes) for method in methods - {"GET", "HEAD"}]
    before = content(inner.place.database)
    for path, method in changing:
        if path.startswith("/login"):
            continue
        for one in IDS[:2] if "{" in path else ("",):
            address = _PARAMETER.sub(one, path)
            assert client.request(method, address, headers={"origin": ORIGIN}).status_code == 403, address
    assert content(inner.place.database) == before
