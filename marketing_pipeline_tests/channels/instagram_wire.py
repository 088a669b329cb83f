"""An Instagram client whose other end is a function."""

from collections.abc import Callable
from typing import Any

import httpx
from pydantic import SecretStr

from marketing_pipeline.channels.instagram import InstagramClient
from marketing_pipeline.channels.instagram_errors import Phase
from marketing_pipeline.domain.clock import SteppedClock
from marketing_pipeline_tests.fixtures import NOW

ACCOUNT = "17841400000000001"
TOKEN = "IGAA-secret-canary"
Reply = Callable[[httpx.Request], httpx.Response]


class Wire:
    """A client whose other end is a function; it keeps what was sent."""

    def __init__(self, reply: Reply, timeout: float = 5) -> None:
        self.sent: list[httpx.Request] = []
        self._reply = reply
        self.client = InstagramClient(
            "https://graph.example/", SecretStr(TOKEN), SteppedClock(NOW), timeout, httpx.MockTransport(self._answer)
        )

    def _answer(self, request: httpx.Request) -> httpx.Response:
        self.sent.append(request)
        return self._reply(request)


def saying(content: Any, status: int = 200, usage: str = "{}") -> Wire:
    headers = {"X-Business-Use-Case-Usage": usage}
    return Wire(lambda _: httpx.Response(status, json=content, headers=headers))


def error(code: int, subcode: int | None = None, status: int = 400, usage: str = "{}") -> Wire:
    return saying({"error": {"code": code, "error_subcode": subcode, "message": "no"}}, status, usage)


def create(client: InstagramClient) -> object:
    return client.create_image_container(
        ACCOUNT, image_url="https://m.example/a.jpg", caption="Hi & bye", alt_text="A", is_ai_generated=True
    )


CALLS: dict[Phase, Callable[[InstagramClient], object]] = {
    Phase.CREATE: create,
    Phase.READ: lambda client: client.container_status("18"),
    Phase.PUBLISH: lambda client: client.publish(ACCOUNT, "18"),
}
