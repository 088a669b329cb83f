"""The ads analyst: ranks, explains and words the changes that code has worked out. It can choose, never invent."""

import json
import re
from collections.abc import Callable, Iterable, Sequence
from typing import Any

from marketing_pipeline.agents.language_model import Answered, LanguageModel
from marketing_pipeline.agents.prompt import Block, load_prompt
from marketing_pipeline.agents.question import Question
from marketing_pipeline.domain.ad_advice import AdAdvice, AdChoice
from marketing_pipeline.domain.ad_analysis import AdAnalysis
from marketing_pipeline.domain.ad_candidate import AdCandidate
from marketing_pipeline.domain.ad_experience import PastAdChange
from marketing_pipeline.domain.ad_learning import level_of
from marketing_pipeline.domain.brand import Brand
from marketing_pipeline.domain.caption import Violation
from marketing_pipeline.domain.model_call import CallSubject
from marketing_pipeline.domain.money import MICROS

AGENT = "ads_analyst"
TASK = "Say how the ad account stands, and choose the candidates to propose, the most important first, each with why."
_NUMBER = re.compile(r"\d+(?:[.,]\d+)*")


async def advise(
    model: LanguageModel,
    *,
    brand: Brand,
    analysis: AdAnalysis,
    candidates: Sequence[AdCandidate],
    subject: CallSubject,
) -> Answered[AdAdvice]:
    """Ask which candidates to propose. Every choice is one of them, and no reason has a number that it does not have.

    Raises ModelCallFailed and SpendCapReached, as LanguageModel.ask does.
    """
    question = Question(
        agent=AGENT,
        prompt=load_prompt(AGENT),
        blocks=(
            Block("brand", {"name": brand.name}),
            Block("account", account_row(analysis)),
            # Search terms, names of campaigns and of colleagues are other people's words.
            Block("ad_verdicts", [verdict_row(item) for item in analysis.account.experience.verdicts], trusted=False),
            Block("ad_candidates", [candidate_row(item) for item in candidates], trusted=False),
        ),
        task=TASK,
        answer=AdAdvice,
        check=rules(candidates),
    )
    return await model.ask(question, subject=subject, brand=brand)


def account_row(analysis: AdAnalysis) -> dict[str, Any]:
    """Pacing, odd days and what is held back, in units of the account's currency."""
    pacing = analysis.pacing
    return {
        "currency": analysis.account.currency,
        "pacing": None
        if pacing is None
        else {
            "month": pacing.month,
            "spent": round(pacing.spent / MICROS, 2),
            "projected": round(pacing.projected.expected / MICROS, 2),
            "low": round(pacing.projected.low / MICROS, 2),
            "high": round(pacing.projected.high / MICROS, 2),
            "month_budget": None if pacing.month_budget is None else round(pacing.month_budget / MICROS, 2),
            "pace": pacing.pace.value,
        },
        "odd_days": [
            {
                "campaign": item.campaign or "all",
                "day": item.day.isoformat(),
                "days": item.days,
                "kind": item.kind.value,
            }
            for item in analysis.anomalies
        ],
        "left_alone": [{"what": item.subject, "why": item.why} for item in analysis.held],
    }


def candidate_row(candidate: AdCandidate) -> dict[str, Any]:
    """One candidate as the analyst sees it."""
    return {
        "id": candidate.id,
        "kind": candidate.payload.change_kind.value,
        "label": candidate.label,
        "finding": candidate.finding,
        "evidence": list(candidate.evidence),
        "forecast": candidate.forecast.model_dump(mode="json"),
        "risk": candidate.risk.value,
    }


def verdict_row(change: PastAdChange) -> dict[str, Any]:
    """What became of one earlier change, against its forecast; figures in the forecast's unit."""
    outcome = change.outcome
    return {
        "label": change.label,
        "kind": level_of(change.payload),
        "applied": None if change.day is None else change.day.isoformat(),
        "forecast": change.forecast.model_dump(mode="json"),
        "verdict": change.state.value,
        "seen": None
        if outcome is None
        else {**outcome.model_dump(mode="json", include={"effect", "low", "high", "days"}), "why": outcome.why},
    }


def rules(candidates: Sequence[AdCandidate]) -> Callable[[AdAdvice], tuple[Violation, ...]]:
    """What advice about these candidates must obey."""
    rows = {item.id: _numbers(json.dumps(candidate_row(item), ensure_ascii=False)) for item in candidates}

    def check(advice: AdAdvice) -> tuple[Violation, ...]:
        seen: set[str] = set()
        found: list[Violation] = []
        for number, choice in enumerate(advice.choices, start=1):
            for rule, problem in _problems(choice, rows, seen):
                found.append(Violation(rule=rule, where=f"choices[{number}]", problem=problem))
            seen.add(choice.candidate)
        return tuple(found)

    return check


def _problems(choice: AdChoice, rows: dict[str, frozenset[str]], seen: set[str]) -> Iterable[tuple[str, str]]:
    if choice.candidate not in rows:
        known = ", ".join(rows) or "none"
        yield "a_candidate", f"{choice.candidate!r} is no candidate; the candidates are: {known}"
        return
    if choice.candidate in seen:
        yield "named_once", f"{choice.candidate} is chosen twice"
    for number in sorted(_numbers(choice.reason) - rows[choice.candidate]):
        yield "figures_are_given", f"the number {number} does not stand in the figures of {choice.candidate}"


def _numbers(text: str) -> frozenset[str]:
    """Numbers of a text, without thousands commas, trailing zeros and sign."""
    return frozenset(f"{float(found.replace(',', '')):g}" for found in _NUMBER.findall(text) if _is_number(found))


def _is_number(text: str) -> bool:
    return text.replace(",", "").count(".") <= 1
