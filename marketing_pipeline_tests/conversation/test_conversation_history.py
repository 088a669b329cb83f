"""What a model is sent of a conversation is well-formed and bounded, whatever broke off in it."""

from datetime import UTC, datetime
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from marketing_pipeline.domain.conversation import ConversationMessage
from marketing_pipeline.sandbox.messages_rules import read_request
from marketing_pipeline.store.conversations import message
from marketing_pipeline.workflows.conversation_history import LEFT_OUT, sendable

NOW = datetime(2026, 11, 22, tzinfo=UTC)


def asked(text: str = "What waits?") -> ConversationMessage:
    return message("user", text, [{"type": "text", "text": text}], NOW)


def wanted(identity: str) -> ConversationMessage:
    return message("assistant", "", [{"type": "tool_use", "id": identity, "name": "costs", "input": {}}], NOW)


def answered(identity: str, text: str = "x") -> ConversationMessage:
    return message("user", "", [{"type": "tool_result", "tool_use_id": identity, "content": text}], NOW)


def told(text: str = "Nothing.") -> ConversationMessage:
    return message("assistant", text, [{"type": "text", "text": text}], NOW)


STEPS = st.sampled_from(
    [asked(), wanted("toolu_1"), wanted("toolu_2"), answered("toolu_1"), answered("toolu_2"), told()]
)


@given(st.lists(STEPS, max_size=12))
def test_any_history_with_a_question_is_taken_by_the_api(steps: list[ConversationMessage]) -> None:
    sent = sendable([*steps, asked("And now?")])
    tool = {"name": "costs", "input_schema": {"type": "object"}}
    body: dict[str, Any] = {"model": "claude-sonnet-5-5", "max_tokens": 10, "messages": sent, "tools": [tool]}
    assert read_request(body).user_texts()[-1] == "And now?"


def test_the_oldest_results_go_first_and_the_newest_stay() -> None:
    rounds = [
        part for n in range(6) for part in (asked(f"q{n}"), wanted(f"t{n}"), answered(f"t{n}", "y" * 900), told())
    ]
    sent = sendable([*rounds, asked("last")], most=4_000)
    results = [block["content"] for turn in sent for block in turn["content"] if block["type"] == "tool_result"]
    assert results[0] == LEFT_OUT
    assert results[-1] == "y" * 900
    assert sum(len(str(turn)) for turn in sent) < 6_000


def test_whole_questions_go_when_results_are_not_enough() -> None:
    sent = sendable(
        [*(part for n in range(50) for part in (asked(f"q{n}" * 100), told("a" * 100))), asked("last")], most=3_000
    )
    assert sent[0]["role"] == "user"
    assert sent[-1]["content"][0]["text"] == "last"
    assert len(str(sent)) < 4_000
