"""A model that breaks off, refuses or is out of reach: said and recorded, and the conversation goes on."""

from collections.abc import Callable

import pytest

from marketing_pipeline.domain.model_call import CallOutcome
from marketing_pipeline.store.model_calls import ModelCalls
from marketing_pipeline_tests.agents.scripted_messages import Reply, ScriptedServer, error
from marketing_pipeline_tests.cli.office import BRAND, Office
from marketing_pipeline_tests.conversation.chatting import (
    ANA,
    answer,
    closing,
    failed,
    frame,
    heard,
    opening,
    said,
    streamed,
    text_frames,
    tool_frames,
    tools,
)

Scripted = Callable[..., tuple[Office, ScriptedServer]]
BROKEN: list[tuple[str, Reply, CallOutcome, str]] = [
    ("cut", streamed(opening(), text_frames("Half of it")), CallOutcome.INCOMPLETE, "cut off"),
    ("cut tool", streamed(opening(), tool_frames("costs", {})), CallOutcome.INCOMPLETE, "cut off"),
    ("refusal", streamed(opening(), closing("refusal")), CallOutcome.REFUSED, "declined"),
    (
        "max_tokens",
        streamed(opening(), text_frames("So much"), closing("max_tokens")),
        CallOutcome.TRUNCATED,
        "too long",
    ),
    ("overloaded", error(529, "overloaded_error"), CallOutcome.OVERLOADED, "overloaded"),
    ("rate limited", error(429, "rate_limit_error", retry_after="900"), CallOutcome.RATE_LIMITED, "no more requests"),
    ("bad key", error(401, "authentication_error"), CallOutcome.CREDENTIAL, "no usable answer"),
    ("web page", Reply(body=b"<html>hello</html>", kind="text/html"), CallOutcome.BAD_WIRE, "no usable answer"),
    ("no reply", Reply(drop=True), CallOutcome.CONNECTION, "cannot be reached"),
]


@pytest.mark.parametrize(("reply", "outcome", "words"), [row[1:] for row in BROKEN], ids=[row[0] for row in BROKEN])
def test_a_broken_answer_is_said_and_the_conversation_goes_on(
    scripted: Scripted, reply: Reply, outcome: CallOutcome, words: str
) -> None:
    office, server = scripted(*[reply] * 3, answer("There you are."))
    tries = 1 if outcome not in (CallOutcome.OVERLOADED, CallOutcome.CONNECTION, CallOutcome.BAD_WIRE) else 3
    server.replies = [*[reply] * tries, answer("There you are.")]
    conversation = office.work.conversations.start(ANA).id
    events = heard(office, "What costs how much?", conversation=conversation)
    assert words in failed(events).message
    assert tools(events) == []
    calls = ModelCalls(office.work.database).of_week(BRAND, "2026-11-16")
    assert [call.outcome for call in calls] == [outcome] * tries
    assert said(heard(office, "Again?", conversation=conversation)) == "There you are."
    turns = server.requests[-1]["messages"]
    assert [turn["role"] for turn in turns] == ["user", "assistant", "user"]


def test_an_error_in_the_middle_of_a_stream_is_no_second_call(scripted: Scripted) -> None:
    cut = frame("error", error={"type": "overloaded_error", "message": "Overloaded"})
    office, server = scripted(streamed(opening(), text_frames("I think"), cut))
    events = heard(office, "Hello")
    assert "overloaded" in failed(events).message
    assert said(events) == "I think"
    assert len(server.requests) == 1
    [call] = ModelCalls(office.work.database).of_week(BRAND, "2026-11-16")
    assert call.use.output >= 3
    assert call.cost_micros is None
