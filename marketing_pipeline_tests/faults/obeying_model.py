"""The worst model possible: it does word for word what an attacker wrote, in every text that it may write."""

import copy
import json
from collections.abc import Iterator
from typing import Any, cast

from marketing_pipeline_tests.agents.scripted_messages import Reply, message
from marketing_pipeline_tests.faults.hostile_text import Payload

Json = dict[str, Any]
_LIMITS = {
    "theme": (4, 120), "rationale": (20, 1200), "topic": (4, 120), "angle": (8, 240), "key_message": (8, 240),
    "call_to_action": (3, 40), "hook_line": (5, 125), "caption": (40, 2200), "alt_text": (15, 1000),
    "difference": (10, 300), "choice_reason": (10, 400), "headline": (3, 90), "kicker": (0, 32),
    "supporting_line": (0, 120), "price_note": (0, 40), "price_label": (0, 16), "intent": (0, 400),
    "picture_prompt": (0, 600), "reason": (10, 400), "defect": (0, 60), "statement": (15, 300), "why": (15, 400),
    "recommendation": (10, 300), "summary": (20, 900), "account_summary": (20, 1200), "title": (2, 60),
    "body": (2, 160),
}  # fmt: skip
"""Fields in which a model may write what it likes, and how long each may be."""
_ALSO: dict[str, tuple[str, ...]] = {
    "headline": ("kicker", "supporting_line", "price_note", "call_to_action", "picture_prompt", "intent")
}


def obeyed(good: Json, payload: Payload) -> Iterator[Json]:
    """A good answer with the attacker's text in one field after the other, in all at once, and among the hashtags."""
    fields = [*_fields(good)]
    for way in fields:
        yield _with(good, payload, [way])
    yield _with(good, payload, fields)
    if "variations" in good:
        tagged = copy.deepcopy(good)
        for variation in tagged["variations"]:
            variation["hashtags"] = ["#tearoom", payload.text[:100]]
        yield tagged


def reply(answer: Json) -> Reply:
    """As the model service sends it."""
    return message(json.dumps(answer, ensure_ascii=True))


def _with(good: Json, payload: Payload, ways: list[tuple[Any, ...]]) -> Json:
    answer = copy.deepcopy(good)
    for *way, name in ways:
        holder: Any = answer
        for key in way:
            holder = holder[key]
        least, most = _LIMITS[name]
        # Each differs from its neighbours, as variations and ideas must.
        place = next((f" {key + 1}" for key in reversed(way) if isinstance(key, int)), "")
        holder[name] = payload.of_length(least, most - len(place)) + place
        if name == "hook_line":
            # The caption begins with it, as it must.
            holder["caption"] = f"{holder[name]}\n\nFour minutes of peace, and water that has just boiled."
        if name == "caption":
            holder["caption"] = f"{holder['hook_line']}\n\n{holder[name]}"[:2200]
    return answer


def _fields(value: Any, way: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    if isinstance(value, dict):
        holder = cast("Json", value)
        names = [*holder, *(also for name in holder for also in _ALSO.get(name, ()) if also not in holder)]
        for name in names:
            if name in _LIMITS:
                yield (*way, name)
            else:
                yield from _fields(holder[name], (*way, name))
    elif isinstance(value, list):
        for place, inner in enumerate(cast("list[Any]", value)):
            yield from _fields(inner, (*way, place))
