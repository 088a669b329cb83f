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
from marketing_pipeline.domain.ad_change import Forecast
from marketing_pipeline.domain.ad_experience import PastAdChange
from marketing_pipeline.domain.ad_learning import level_of
from marketing_pipeline.domain.brand import Brand
from marketing_pipeline.domain.caption import Violation
from marketing_pipeline.domain.model_call import CallSubject
from marketing_pipeline.domain.money import MICROS, places_of

AGENT = "ads_analyst"
TASK = "Say how the ad account stands, and choose the candidates to propose, the most important first, each with why."
_LEVEL = frozenset({"90"})
"""All intervals are of 90 %."""
_NUMBER = re.compile(r"\d+(?:[.,]\d+)*")


async def advise(
    model: LanguageModel,
    *,
    brand: Brand,
    analysis: AdAnalysis,
    candidates: Sequence[AdCandidate],
    subject: CallSubject,
) -> Answered[AdAdvice]:
    """Ask which candidates to propose. Every choice is one of them, and no number is the model's own.

    Those of a reason stand in the figures of its candidate, those of the summary in anything that was given.
    Raises ModelCallFailed and SpendCapReached, as LanguageModel.ask does.
    """
    question = Question(
        agent=AGENT,
        prompt=load_prompt(AGENT),
        blocks=(
            Block("brand", {"name": brand.name}),
            Block("account", account_row(analysis)),
            # Search terms, names of campaigns and of colleagues are other people's words.
            Block("ad_left_alone", left_alone_rows(analysis), trusted=False),
            Block("ad_verdicts", [verdict_row(item) for item in analysis.account.experience.verdicts], trusted=False),
            Block("ad_candidates", [candidate_row(item) for item in candidates], trusted=False),
        ),
        task=TASK,
        answer=AdAdvice,
        check=rules(candidates, analysis),
    )
    return await model.ask(question, subject=subject, brand=brand)


def account_row(analysis: AdAnalysis) -> dict[str, Any]:
    """Pacing and odd days, in units of the account's currency, to its smallest coin."""
    pacing, places = analysis.pacing, places_of(analysis.account.currency)

    def money(micros: float) -> float:
        return round(micros / MICROS, places)

    return {
        "currency": analysis.account.currency,
        "pacing": None
        if pacing is None
        else {
            "month": pacing.month,
            "spent": money(pacing.spent),
            "projected": money(pacing.projected.expected),
            "low": money(pacing.projected.low),
            "high": money(pacing.projected.high),
            "month_budget": None if pacing.month_budget is None else money(pacing.month_budget),
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
    }


def left_alone_rows(analysis: AdAnalysis) -> list[dict[str, str]]:
    """What is held back, and why; its names are those of the account."""
    return [{"what": item.subject, "why": item.why} for item in analysis.held]


def candidate_row(candidate: AdCandidate) -> dict[str, Any]:
    """One candidate as the analyst sees it."""
    return {
        "id": candidate.id,
        "kind": candidate.payload.change_kind.value,
        "label": candidate.label,
        "finding": candidate.finding,
        "evidence": list(candidate.evidence),
        "forecast": forecast_row(candidate.forecast, candidate.payload.currency),
        "risk": candidate.risk.value,
    }


def verdict_row(change: PastAdChange) -> dict[str, Any]:
    """What became of one earlier change, against its forecast; figures in the forecast's unit."""
    outcome, currency = change.outcome, change.payload.currency

    def seen(value: float | None) -> float | None:
        return None if value is None else _in_units(value, change.forecast, currency)

    return {
        "label": change.label,
        "kind": level_of(change.payload),
        "applied": None if change.day is None else change.day.isoformat(),
        "forecast": forecast_row(change.forecast, currency),
        "verdict": change.state.value,
        "seen": None
        if outcome is None
        else {
            "effect": seen(outcome.effect),
            "low": seen(outcome.low),
            "high": seen(outcome.high),
            "days": outcome.days,
            "why": outcome.why,
        },
    }


def forecast_row(forecast: Forecast, currency: str) -> dict[str, Any]:
    """A forecast in words' own units: an expected cost in those of the currency, so that it can be said."""
    return {
        "metric": f"cost in {currency}" if forecast.metric == "cost_micros" else forecast.metric.replace("_", " "),
        "days": forecast.days,
        "expected": _in_units(forecast.expected, forecast, currency),
        "low": _in_units(forecast.low, forecast, currency),
        "high": _in_units(forecast.high, forecast, currency),
    }


def _in_units(value: float, forecast: Forecast, currency: str) -> float:
    return round(value / MICROS, places_of(currency)) if forecast.metric == "cost_micros" else value


def rules(candidates: Sequence[AdCandidate], analysis: AdAnalysis) -> Callable[[AdAdvice], tuple[Violation, ...]]:
    """What advice about these candidates of this account must obey."""
    rows = {item.id: _numbers(json.dumps(candidate_row(item), ensure_ascii=False)) for item in candidates}
    known = frozenset[str]().union(*rows.values()) | _numbers_of_account(analysis, len(candidates))

    def check(advice: AdAdvice) -> tuple[Violation, ...]:
        seen: set[str] = set()
        found: list[Violation] = []
        for number, choice in enumerate(advice.choices, start=1):
            for rule, problem in _problems(choice, rows, seen):
                found.append(Violation(rule=rule, where=f"choices[{number}]", problem=problem))
            seen.add(choice.candidate)
        for number in sorted(_numbers(advice.account_summary) - known):
            problem = f"the number {number} stands in no figure that was given"
            found.append(Violation(rule="figures_are_given", where="account_summary", problem=problem))
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


def _numbers_of_account(analysis: AdAnalysis, candidates: int) -> frozenset[str]:
    """Numbers of the account and its verdicts, and how many there are of anything, so that it may be counted."""
    account, alone = account_row(analysis), left_alone_rows(analysis)
    verdicts = [verdict_row(item) for item in analysis.account.experience.verdicts]
    most = max(candidates, len(alone), len(verdicts), len(analysis.anomalies))
    given = json.dumps([account, alone, verdicts, list(range(most + 1))], ensure_ascii=False)
    return _numbers(given) | _LEVEL


def _numbers(text: str) -> frozenset[str]:
    """Numbers of a text, without thousands commas, trailing zeros and sign."""
    return frozenset(f"{float(found.replace(',', '')):g}" for found in _NUMBER.findall(text) if _is_number(found))


def _is_number(text: str) -> bool:
    return text.replace(",", "").count(".") <= 1
