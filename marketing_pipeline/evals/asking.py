"""The agents themselves, asked in the situations of a corpus: what they answer is scored as the corpus' answers are."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from marketing_pipeline.agents import (
    ads_analyst,
    analyst,
    composer,
    copywriter,
    evaluator,
    note_reader,
    orchestrator,
    strategist,
)
from marketing_pipeline.agents.dialogue import Dialogue, Reply
from marketing_pipeline.agents.failures import failure_of
from marketing_pipeline.agents.language_model import LanguageModel
from marketing_pipeline.agents.prompt import Block
from marketing_pipeline.agents.speech import OfferedTool, Speech
from marketing_pipeline.domain.agent_evaluation import Split, split_of
from marketing_pipeline.domain.brand import Brand
from marketing_pipeline.domain.heard_note import HeardNote
from marketing_pipeline.domain.model_call import CallOutcome, CallSubject
from marketing_pipeline.domain.said_captions import SaidCaptions
from marketing_pipeline.domain.strategy import strategy_of
from marketing_pipeline.domain.variation import CopyVariation
from marketing_pipeline.domain.week import Week
from marketing_pipeline.evals.ad_situation import account_of, candidates_of
from marketing_pipeline.evals.corpus import Corpus, EvalCase
from marketing_pipeline.evals.planted import shown
from marketing_pipeline.evals.score import Json
from marketing_pipeline.evals.situation import assignment, learnings, performance, planned_post

LIVE = "live"
"""The kind of a case whose answer an agent gave just now."""
MOST_ROUNDS = 6
"""Rounds of tools in one answer of the orchestrator."""


@dataclass(frozen=True)
class Agents:
    """What is needed to ask: the seam, that for conversations, the orchestrator's tools, and the brand that pays."""

    model: LanguageModel
    dialogue: Dialogue
    tools: Sequence[OfferedTool]
    payer: Brand
    week: Week

    def subject(self, run: str, case: str) -> CallSubject:
        """What a case's calls are booked under, so that its cost and time can be told."""
        return CallSubject(brand=self.payer.brand_id, week=self.week.key, post=f"{run}/{case}"[:96])

    def as_payer(self, brand: Brand) -> Brand:
        """A corpus' brand as agents are told it, whose spending counts in the cap of the real one."""
        theirs = {"id": self.payer.id, "time_zone": self.payer.time_zone, "policies": self.payer.policies}
        return brand.model_copy(update=theirs)


@dataclass(frozen=True)
class Asked:
    """One situation that is put to an agent, of the brand that it is told about."""

    agents: Agents
    brand: Brand
    context: Json
    subject: CallSubject


def live_cases(corpus: Corpus, split: Split, repeat: int) -> tuple[EvalCase, ...]:
    """Every situation of one half of a corpus, `repeat` times. Nothing is planted in what an agent will answer.

    Situations that hold no picture are no question to the evaluator, and are left out.
    """
    return tuple(
        EvalCase(f"{name}#{number}", LIVE, corpus.brands[name], context, {}, frozenset())
        for name, context in corpus.contexts.items()
        if split_of(name) is split and (corpus.suite != evaluator.AGENT or "brief" in context)
        for number in range(1, repeat + 1)
    )


async def ask(agents: Agents, suite: str, case: EvalCase, subject: CallSubject) -> Json:
    """What the agent of a suite answers. Raises ModelCallFailed and SpendCapReached; KeyError for one not in ASKED."""
    return await ASKED[suite](Asked(agents, agents.as_payer(case.brand), case.context, subject))


async def _strategist(asked: Asked) -> Json:
    week = Week.parse(asked.context["week"])
    answered = await strategist.plan_week(
        asked.agents.model,
        brand=asked.brand,
        strategy=strategy_of(asked.brand),
        week=week,
        assignments=[assignment(asked.brand, row) for row in asked.context["assignments"]],
        learnings=learnings(asked.brand, week, asked.context),
        notes=(),
        recent_plans=(),
        recent_performance=(),
        subject=asked.subject,
    )
    return answered.value.model_dump(mode="json")


async def _copywriter(asked: Asked) -> Json:
    post = planned_post(asked.brand, asked.context)
    week = Week.containing(post.assignment.scheduled_at, asked.brand.zone)
    answered = await copywriter.write(
        asked.agents.model,
        brand=asked.brand,
        post=post,
        learnings=learnings(asked.brand, week, asked.context),
        notes=(),
        recent_hooks=asked.context.get("recent_hooks", ()),
        said=SaidCaptions(),
        comments=asked.context.get("comments", ()),
        subject=asked.subject,
    )
    return answered.value.model_dump(mode="json")


async def _composer(asked: Asked) -> Json:
    answered = await composer.compose(
        asked.agents.model,
        brand=asked.brand,
        post=planned_post(asked.brand, asked.context),
        copy=CopyVariation.model_validate(asked.context["copy"]),
        recent_looks=(),
        subject=asked.subject,
    )
    return answered.value.model_dump(mode="json")


async def _analyst(asked: Asked) -> Json:
    week = Week.parse(asked.context["week"])
    shown = [performance(asked.brand, week, row) for row in asked.context.get("posts_shown", ())]
    answered = await analyst.explain(
        asked.agents.model,
        brand=asked.brand,
        learnings=learnings(asked.brand, week, asked.context),
        best=shown,
        worst=(),
        subject=asked.subject,
    )
    return answered.value.model_dump(mode="json")


async def _note_reader(asked: Asked) -> Json:
    notes = [HeardNote.model_validate({"kind": "rejection", "field": "post", **row}) for row in asked.context["notes"]]
    answered = await note_reader.group(
        asked.agents.model, brand=asked.brand, notes=notes, standing=(), subject=asked.subject
    )
    return answered.value.model_dump(mode="json")


async def _evaluator(asked: Asked) -> Json:
    """The pictures are rendered for the situation, with its defect planted in them."""
    creative = await asyncio.to_thread(shown, asked.brand, asked.context)
    answered = await evaluator.judge(
        asked.agents.model,
        brand=asked.brand,
        post=planned_post(asked.brand, asked.context),
        brief=creative.brief,
        checks=creative.checks,
        pictures=creative.pictures,
        subject=asked.subject,
    )
    return answered.value.model_dump(mode="json")


async def _ads_analyst(asked: Asked) -> Json:
    answered = await ads_analyst.advise(
        asked.agents.model,
        brand=asked.brand,
        analysis=account_of(asked.context),
        candidates=candidates_of(asked.context),
        subject=asked.subject,
    )
    return answered.value.model_dump(mode="json")


async def _orchestrator(asked: Asked) -> Json:
    """A conversation whose tools answer what the situation says, and nothing else."""
    brand = {"id": asked.brand.id, "name": asked.brand.name, "time_zone": asked.brand.time_zone}
    now = datetime.fromisoformat(asked.context["now"])
    question = orchestrator.question(
        asked.context["question"], now=now, person="ana", role="approver", brand=asked.brand.id, brands=[brand]
    )
    messages: list[Json] = [question]
    calls: list[Json] = []
    for number in range(MOST_ROUNDS + 1):
        speech = orchestrator.speech(messages, asked.agents.tools, tools_closed=number == MOST_ROUNDS)
        reply = await _reply(asked, speech)
        if not reply.wanted:
            return {"calls": calls, "text": reply.text}
        calls += [{"tool": wanted.name, "arguments": wanted.arguments} for wanted in reply.wanted]
        told = [_result(asked.context, wanted.id, wanted.name) for wanted in reply.wanted]
        messages += [{"role": "assistant", "content": list(reply.content)}, {"role": "user", "content": told}]
    raise AssertionError("the last round is asked without tools")


async def _reply(asked: Asked, speech: Speech) -> Reply:
    reply = None
    async for piece in asked.agents.dialogue.converse(speech, subject=asked.subject, brand=asked.brand):
        if isinstance(piece, Reply):
            reply = piece
    assert reply is not None, "a conversation ends with its reply"
    if reply.outcome is not CallOutcome.OK:
        raise failure_of(reply.outcome, orchestrator.AGENT, reply.call, reply.detail or "no detail")
    return reply


def _result(context: Json, identity: str, tool: str) -> Json:
    given = context.get("results", {}).get(tool)
    if given is None:
        nothing = Block("answer", {"found": "nothing in this situation"}).render()
        return orchestrator.tool_result(identity, nothing, failed=False)
    blocks = [Block("answer", given["answer"])]
    blocks += [Block(name, words, trusted=False) for name, words in given.get("untrusted", {}).items()]
    return orchestrator.tool_result(identity, "\n".join(block.render() for block in blocks), failed=False)


ASKED: Mapping[str, Callable[[Asked], Awaitable[Json]]] = {
    "strategist": _strategist,
    "copywriter": _copywriter,
    "composer": _composer,
    "evaluator": _evaluator,
    "analyst": _analyst,
    "ads_analyst": _ads_analyst,
    "note_reader": _note_reader,
    "orchestrator": _orchestrator,
}
"""How the agent of each suite is asked in a situation of its corpus."""
