"""Notifications over the wire: plain text arrives; who refuses or hangs is named, and no address is ever shown."""

import logging
from collections.abc import Iterator

import pytest
from pydantic import SecretStr

from marketing_pipeline.channels.notifications import Notifier, Tone
from marketing_pipeline_tests.operations.listener import CANARY, Listener


@pytest.fixture
def listener() -> Iterator[Listener]:
    """Somebody to be told."""
    with Listener() as listening:
        yield listening


def test_a_message_arrives_as_it_was_written(listener: Listener) -> None:
    delivery = Notifier((listener.url,)).send("Title", "One <b>line</b>\n*and* another", Tone.FAILURE)
    assert (delivery.taken, delivery.problems) == (1, ())
    [heard] = listener.heard
    assert heard["title"] == "Title"
    assert heard["message"] == "One <b>line</b>\n*and* another"
    assert heard["type"] == "failure"


@pytest.mark.parametrize(
    ("url", "problem"),
    [
        (SecretStr(f"nonsense://{CANARY}"), "none that Apprise knows"),
        (SecretStr(f"json://user:{CANARY}@127.0.0.1:9/{CANARY}"), "(JSON) did not take it"),
    ],
)
def test_a_service_that_cannot_be_told_is_named_without_its_address(
    url: SecretStr, problem: str, listener: Listener, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.DEBUG):
        delivery = Notifier((url, listener.url)).send("Title", "Body", Tone.INFO)
    assert delivery.taken == 1 and listener.titles == ["Title"]
    [told] = delivery.problems
    assert problem in told and told.startswith("service 1")
    assert CANARY not in told
    assert CANARY not in caplog.text


def test_a_service_that_refuses(listener: Listener) -> None:
    listener.status = 500
    delivery = Notifier((listener.url,)).send("Title", "Body", Tone.INFO)
    assert (delivery.taken, delivery.problems) == (0, ("service 1 (JSON) did not take it",))


def test_a_service_that_hangs_is_not_waited_for(listener: Listener) -> None:
    listener.status = None
    delivery = Notifier((listener.url,), seconds=0.3).send("Title", "Body", Tone.INFO)
    assert delivery.taken == 0
    assert delivery.problems == ("service 1 (JSON) did not answer in time",)


def test_nobody_to_tell() -> None:
    notifier = Notifier(())
    assert not notifier.has_listeners
    assert notifier.send("Title", "Body", Tone.INFO).taken == 0
