"""The agents themselves, asked in the situations of a corpus: what they answer is scored as the corpus' answers are."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from marketing_pipeline.agents import analyst, composer, copywriter, note_reader, orchestrator, strategist
from marketing_pipeline.agents.dialogue import Dialogue, Reply
from marketing_pipeline.agents.failures import failure_of
from marketing_pipeline.agents.language_model import LanguageModel
from marketing_pipeline.agents.prompt import Block
from marketing_pipeline.agents.speech import OfferedTool, Speech
from marketing_pipeline.domain.brand import Brand
from marketing_pipeline.domain.heard_note import HeardNote
from marketing_pipeline.domain.metrics import PostPerformance, SnapshotAge
from marketing_pipeline.domain.model_call import CallOutcome, CallSubject
from marketing_pipeline.domain.said_captions import SaidCaptions
from marketing_pipeline.domain.strategy import strategy_of
from marketing_pipeline.domain.variation import CopyVariation
from marketing_pipeline.domain.week import Week
from marketing_pipeline.evals.corpus import Corpus, EvalCase
from marketing_pipeline.evals.score import Json
from marketing_pipeline.evals.situation import assignment, learnings, planned_post

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
    brand: Brand
    week: Week

    def subject(self, run: str, case: str) -> CallSubject:
        """What a case's calls are booked under, so that its cost and time can be told."""
        return CallSubject(brand=self.brand.brand_id, week=self.week.key, post=f"{run}/{case}"[:96])


def live_cases(corpus: Corpus, repeat: int) -> tuple[EvalCase, ...]:
    """Every situation of a corpus, `repeat` times. Nothing is planted in what an agent will answer."""
    return tuple(
        EvalCase(f"{name}#{number}", LIVE, context, {}, frozenset())
        for name, context in corpus.contexts.items()
        for number in range(1, repeat + 1)
    )


async def ask(agents: Agents, suite: str, context: Json, subject: CallSubject) -> Json:
    """What the agent of a suite answers. Raises ModelCallFailed and SpendCapReached; KeyError for one not in ASKED."""
    return await ASKED[suite](agents, context, subject)


async def _strategist(agents: Agents, context: Json, subject: CallSubject) -> Json:
    week = Week.parse(context["week"])
    answered = await strategist.plan_week(
        agents.model,
        brand=agents.brand,
        strategy=strategy_of(agents.brand),
        week=week,
        assignments=[assignment(agents.brand, row) for row in context["assignments"]],
        learnings=learnings(agents.brand, week, context),
        notes=(),
        recent_plans=(),
        recent_performance=(),
        subject=subject,
    )
    return answered.value.model_dump(mode="json")


async def _copywriter(agents: Agents, context: Json, subject: CallSubject) -> Json:
    post = planned_post(agents.brand, context)
    week = Week.containing(post.assignment.scheduled_at, agents.brand.zone)
    answered = await copywriter.write(
        agents.model,
        brand=agents.brand,
        post=post,
        learnings=learnings(agents.brand, week, context),
        notes=(),
        recent_hooks=context.get("recent_hooks", ()),
        said=SaidCaptions(),
        subject=subject,
    )
    return answered.value.model_dump(mode="json")


async def _composer(agents: Agents, context: Json, subject: CallSubject) -> Json:
    answered = await composer.compose(
        agents.model,
        brand=agents.brand,
        post=planned_post(agents.brand, context),
        copy=CopyVariation.model_validate(context["copy"]),
        recent_looks=(),
        subject=subject,
    )
    return answered.value.model_dump(mode="json")


async def _analyst(agents: Agents, context: Json, subject: CallSubject) -> Json:
    week = Week.parse(context["week"])
    shown = [_performance(agents.brand, week, row) for row in context.get("posts_shown", ())]
    answered = await analyst.explain(
        agents.model,
        brand=agents.brand,
        learnings=learnings(agents.brand, week, context),
        best=shown,
        worst=(),
        subject=subject,
    )
    return answered.value.model_dump(mode="json")


async def _note_reader(agents: Agents, context: Json, subject: CallSubject) -> Json:
    notes = [HeardNote.model_validate({"kind": "rejection", "field": "post", **row}) for row in context["notes"]]
    answered = await note_reader.group(agents.model, brand=agents.brand, notes=notes, standing=(), subject=subject)
    return answered.value.model_dump(mode="json")


async def _orchestrator(agents: Agents, context: Json, subject: CallSubject) -> Json:
    """A conversation whose tools answer what the situation says, and nothing else."""
    brand = {"id": agents.brand.id, "name": agents.brand.name, "time_zone": agents.brand.time_zone}
    now = datetime.fromisoformat(context["now"])
    asked = orchestrator.question(
        context["question"], now=now, person="ana", role="approver", brand=agents.brand.id, brands=[brand]
    )
    messages: list[Json] = [asked]
    calls: list[Json] = []
    for number in range(MOST_ROUNDS + 1):
        speech = orchestrator.speech(messages, agents.tools, tools_closed=number == MOST_ROUNDS)
        reply = await _reply(agents, speech, subject)
        if not reply.wanted:
            return {"calls": calls, "text": reply.text}
        calls += [{"tool": wanted.name, "arguments": wanted.arguments} for wanted in reply.wanted]
        told = [_result(context, wanted.id, wanted.name) for wanted in reply.wanted]
        messages += [{"role": "assistant", "content": list(reply.content)}, {"role": "user", "content": told}]
    raise AssertionError("the last round is asked without tools")


async def _reply(agents: Agents, speech: Speech, subject: CallSubject) -> Reply:
    reply = None
    async for piece in agents.dialogue.converse(speech, subject=subject, brand=agents.brand):
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


def _performance(brand: Brand, week: Week, row: Json) -> PostPerformance:
    """A published post of which the situation tells a few figures; the others were not given."""
    return PostPerformance.model_validate(
        {
            "post": f"{brand.id}-{week.key}-01",
            "brand": brand.id,
            "week": week.key,
            "published_at": week.start(brand.zone) - timedelta(days=7),
            "pillar": brand.pillars[0].id,
            "format": "portrait",
            "hook": "question",
            "slot": brand.posting.slots[0].id,
            "age": SnapshotAge.THREE_DAYS,
            "age_hours": 72,
            "views": None,
            "likes": None,
            "comments": None,
            **row,
        }
    )


ASKED: Mapping[str, Callable[[Agents, Json, CallSubject], Awaitable[Json]]] = {
    "strategist": _strategist,
    "copywriter": _copywriter,
    "composer": _composer,
    "analyst": _analyst,
    "note_reader": _note_reader,
    "orchestrator": _orchestrator,
}
"""Suites whose agent can be asked in the situations of its corpus. That of the evaluator holds no pictures, and that of
the ads analyst no account; their answers are measured where they are given."""
