"""A person asks, the orchestrator answers: the loop of model and tools, told event by event as it happens."""

from collections.abc import AsyncGenerator, Sequence
from contextlib import aclosing
from dataclasses import dataclass
from typing import Any

from marketing_pipeline.agents.dialogue import Dialogue, Reply, WantedTool
from marketing_pipeline.agents.failures import MENDS
from marketing_pipeline.agents.orchestrator import question, speech, tool_result
from marketing_pipeline.agents.speech import OfferedTool
from marketing_pipeline.domain.brand import Brand
from marketing_pipeline.domain.conversation import (
    Conversation,
    ConversationMessage,
    Event,
    Failed,
    Finished,
    Link,
    Said,
    ToolDone,
    ToolOutcome,
    ToolStarted,
)
from marketing_pipeline.domain.model_call import CallOutcome, CallSubject
from marketing_pipeline.domain.ports import SpendCapReached
from marketing_pipeline.store.conversations import Conversations, message, used_tool_id
from marketing_pipeline.workflows.conversation_history import sendable
from marketing_pipeline.workflows.tools.catalogue import TOOLS
from marketing_pipeline.workflows.tools.context import ToolContext
from marketing_pipeline.workflows.tools.use import ToolBench, Used

MOST_ROUNDS = 12
"""Rounds of tools in one answer; then the model has to answer from what it has."""
MOST_AT_ONCE = 8
"""Tools that one turn of the model may ask for."""
_BROKE_OFF = {
    CallOutcome.INCOMPLETE: "The answer was cut off on its way.",
    CallOutcome.TRUNCATED: "The answer became too long and was cut.",
    CallOutcome.REFUSED: "The model declined to answer this.",
    CallOutcome.OVERLOADED: "The model service is overloaded.",
    CallOutcome.RATE_LIMITED: "The model service takes no more requests right now.",
    CallOutcome.CONTEXT_FULL: "This conversation has become too long for the model.",
    CallOutcome.TIMEOUT: "The model took too long to answer.",
    CallOutcome.CONNECTION: "The model service cannot be reached.",
}
_MENDS = {
    CallOutcome.INCOMPLETE: "Ask again.",
    CallOutcome.TRUNCATED: "Ask for less at once.",
    CallOutcome.REFUSED: "Ask in other words.",
    CallOutcome.OVERLOADED: "Ask again in a minute.",
    CallOutcome.RATE_LIMITED: "Ask again in a minute.",
    CallOutcome.CONTEXT_FULL: "Start a new conversation.",
    CallOutcome.TIMEOUT: "Ask again in a minute.",
}


@dataclass(frozen=True)
class Talk:
    """One conversation with the person and the tools of `context`. `payer`: the brand whose cap its calls count in."""

    conversation: Conversation
    context: ToolContext
    payer: Brand
    dialogue: Dialogue
    kept: Conversations
    bench: ToolBench

    async def say(self, text: str) -> AsyncGenerator[Event]:
        """Everything that happens until the answer is whole or broke off; the last event is Finished or Failed.

        Every word is stored. A listener who leaves early stops the answer, and the conversation can go on.
        """
        self.kept.add(self.conversation.id, self._asked(text))
        answering = _Answering()
        try:
            for number in range(MOST_ROUNDS + 1):
                reply = None
                async with aclosing(self._turn(tools_closed=number == MOST_ROUNDS)) as pieces:
                    async for piece in pieces:
                        if isinstance(piece, Reply):
                            reply = piece
                            continue
                        answering.text += piece
                        yield Said(text=piece)
                if reply is None or reply.outcome is not CallOutcome.OK:
                    yield self._broken_off(answering, reply)
                    return
                if not reply.wanted:
                    self.kept.add(self.conversation.id, self._answered(reply))
                    answering.told = True
                    yield Finished(text=answering.text, links=tuple(dict.fromkeys(answering.links)))
                    return
                async with aclosing(self._round(reply, answering)) as events:
                    async for event in events:
                        yield event
        except SpendCapReached as cap:
            yield self._refused(answering, cap.message, cap.mend)
        finally:
            if not answering.told:
                note = "(The answer was stopped.)"
                self.kept.add(self.conversation.id, self._noted(answering.unstored, note))

    def _turn(self, *, tools_closed: bool) -> AsyncGenerator[str | Reply]:
        messages = sendable(self.kept.messages(self.conversation.id))
        subject = CallSubject(brand=self.payer.brand_id, week=self.context.week_of(self.payer).key)
        spoken = speech(messages, OFFERED, tools_closed=tools_closed)
        return self.dialogue.converse(spoken, subject=subject, brand=self.payer)

    async def _round(self, reply: Reply, answering: "_Answering") -> AsyncGenerator[Event]:
        """Use what the model asked for, one after the other, then store its turn together with the answers."""
        results: list[dict[str, Any]] = []
        for number, wanted in enumerate(reply.wanted):
            if number >= MOST_AT_ONCE:
                told = f"At most {MOST_AT_ONCE} tools are used at once; ask again for this one."
                results.append(tool_result(wanted.id, told, failed=True))
                continue
            identity = used_tool_id()
            yield ToolStarted(id=identity, tool=wanted.name, arguments=wanted.arguments)
            used = await self._used(wanted, identity)
            answering.links += used.links
            results.append(tool_result(wanted.id, used.told, failed=used.outcome is not ToolOutcome.OK))
            yield ToolDone(
                id=used.id,
                tool=used.tool,
                outcome=used.outcome,
                summary=used.summary,
                links=used.links,
                milliseconds=used.milliseconds,
            )
        answers = message("user", "", results, self.context.now)
        self.kept.add(self.conversation.id, self._answered(reply), answers)
        answering.stored = len(answering.text)
        if reply.text:
            answering.text += "\n\n"
            yield Said(text="\n\n")

    async def _used(self, wanted: WantedTool, identity: str) -> Used:
        return await self.bench.use(wanted.name, wanted.arguments, identity)

    def _asked(self, text: str) -> ConversationMessage:
        context = self.context
        brands = [
            {"id": brand.id, "name": brand.name, "time_zone": brand.time_zone} for brand in context.visible(None)[:50]
        ]
        turn = question(
            text,
            now=context.now,
            person=context.person.name,
            role=context.person.role,
            brand=context.brand,
            brands=brands,
        )
        return message("user", text, turn["content"], context.now)

    def _answered(self, reply: Reply) -> ConversationMessage:
        return message("assistant", reply.text, reply.content, self.context.now, reply.call)

    def _broken_off(self, answering: "_Answering", reply: Reply | None) -> Failed:
        outcome = CallOutcome.INTERNAL if reply is None else reply.outcome
        said = _BROKE_OFF.get(outcome, "The model gave no usable answer.")
        call = None if reply is None else reply.call
        return self._refused(answering, said, _MENDS.get(outcome) or MENDS.get(outcome, "Ask again."), call)

    def _refused(self, answering: "_Answering", said: str, mend: str, call: str | None = None) -> Failed:
        self.kept.add(self.conversation.id, self._noted(answering.unstored, f"({said})", call))
        answering.told = True
        return Failed(message=said, mend=mend)

    def _noted(self, partial: str, note: str, call: str | None = None) -> ConversationMessage:
        """What there is of an answer that broke off: the conversation goes on after it."""
        text = f"{partial}\n\n{note}" if partial.strip() else note
        return message("assistant", text, [{"type": "text", "text": text}], self.context.now, call)


@dataclass
class _Answering:
    """How far an answer has come. `stored`: characters of it that stand in stored turns already."""

    text: str = ""
    stored: int = 0
    told: bool = False
    links: tuple[Link, ...] = ()

    @property
    def unstored(self) -> str:
        """What was said in the turn that is under way."""
        return self.text[self.stored :].strip()


def offered(tools: Sequence[Any]) -> tuple[OfferedTool, ...]:
    """Tools as a model is told of them."""
    return tuple(OfferedTool(tool.name, tool.description, tool.input_schema) for tool in tools)


OFFERED = offered(tuple(TOOLS.values()))
