"""Each agent with a question that it may be asked and an answer that obeys every rule, for whatever is done to both."""

import json
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from pydantic import BaseModel

from marketing_pipeline.agents import ads_analyst, analyst, composer, copywriter, evaluator, strategist
from marketing_pipeline.agents.language_model import Answered, LanguageModel
from marketing_pipeline.agents.revision import Revision
from marketing_pipeline.domain.ad_analysis import Held, analyse
from marketing_pipeline.domain.ad_candidate import candidates
from marketing_pipeline.domain.learning import LearningNote
from marketing_pipeline.domain.said_captions import SaidCaptions
from marketing_pipeline.domain.strategy import strategy_of
from marketing_pipeline_tests.agents import tea_week as tea
from marketing_pipeline_tests.domain.ad_accounts import POLICY, account, term_days

ADS = analyse(account(term_days=(*term_days("jobs", 300, 0), *term_days("prints uk", 900, 45))), POLICY)
CANDIDATES = candidates(ADS, POLICY)
Json = dict[str, Any]


@dataclass(frozen=True)
class Words:
    """What others wrote and an agent is shown, each a sink for hostile text."""

    topic: str = "Cold brew"
    hook_line: str = "Cold water takes its time."
    comments: tuple[str, ...] = ()
    note: str | None = None
    analyst: str = "Questions draw 35 % more engagement than the average post."
    reason: str = "The headline lies on a busy part of the artwork."
    ad_name: str = "Prints"


@dataclass(frozen=True)
class AgentCase:
    """One agent. `texts` are the free texts of its answer that the brand could publish, `told` those that it cannot."""

    name: str
    good: Json
    ask: Callable[[LanguageModel, Words], Awaitable[Answered[Any]]]
    texts: Callable[[Any], Sequence[str]] = field(default=lambda _: ())


def _notes(words: Words) -> list[LearningNote]:
    told = words.analyst[:300].ljust(15, ".")
    return [LearningNote.model_validate(tea.note(statement=told, why=told))]


def _plan(model: LanguageModel, words: Words) -> Awaitable[Answered[Any]]:
    seen = tea.performance(words.topic).model_copy(update={"hook_line": words.hook_line})
    return strategist.plan_week(
        model,
        brand=tea.BRAND,
        strategy=strategy_of(tea.BRAND),
        week=tea.WEEK,
        assignments=[tea.assignment(1), tea.assignment(2)],
        learnings=tea.learnings(),
        notes=_notes(words),
        recent_plans=[],
        recent_performance=[seen],
        subject=tea.SUBJECT,
    )


def _write(model: LanguageModel, words: Words) -> Awaitable[Answered[Any]]:
    return copywriter.write(
        model,
        brand=tea.BRAND,
        post=tea.planned(),
        learnings=tea.learnings(),
        notes=_notes(words),
        recent_hooks=[words.hook_line],
        said=SaidCaptions(),
        subject=tea.SUBJECT,
        note=words.note,
        comments=words.comments,
    )


def _revise(model: LanguageModel, words: Words) -> Awaitable[Answered[Any]]:
    before = tea.creative_brief(headline="Almost off the boil", palette="paper", artwork_seed=1)
    return composer.revise(
        model,
        brand=tea.BRAND,
        post=tea.planned(),
        copy=tea.copy(),
        recent_looks=[],
        revision=Revision(attempt=2, brief=before, reasons=(f"message_match: {words.reason}",)),
        subject=tea.SUBJECT,
    )


def _judge(model: LanguageModel, words: Words) -> Awaitable[Answered[Any]]:
    return evaluator.judge(
        model,
        brand=tea.BRAND,
        post=tea.planned(),
        brief=tea.creative_brief(),
        checks=[],
        pictures=[tea.JPEG],
        subject=tea.SUBJECT,
    )


def _explain(model: LanguageModel, words: Words) -> Awaitable[Answered[Any]]:
    rows = [tea.performance(words.topic).model_copy(update={"hook_line": words.hook_line})]
    return analyst.explain(
        model, brand=tea.BRAND, learnings=tea.learnings(), best=rows, worst=rows, subject=tea.SUBJECT
    )


def _advise(model: LanguageModel, words: Words) -> Awaitable[Answered[Any]]:
    told = f"{words.ad_name} costs and sells nothing."
    named = [replace(item, label=words.ad_name, finding=told) for item in CANDIDATES]
    found = replace(ADS, held=(Held(words.ad_name, "its bidding is learning"),))
    return ads_analyst.advise(model, brand=tea.BRAND, analysis=found, candidates=named, subject=tea.SUBJECT)


def _published(answer: BaseModel) -> tuple[str, ...]:
    variations: Sequence[Any] = getattr(answer, "variations", ())
    return tuple(text for item in variations for text in (item.published_text(), item.alt_text))


def _typeset(answer: Any) -> tuple[str, ...]:
    from marketing_pipeline.domain.caption import brief_texts

    return tuple(text for _, text in brief_texts(answer))


def _ideas(answer: Any) -> tuple[str, ...]:
    """An idea is no copy, but its call to action is what copy is made of."""
    fields = ("topic", "angle", "key_message", "call_to_action")
    return tuple(getattr(idea, name) for idea in answer.posts for name in fields)


_ADVICE: Json = {
    "account_summary": "The account spends as planned, and one search term brings nothing.",
    "choices": [{"candidate": CANDIDATES[0].id, "reason": "It costs and brings nothing at all."}],
}
CASES: tuple[AgentCase, ...] = (
    AgentCase("strategist", tea.draft(), _plan, _ideas),
    AgentCase("copywriter", tea.variations(), _write, _published),
    AgentCase("composer", tea.brief(), _revise, _typeset),
    AgentCase("evaluator", tea.verdicts(), _judge),
    AgentCase("analyst", tea.analysis(), _explain),
    AgentCase("ads_analyst", json.loads(json.dumps(_ADVICE)), _advise),
)
