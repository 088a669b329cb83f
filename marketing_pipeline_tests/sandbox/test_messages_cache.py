"""The sandbox's prompt cache: what is alike up to a mark is read, for its model and key, for as long as it lives."""

from datetime import timedelta
from typing import Any

import pytest
from starlette.applications import Starlette
from starlette.routing import Mount
from starlette.testclient import TestClient

from marketing_pipeline.domain.clock import SteppedClock
from marketing_pipeline.sandbox.messages import routes
from marketing_pipeline_tests.fixtures import NOW
from marketing_pipeline_tests.sandbox.model_service import HEADERS, body, image_block, picture

Json = dict[str, Any]
LONG = "Every word of this stays as it is. " * 200
MARK = {"type": "ephemeral"}


def part(text: str, mark: Json | None = MARK) -> Json:
    """A block of the system prompt."""
    return {"type": "text", "text": text, **({"cache_control": mark} if mark else {})}


class Service:
    """The routes, and the tokens that each call was charged for."""

    def __init__(self) -> None:
        self.clock = SteppedClock(NOW)
        self._client = TestClient(Starlette(routes=[Mount("/", routes=routes(7, clock=self.clock))]))

    def use(self, key: str = "sandbox", **changes: Any) -> tuple[int, int]:
        """Tokens written to the cache and read from it."""
        request = body(**{"system": [part(LONG)], **changes})
        headers = {**HEADERS, "authorization": f"Bearer {key}"}
        reply = self._client.post("/v1/messages", json=request, headers=headers)
        usage = reply.json()["usage"]
        return usage["cache_creation_input_tokens"], usage["cache_read_input_tokens"]


PREFIX = -(-len(LONG) // 4)


@pytest.fixture
def service() -> Service:
    return Service()


def test_the_longest_common_beginning_is_read_and_the_rest_is_written(service: Service) -> None:
    assert service.use() == (PREFIX, 0)
    brand, other = part("The brand sells prints. " * 100), part("The brand sells teas. " * 100)
    assert service.use(system=[part(LONG), brand]) == (600, PREFIX)
    assert service.use(system=[part(LONG), other]) == (550, PREFIX)
    assert service.use(system=[part(LONG), brand], messages=[{"role": "user", "content": "More"}]) == (0, PREFIX + 600)


@pytest.mark.parametrize(
    "changes",
    [
        {"key": "another"},
        {"model": "claude-opus-5-5"},
        {"system": [part(LONG.replace("word", "Word", 1))]},
        {"tools": [{"name": "look", "input_schema": {"type": "object", "additionalProperties": False}}]},
    ],
)
def test_whatever_differs_before_the_mark_is_another_prefix(service: Service, changes: Json) -> None:
    service.use()
    assert service.use(**changes)[1] == 0


def test_a_picture_in_the_message_leaves_the_system_prompt_cached(service: Service) -> None:
    content = [image_block(picture()), {"type": "text", "text": "Look", "cache_control": MARK}]
    plain = [{"type": "text", "text": "Look", "cache_control": MARK}]
    service.use(messages=[{"role": "user", "content": plain}])
    assert service.use(messages=[{"role": "user", "content": content}])[1] == PREFIX


@pytest.mark.parametrize(("ttl", "minutes", "lives"), [("5m", 4, True), ("5m", 6, False), ("1h", 59, True)])
def test_a_prefix_lives_from_its_last_use(service: Service, ttl: str, minutes: int, lives: bool) -> None:
    system = [part(LONG, {"type": "ephemeral", "ttl": ttl})]
    service.use(system=system)
    for _ in range(2):
        service.clock.sleep(timedelta(minutes=minutes).total_seconds())
        assert service.use(system=system) == ((0, PREFIX) if lives else (PREFIX, 0))


@pytest.mark.parametrize(("model", "cached"), [("claude-sonnet-5-5", True), ("claude-haiku-5-5", False)])
def test_each_model_has_its_least_length(service: Service, model: str, cached: bool) -> None:
    service.use(model=model)
    assert (service.use(model=model)[1] > 0) is cached
