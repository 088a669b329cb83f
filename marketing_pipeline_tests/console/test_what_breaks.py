"""What breaks behind the guards, and what never ends before them: logged, said plainly, and nothing told of it."""

import asyncio
from collections.abc import Iterator

import pytest
from starlette.testclient import TestClient
from starlette.types import Message

from marketing_pipeline.console.guards import Guards
from marketing_pipeline.settings import Settings
from marketing_pipeline_tests.cli.office import Office
from marketing_pipeline_tests.console.doorway import ORIGIN, Doorway, doorway


@pytest.fixture
def door(office: Office) -> Iterator[Doorway]:
    del office
    with doorway(Settings.from_environment()) as opened:
        yield opened


@pytest.fixture
def client(door: Doorway) -> Iterator[TestClient]:
    with door.signed_in() as (browser, _):
        yield browser


def test_a_body_that_never_ends_is_not_waited_for(door: Doorway) -> None:
    """Nobody needs to be signed in for that: it must cost nothing but a moment."""
    sent: list[Message] = []

    async def dripping() -> Message:
        await asyncio.sleep(0.01)
        return {"type": "http.request", "body": b"w", "more_body": True}

    async def send(message: Message) -> None:
        sent.append(message)

    guards = Guards(door.app, office=door.office, settings=Settings.from_environment(), patience_s=0.1)
    headers = [(b"host", b"127.0.0.1:3100"), (b"origin", ORIGIN.encode())]
    scope = {"type": "http", "method": "POST", "path": "/login", "query_string": b"", "headers": headers}
    asyncio.run(asyncio.wait_for(guards({**scope, "scheme": "http"}, dripping, send), 10))
    assert sent[0]["status"] == 408 and b"did not arrive whole" in sent[1]["body"]


@pytest.mark.parametrize(("path", "kind"), [("/broken", "text/html"), ("/api/v1/broken", "application/json")])
def test_what_breaks_is_logged_and_says_nothing_of_itself(
    client: TestClient, caplog: pytest.LogCaptureFixture, path: str, kind: str
) -> None:
    answer = client.get(path)
    assert answer.status_code == 500 and answer.headers["content-type"].startswith(kind)
    assert "The console failed at this" in answer.text
    assert "secret" not in answer.text and "Traceback" not in answer.text
    assert "frame-ancestors 'none'" in answer.headers["content-security-policy"]
    assert answer.headers["cache-control"] == "no-store"
    assert "the secret of the house" in caplog.text and repr(path) in caplog.text


def test_an_answer_that_breaks_off_does_not_end_as_if_it_were_whole(client: TestClient) -> None:
    with pytest.raises(ValueError, match="secret"):
        client.get("/breaking-off")
