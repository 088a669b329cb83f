"""What judges are asked, and the same question put in both orders."""

import hashlib
from functools import cache
from importlib.resources import files

import yaml
from pydantic import BaseModel, ConfigDict

from marketing_pipeline.agents.judge import AGENT, Better, Verdict, judge_one, judge_two
from marketing_pipeline.agents.language_model import LanguageModel
from marketing_pipeline.agents.prompt import load_prompt
from marketing_pipeline.domain.agent_evaluation import EvalScore
from marketing_pipeline.domain.brand import Brand
from marketing_pipeline.domain.model_call import CallSubject
from marketing_pipeline.evals.score import Json


class Preference(BaseModel):
    """Two answers by one criterion, asked in both orders. A judge that goes by the order is a tie that flipped."""

    model_config = ConfigDict(frozen=True)

    case: str
    criterion: str
    better: str
    """`a`, `b` or `tie`."""
    flipped: bool
    reason: str


@cache
def rubric() -> dict[str, dict[str, Json]]:
    """Criteria by suite; a suite that is not in it has no judge."""
    return yaml.safe_load(_raw())


@cache
def rubric_sha256() -> str:
    """Hash of the rubric and of the judge's prompt: with either, verdicts mean something else."""
    return hashlib.sha256(_raw() + load_prompt(AGENT).sha256.encode()).hexdigest()


async def hints(
    model: LanguageModel, brand: Brand, suite: str, case: str, situation: Json, answer: Json, subject: CallSubject
) -> tuple[EvalScore, ...]:
    """A judge's verdict on each criterion of the rubric; cannot_tell is no pass. None of them counts.

    Raises ModelCallFailed and SpendCapReached, as LanguageModel.ask does.
    """
    found: list[EvalScore] = []
    for name, criterion in rubric().get(suite, {}).items():
        told = await judge_one(
            model, brand=brand, criterion=criterion, situation=situation, answer=answer, subject=subject
        )
        passed = told.value.verdict is Verdict.YES
        value = {Verdict.YES: 1.0, Verdict.CANNOT_TELL: 0.5, Verdict.NO: 0.0}[told.value.verdict]
        found.append(
            EvalScore(
                case=case,
                criterion=f"judge_{name}",
                passed=passed,
                expected=True,
                value=value,
                reason=told.value.reason,
                counted=False,
            )
        )
    return tuple(found)


async def preferred(
    model: LanguageModel, brand: Brand, suite: str, case: str, situation: Json, a: Json, b: Json, subject: CallSubject
) -> tuple[Preference, ...]:
    """Which of two answers holds each criterion better, asked as (a, b) and as (b, a). Disagreement is a tie.

    Raises ModelCallFailed and SpendCapReached, as LanguageModel.ask does.
    """
    found: list[Preference] = []
    for name, criterion in rubric().get(suite, {}).items():
        there = await judge_two(
            model, brand=brand, criterion=criterion, situation=situation, first=a, second=b, subject=subject
        )
        back = await judge_two(
            model, brand=brand, criterion=criterion, situation=situation, first=b, second=a, subject=subject
        )
        first = {Better.FIRST: "a", Better.SECOND: "b", Better.NEITHER: "tie"}[there.value.better]
        second = {Better.FIRST: "b", Better.SECOND: "a", Better.NEITHER: "tie"}[back.value.better]
        agreed = first == second
        found.append(
            Preference(
                case=case,
                criterion=name,
                better=first if agreed else "tie",
                flipped=not agreed,
                reason=there.value.reason,
            )
        )
    return tuple(found)


def _raw() -> bytes:
    return (files("marketing_pipeline.evals") / "rubric.yaml").read_bytes()
