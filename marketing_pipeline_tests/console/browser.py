"""A browser of the standard kind, without scripts, at the console of the tea room's office."""

import re
from collections.abc import Generator
from contextlib import contextmanager

from starlette.testclient import TestClient

from marketing_pipeline.console.app import console_app
from marketing_pipeline.console.office import Office as OpenOffice
from marketing_pipeline.console.rounds import Rounds
from marketing_pipeline.domain.identifiers import BrandId
from marketing_pipeline.domain.person import Person, Role
from marketing_pipeline.settings import Settings

ORIGIN = "http://127.0.0.1"
_CSRF = re.compile(r'name="csrf" value="([^"]+)"')
_BOSS = Person(name="root", role=Role.ADMIN, source="cli")


class Site:
    """Somebody signed in. `page` looks, `submit` sends a form with all that a browser would send along."""

    def __init__(self, client: TestClient, office: OpenOffice, name: str) -> None:
        self._client = client
        self.office = office
        self.name = name

    @property
    def client(self) -> TestClient:
        """The client, for what a page would not send."""
        return self._client

    def page(self, path: str, *, status: int = 200, **query: str) -> str:
        """A page's HTML."""
        answer = self._client.get(path, params=query)
        assert answer.status_code == status, f"{path}: {answer.status_code}\n{answer.text[:3000]}"
        return answer.text

    def csrf(self) -> str:
        """The token that every page of this session carries."""
        found = _CSRF.search(self.page("/"))
        assert found
        return found[1]

    def submit(self, path: str, *, status: int = 200, **fields: str | list[str]) -> str:
        """Send a form and follow where it leads; returns the page that is shown then."""
        answer = self._client.post(path, data={"csrf": self.csrf(), **fields}, headers={"origin": ORIGIN})
        assert answer.status_code == status, f"{path}: {answer.status_code}\n{answer.text[:3000]}"
        return answer.text

    @contextmanager
    def as_(self, role: Role, name: str = "", brands: frozenset[BrandId] | None = None) -> "Generator[Site]":
        """Another person at a browser of their own."""
        with _signed_in(self.office, name or f"the_{role}", role, brands) as other:
            yield other


@contextmanager
def site_of(settings: Settings) -> Generator[Site]:
    """The console of a home, with `ann`, an admin, signed in. Its rounds do not run: tests look by themselves."""
    with OpenOffice(settings) as office, _signed_in(office, "ann", Role.ADMIN, None) as site:
        yield site


@contextmanager
def _signed_in(office: OpenOffice, name: str, role: Role, brands: frozenset[BrandId] | None) -> Generator[Site]:
    settings = office.place.settings
    if name not in {user.name for user in office.place.people.list(_BOSS)}:
        office.place.people.add(_BOSS, name, role, brands=brands)
    app = console_app(settings, Rounds(settings), office)
    with TestClient(app, base_url=ORIGIN, raise_server_exceptions=True) as client:
        # By a link: a password costs a tenth of a second on purpose, twice.
        form = {"token": office.place.people.login_link(name)}
        answer = client.post("/login/link", data=form, headers={"origin": ORIGIN}, follow_redirects=False)
        assert answer.status_code == 303, answer.text
        yield Site(client, office, name)
