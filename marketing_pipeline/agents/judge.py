"""The judge: one criterion of one answer, or which of two answers holds it better. Its words decide nothing."""

from enum import StrEnum
from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field

from marketing_pipeline.agents.language_model import Answered, LanguageModel
from marketing_pipeline.agents.prompt import Block, load_prompt
from marketing_pipeline.agents.question import Question
from marketing_pipeline.domain.brand import Brand
from marketing_pipeline.domain.model_call import CallSubject

AGENT = "judge"
ONE = "Judge the answer by this criterion: the reason before the verdict."
TWO = "Say which answer holds this criterion better, or neither: the reason before the verdict."
Json = dict[str, Any]


class Verdict(StrEnum):
    """Whether one answer holds the criterion."""

    YES = "yes"
    NO = "no"
    CANNOT_TELL = "cannot_tell"


class Better(StrEnum):
    """Which of two answers holds it better."""

    FIRST = "first"
    SECOND = "second"
    NEITHER = "neither"


class Judged(BaseModel):
    """The judge's word on one answer."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    reason: Annotated[str, Field(min_length=8, max_length=400)]
    verdict: Verdict


class Preferred(BaseModel):
    """The judge's word on two answers."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    reason: Annotated[str, Field(min_length=8, max_length=400)]
    better: Better


async def judge_one(
    model: LanguageModel, *, brand: Brand, criterion: Json, situation: Json, answer: Json, subject: CallSubject
) -> Answered[Judged]:
    """Ask about one answer. Raises ModelCallFailed and SpendCapReached, as LanguageModel.ask does."""
    blocks = (Block("situation", situation), Block("answer", answer, trusted=False))
    question = Question(
        AGENT, load_prompt(AGENT), blocks, ONE, Judged, lambda _: (), max_tokens=2_000, lasting=_asked(brand, criterion)
    )
    return await model.ask(question, subject=subject, brand=brand)


async def judge_two(
    model: LanguageModel,
    *,
    brand: Brand,
    criterion: Json,
    situation: Json,
    first: Json,
    second: Json,
    subject: CallSubject,
) -> Answered[Preferred]:
    """Ask about two answers in this order. Raises ModelCallFailed and SpendCapReached, as LanguageModel.ask does."""
    answers = (Block("first", first, trusted=False), Block("second", second, trusted=False))
    blocks, asked = (Block("situation", situation), *answers), _asked(brand, criterion)
    question = Question(
        AGENT, load_prompt(AGENT), blocks, TWO, Preferred, lambda _: (), max_tokens=2_000, lasting=asked
    )
    return await model.ask(question, subject=subject, brand=brand)


def _asked(brand: Brand, criterion: Json) -> tuple[Block, ...]:
    """What all cases of one criterion have in common."""
    return (
        Block("brand", {"name": brand.name, "voice": brand.voice.model_dump(mode="json")}),
        Block("criterion", criterion),
    )
