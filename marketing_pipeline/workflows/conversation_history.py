"""What a model is sent of a conversation: well-formed, whatever broke off, and bounded; the oldest results go first."""

import json
from collections.abc import Sequence
from typing import Any

from marketing_pipeline.domain.conversation import ConversationMessage

MOST_CHARACTERS = 120_000
"""Of all turns together as JSON, some 30,000 tokens: what a long conversation may cost with each question."""
LEFT_OUT = "(This answer was left out to save room; use the tool again if it is needed.)"
Json = dict[str, Any]


def sendable(messages: Sequence[ConversationMessage], most: int = MOST_CHARACTERS) -> list[Json]:
    """The turns as the Messages API takes them, of at most `most` characters but for the last question itself."""
    return _bounded(_answered(_alternating(messages)), most)


def _alternating(messages: Sequence[ConversationMessage]) -> list[Json]:
    """One turn a side: where the other said nothing in between, two turns become one."""
    turns: list[Json] = []
    for each in messages:
        if not each.content:
            continue
        if turns and turns[-1]["role"] == each.role:
            turns[-1] = {"role": each.role, "content": [*turns[-1]["content"], *each.content]}
        else:
            turns.append({"role": each.role, "content": list(each.content)})
    return turns if not turns or turns[0]["role"] == "user" else turns[1:]


def _answered(turns: list[Json]) -> list[Json]:
    """Without tool uses that nothing answers, and answers that nobody asked for; answers stand first in their turn."""
    whole: list[Json] = []
    for number, turn in enumerate(turns):
        if turn["role"] == "assistant":
            ids = _ids(turns[number + 1], "tool_result", "tool_use_id") if number + 1 < len(turns) else set[str]()
            content = _each_once(turn["content"], "tool_use", "id", ids)
        else:
            asked = _ids(turns[number - 1], "tool_use", "id") if number else set[str]()
            content = _each_once(turn["content"], "tool_result", "tool_use_id", asked)
            content.sort(key=lambda block: block["type"] != "tool_result")
        whole.append({"role": turn["role"], "content": content or [{"type": "text", "text": "(nothing)"}]})
    return whole


def _each_once(content: list[Json], kind: str, name: str, wanted: set[str]) -> list[Json]:
    """The blocks, of those of that kind only one for each wanted id."""
    left, kept = set(wanted), list[Json]()
    for block in content:
        if block["type"] != kind:
            kept.append(block)
        elif block[name] in left:
            left.remove(block[name])
            kept.append(block)
    return kept


def _ids(turn: Json, kind: str, name: str) -> set[str]:
    return {block[name] for block in turn["content"] if block["type"] == kind}


def _bounded(turns: list[Json], most: int) -> list[Json]:
    """Shorten from the oldest on: first what tools answered, then whole questions with all that followed them."""
    room = most - _length(turns)
    for number, turn in enumerate(turns[:-1]):
        if room >= 0:
            return turns
        kept = [
            {**block, "content": LEFT_OUT} if block["type"] == "tool_result" else block for block in turn["content"]
        ]
        shorter = {**turn, "content": kept}
        room += _length(turn) - _length(shorter)
        turns[number] = shorter
    while room < 0 and (following := _next_question(turns)) is not None:
        room += _length(turns[:following])
        turns = turns[following:]
    return turns


def _next_question(turns: list[Json]) -> int | None:
    """Where the second question begins; None where there is only one."""
    for number, turn in enumerate(turns[1:], start=1):
        if turn["role"] == "user" and all(block["type"] != "tool_result" for block in turn["content"]):
            return number
    return None


def _length(part: Any) -> int:
    return len(json.dumps(part, ensure_ascii=False))
