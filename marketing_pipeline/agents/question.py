"""One question to a model, and the turns that asking it again adds."""

import base64
import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import cache
from typing import Any, Generic, TypeVar

from pydantic import BaseModel

from marketing_pipeline.agents.prompt import Block, Prompt, user_text
from marketing_pipeline.domain.caption import Violation
from marketing_pipeline.domain.errors import MarketingError

Answer = TypeVar("Answer", bound=BaseModel)
LARGEST_PICTURE = 5_000_000
LARGEST_PICTURES = 22_000_000
"""Bytes of one picture, and of all together: base64 makes them a third longer, and the API takes 32 MB a request."""
MOST_TOKENS = 64_000
_JPEG = b"\xff\xd8\xff"


class PictureUnsuitable(MarketingError):
    """The pictures cannot be shown to a model; no call was made."""


@dataclass(frozen=True)
class Question(Generic[Answer]):
    """What an agent asks: a prompt file, data, pictures (JPEG bytes), a task, and the shape and rules of the answer.

    `check` returns what is wrong with a well-formed answer; an empty result means that it may be stored.
    `max_tokens` limits the answer, thinking included.
    """

    agent: str
    prompt: Prompt
    blocks: Sequence[Block]
    task: str
    answer: type[Answer]
    check: Callable[[Answer], Sequence[Violation]]
    pictures: Sequence[bytes] = ()
    max_tokens: int = 8_000

    def __post_init__(self) -> None:
        if any(not picture.startswith(_JPEG) for picture in self.pictures):
            raise PictureUnsuitable("A picture for the evaluator is not a JPEG.", "Render the creative again.")
        sizes = [len(picture) for picture in self.pictures]
        if max(sizes, default=0) > LARGEST_PICTURE or sum(sizes) > LARGEST_PICTURES:
            raise PictureUnsuitable("The pictures are too large to be judged in one call.", "Use fewer slides.")


@dataclass(frozen=True)
class Turn:
    """One try at a question: its number from 1, the room for the answer, and what was said since the question."""

    question: Question[Any]
    number: int = 1
    max_tokens: int = 0
    repairs: tuple[dict[str, Any], ...] = ()

    @classmethod
    def first(cls, question: Question[Any]) -> "Turn":
        """The opening try."""
        return cls(question, max_tokens=question.max_tokens)

    def again(self) -> "Turn":
        """The same once more."""
        return replace(self, number=self.number + 1)

    def with_more_room(self) -> "Turn":
        """The same with twice the tokens, up to MOST_TOKENS."""
        room = max(self.max_tokens, min(2 * self.max_tokens, MOST_TOKENS))
        return replace(self, number=self.number + 1, max_tokens=room)

    def repaired(self, answer: str, problems: Sequence[Violation]) -> "Turn":
        """Say what is wrong with the last answer and ask for all of it again."""
        named = [{"where": item.where, "problem": item.problem} for item in problems]
        task = (
            "Your last answer cannot be used, for the reasons in `problems`. Send the whole answer again with every "
            "problem mended; leave what was right as it was."
        )
        turns = (
            {"role": "assistant", "content": answer.strip() or "(no text)"},
            {"role": "user", "content": user_text([Block("problems", named)], task)},
        )
        return replace(self, number=self.number + 1, repairs=(*self.repairs, *turns))

    def characters(self) -> int:
        """Length of everything that is sent as text, the schema included."""
        question = self.question
        sent = len(question.prompt.text) + len(self._text()) + len(schema_text(question.answer))
        return sent + sum(len(turn["content"]) for turn in self.repairs)

    def request(self, model: str) -> dict[str, Any]:
        """The arguments of `messages.create`. The prompt file stands first and is marked for the provider's cache."""
        content = [*map(_image, self.question.pictures), {"type": "text", "text": self._text()}]
        schema = answer_schema(self.question.answer)
        return {
            "model": model,
            "max_tokens": self.max_tokens,
            "system": [{"type": "text", "text": self.question.prompt.text, "cache_control": {"type": "ephemeral"}}],
            "messages": [{"role": "user", "content": content}, *self.repairs],
            "output_config": {"format": {"type": "json_schema", "schema": schema}},
        }

    def _text(self) -> str:
        return user_text(self.question.blocks, self.question.task)


@cache
def answer_schema(answer: type[BaseModel]) -> dict[str, Any]:
    """The JSON schema that structured output accepts for a model. Limits become descriptions: validate afterwards."""
    from anthropic import transform_schema

    return transform_schema(answer)


def schema_text(answer: type[BaseModel]) -> str:
    """The schema as canonical JSON: to be hashed and measured."""
    return json.dumps(answer_schema(answer), sort_keys=True, separators=(",", ":"))


def _image(picture: bytes) -> dict[str, Any]:
    data = base64.b64encode(picture).decode()
    return {"type": "image", "source": {"type": "base64", "media_type": "image/jpeg", "data": data}}
