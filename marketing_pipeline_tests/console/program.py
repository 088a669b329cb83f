"""A program that calls the console's API."""

import json
from datetime import timedelta
from typing import Any

from marketing_pipeline.domain.identifiers import BrandId
from marketing_pipeline.domain.person import Permission, Person, Role
from marketing_pipeline_tests.console.browser import Site

API = "/api/v1"
_BOSS = Person(name="root", role=Role.ADMIN, source="cli")


class Program:
    """A program with a token of its own; it has no session."""

    def __init__(self, site: Site, token: str) -> None:
        self._client, self._token = site.client, token

    def get(self, path: str, status: int = 200, **query: str) -> Any:
        return self._answer(self._client.get(f"{API}{path}", params=query, headers=self._headers()), status)

    def post(self, path: str, status: int = 200, /, **body: Any) -> Any:
        headers = {**self._headers(), "content-type": "application/json"}
        return self._answer(self._client.post(f"{API}{path}", content=json.dumps(body), headers=headers), status)

    def _headers(self) -> dict[str, str]:
        return {"authorization": f"Bearer {self._token}"}

    def _answer(self, answer: Any, status: int) -> Any:
        assert answer.status_code == status, f"{answer.status_code}: {answer.text[:2000]}"
        return answer.json() if answer.content else None


def program(
    site: Site, *scopes: Permission, role: Role = Role.ADMIN, brands: frozenset[BrandId] | None = None
) -> Program:
    """A program that acts for a user of its own."""
    place, name = site.office.place, f"bot_{len(site.office.place.people.list(_BOSS))}"
    place.people.add(_BOSS, name, role, brands=brands)
    expires = place.people.now() + timedelta(days=1)
    _, token = place.people.make_token(_BOSS, "a test", frozenset(scopes or tuple(Permission)), expires, user=name)
    site.client.cookies.clear()
    return Program(site, token)
