"""A plain client of the sandbox's Graph API: it does nothing that a test does not say."""

from collections.abc import Sequence
from pathlib import Path

import httpx
from pydantic import JsonValue

from marketing_pipeline.domain.clock import SteppedClock
from marketing_pipeline.sandbox.faults import Fault
from marketing_pipeline.sandbox.server import SandboxConfig, SandboxServer
from marketing_pipeline.sandbox.tastes import Tastes
from marketing_pipeline_tests.sandbox.tea_room import ACCOUNT, MONDAY, TOKEN, jpeg, store, tea_room

Json = dict[str, JsonValue]


class GraphClient:
    """One sandbox with its clock, and an HTTP client that carries its account's token."""

    def __init__(self, home: Path, tastes: Tastes | None = None, faults: Sequence[Fault] = ()) -> None:
        self.clock = SteppedClock(MONDAY)
        self.media = home / "media"
        self.config = SandboxConfig(home=home, seed=7, brands=(tea_room(),))
        self._tastes = {ACCOUNT: tastes} if tastes else None
        self.server = SandboxServer(self.config, self.clock, self._tastes, faults)
        self.server.start()
        self.http = httpx.Client(trust_env=False, timeout=10)

    def close(self) -> None:
        self.http.close()
        self.server.stop()

    def restart(self) -> None:
        """Stop the sandbox and start another one on the same home."""
        self.server.stop()
        self.server = SandboxServer(self.config, self.clock, self._tastes)
        self.server.start()

    def call(self, method: str, path: str, token: str = TOKEN, **parameters: str) -> httpx.Response:
        """One call below /instagram, with the token in its header."""
        headers = {"Authorization": f"Bearer {token}"} if token else {}
        url = f"{self.server.url}/instagram/{path}"
        if method == "POST":
            return self.http.post(url, headers=headers, data=parameters)
        return self.http.get(url, headers=headers, params=parameters)

    def get(self, path: str, **parameters: str) -> Json:
        """A read that must succeed."""
        response = self.call("GET", f"v26.0/{path}", **parameters)
        assert response.status_code == 200, response.text
        return response.json()

    def picture_url(self, content: bytes | None = None) -> str:
        return f"{self.server.url}/media/{store(self.media, content or jpeg())}"

    def create(self, **parameters: str) -> httpx.Response:
        return self.call("POST", f"v26.0/{ACCOUNT}/media", **parameters)

    def container(self, caption: str = "Fresh #garden", content: bytes | None = None) -> str:
        """A container of one picture, ready to be published."""
        made = self.create(image_url=self.picture_url(content), caption=caption)
        assert made.status_code == 200, made.text
        self.clock.sleep(10)
        return made.json()["id"]

    def publish(self, container: str) -> httpx.Response:
        return self.call("POST", f"v26.0/{ACCOUNT}/media_publish", creation_id=container)

    def post(self, caption: str = "Fresh #garden", content: bytes | None = None) -> str:
        """A picture made and published; the media id."""
        published = self.publish(self.container(caption, content))
        assert published.status_code == 200, published.text
        return published.json()["id"]

    def status(self, container: str) -> JsonValue:
        return self.get(container, fields="status_code")["status_code"]

    def order(self, **fault: JsonValue) -> httpx.Response:
        return self.http.post(f"{self.server.url}/sandbox/faults", json={"faults": [fault]})

    def journal(self, kind: str) -> list[Json]:
        return self.http.get(f"{self.server.url}/sandbox/journal", params={"kind": kind}).json()["rows"]


def numbers(response: httpx.Response) -> tuple[int, int | None]:
    """Code and subcode of a refusal."""
    error = response.json()["error"]
    return error["code"], error.get("error_subcode")
