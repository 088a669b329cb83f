"""One question to a model, and the turns that asking it again adds."""

import base64
import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import cache
from typing import Any, Generic, TypeVar

from pydantic import BaseModel

from marketing_pipeline.agents.prompt import Block, Prompt, blocks_text, user_text
from marketing_pipeline.domain.caption import Violation
from marketing_pipeline.domain.errors import MarketingError
from marketing_pipeline.domain.identifiers import short_hash

Answer = TypeVar("Answer", bound=BaseModel)
LARGEST_PICTURE = 5_000_000
LARGEST_PICTURES = 22_000_000
"""Bytes of one picture, and of all together: base64 makes them a third longer, and the API takes 32 MB a request."""
MOST_TOKENS = 64_000
CACHED = {"type": "ephemeral"}
"""For five minutes from its last use: the next call of a run comes sooner than that, and an hour costs 2 for 1.25."""
AHEAD = "Nothing is asked yet."
_JPEG = b"\xff\xd8\xff"


class PictureUnsuitable(MarketingError):
    """The pictures cannot be shown to a model; no call was made."""


@dataclass(frozen=True)
class Question(Generic[Answer]):
    """What an agent asks: a prompt file, data, pictures (JPEG bytes), a task, and the shape and rules of the answer.

    `lasting` is what every question of the agent about this brand begins with, word for word, and `weekly` what those
    of one week go on with: the provider reads both from its cache where they were sent a moment ago. Nothing that
    differs from post to post stands there, and nothing that outsiders wrote. `check` returns what is wrong with a
    well-formed answer; an empty result means that it may be stored.
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
    lasting: Sequence[Block] = ()
    weekly: Sequence[Block] = ()

    def __post_init__(self) -> None:
        if any(not picture.startswith(_JPEG) for picture in self.pictures):
            raise PictureUnsuitable("A picture for the evaluator is not a JPEG.", "Render the creative again.")
        if any(not block.trusted for block in (*self.lasting, *self.weekly)):
            raise ValueError("what outsiders wrote stands behind what is shared")
        sizes = [len(picture) for picture in self.pictures]
        if max(sizes, default=0) > LARGEST_PICTURE or sum(sizes) > LARGEST_PICTURES:
            raise PictureUnsuitable("The pictures are too large to be judged in one call.", "Use fewer slides.")

    def shared(self) -> list[dict[str, Any]]:
        """What other questions begin with as well, the most shared first, each part up to a mark for the cache.

        All of it stands in the system prompt: a picture in the message would keep a part of the message from being
        found by questions without pictures.
        """
        told = (blocks_text(blocks) for blocks in (self.lasting, self.weekly) if blocks)
        return [{"type": "text", "text": text, "cache_control": CACHED} for text in (self.prompt.text, *told)]

    def own_content(self) -> list[dict[str, Any]]:
        """The pictures, and behind them what is this question's own."""
        return [*map(_image, self.pictures), {"type": "text", "text": user_text(self.blocks, self.task)}]

    def own_key(self, subject: str) -> str:
        """A name for this question about this subject, whatever else is known of the week when it is asked."""
        own = json.dumps(self.own_content(), sort_keys=True)
        return short_hash(self.agent, subject, self.prompt.sha256, schema_text(self.answer), own, length=64)


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
        said = (*question.shared(), *question.own_content())
        sent = len(schema_text(question.answer)) + sum(len(part.get("text", "")) for part in said)
        return sent + sum(len(turn["content"]) for turn in self.repairs)

    def request(self, model: str) -> dict[str, Any]:
        """The arguments of `messages.create`: what is shared by most questions first, what is this one's own last.

        A mark stands behind each shared part: the prompt file, the brand, the week.
        """
        question = self.question
        opening = {"role": "user", "content": question.own_content()}
        return _arguments(question, model, self.max_tokens, [opening, *self.repairs])


def opening_request(question: Question[Any], model: str) -> dict[str, Any]:
    """Only what the question shares with others, and a word to end on: sent ahead, so that they find it cached."""
    return _arguments(question, model, 1, [{"role": "user", "content": AHEAD}])


def _arguments(
    question: Question[Any], model: str, max_tokens: int, messages: Sequence[dict[str, Any]]
) -> dict[str, Any]:
    return {
        "model": model,
        "max_tokens": max_tokens,
        "system": question.shared(),
        "messages": list(messages),
        "output_config": {"format": {"type": "json_schema", "schema": answer_schema(question.answer)}},
    }


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
