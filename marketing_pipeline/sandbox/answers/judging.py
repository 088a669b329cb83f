"""The judge: it goes by length alone, so that nobody can take it for an opinion."""

import json
from typing import Any, Literal

from pydantic import BaseModel

from marketing_pipeline.sandbox.answers.prompt import Prompt, Unanswerable

_LEAST = 80
"""Characters of JSON from which the sandbox calls an answer good."""


class SaidOfOne(BaseModel):
    """As the product's judge answers about one."""

    reason: str
    verdict: Literal["yes", "no", "cannot_tell"]


class SaidOfTwo(BaseModel):
    """As the product's judge answers about two."""

    reason: str
    better: Literal["first", "second", "neither"]


def judge_one(prompt: Prompt) -> SaidOfOne:
    """Yes to whatever is long enough. Raises Unanswerable."""
    length = _length(prompt, "answer")
    return SaidOfOne(reason=f"The sandbox counts characters: {length}.", verdict="yes" if length >= _LEAST else "no")


def judge_two(prompt: Prompt) -> SaidOfTwo:
    """The longer one. Raises Unanswerable."""
    first, second = _length(prompt, "first"), _length(prompt, "second")
    better: Literal["first", "second", "neither"] = "neither"
    if first != second:
        better = "first" if first > second else "second"
    return SaidOfTwo(reason=f"The sandbox counts characters: {first} and {second}.", better=better)


def _length(prompt: Prompt, source: str) -> int:
    found = prompt.untrusted(source, dict[str, Any], {})
    if not found:
        raise Unanswerable(f'the block <untrusted source="{source}"> is missing')
    return len(json.dumps(found, ensure_ascii=False))
