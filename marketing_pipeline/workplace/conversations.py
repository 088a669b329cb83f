"""Conversations with the orchestrator: started, carried on and kept, each for one person."""

from collections.abc import AsyncGenerator
from contextlib import aclosing
from functools import partial
from threading import Lock
from typing import TYPE_CHECKING

from marketing_pipeline.domain.conversation import LONGEST_QUESTION, Conversation, ConversationFile, Event, Surface
from marketing_pipeline.domain.errors import MarketingError, NotFound
from marketing_pipeline.domain.identifiers import BrandId
from marketing_pipeline.domain.person import Permission, Person

if TYPE_CHECKING:
    from marketing_pipeline.domain.brand import Brand
    from marketing_pipeline.domain.health import Health
    from marketing_pipeline.store.conversations import Conversations
    from marketing_pipeline.workflows.tools.context import ToolContext
    from marketing_pipeline.workflows.tools.use import ToolBench
    from marketing_pipeline.workplace.workplace import Workplace

SQL_SECONDS = 20.0
SQL_MEMORY = "256MB"


class QuestionRefused(MarketingError):
    """What was said is empty, too long, or no text. Nothing was stored."""


class StillAnswering(MarketingError):
    """The answer before is still on its way in this conversation."""


class ConversationDesk:
    """Conversations of a `Workplace`; reached as `workplace.conversations`.

    A person sees and carries on their own; an administrator sees all. Calls count in the weekly cap of the brand that
    the conversation is about; in one about all brands, in that of the first brand that the person may see.
    """

    def __init__(self, place: "Workplace") -> None:
        self._place = place
        self._lock = Lock()
        self._answering: set[str] = set()

    def start(self, person: Person, brand: str | None = None, surface: Surface = Surface.CONSOLE) -> Conversation:
        """A new conversation, about one brand or about all. Raises NotFound, NotAllowed."""
        name = None if brand is None else self._place.brand(brand).brand_id
        person.require(Permission.READ, name)
        return self._kept.begin(person.name, name, surface)

    async def say(self, person: Person, conversation: str, text: str) -> AsyncGenerator[Event]:
        """Say something and hear what comes of it, event by event; the last one is Finished or Failed.

        Raises, before anything is stored, QuestionRefused, StillAnswering, NotFound, NotAllowed, and ServiceOff or
        CredentialMissing where there is no model.
        """
        from marketing_pipeline.workflows.conversation import Talk

        begun, question = self._own(person, conversation), _question(text)
        payer = self._payer(person, begun.brand)
        dialogue = self._place.providers.dialogue()
        self._enter(begun.id)
        try:
            context = self.context(person, begun)
            talk = Talk(begun, context, payer, dialogue, self._kept, self.bench(context, begun.id))
            async with dialogue, aclosing(talk.say(question)) as events:
                async for event in events:
                    yield event
        finally:
            with self._lock:
                self._answering.discard(begun.id)

    def list(self, person: Person, *, everybody: bool = False, limit: int = 50) -> tuple[Conversation, ...]:
        """The person's conversations, the newest first; for an administrator also everybody's. Raises NotAllowed."""
        person.require(Permission.ADMINISTER if everybody else Permission.READ)
        return tuple(self._kept.find(person=None if everybody else person.name, limit=limit))

    def get(self, person: Person, conversation: str) -> ConversationFile:
        """A conversation of the person's own, word for word; any for an administrator. Raises NotFound, NotAllowed."""
        person.require(Permission.READ)
        found = self._kept.file(conversation)
        if found.conversation.person != person.name and not person.may(Permission.ADMINISTER):
            raise _unknown(conversation)
        person.require(Permission.READ, found.conversation.brand)
        return found

    def context(self, person: Person, conversation: Conversation) -> "ToolContext":
        """What tools work with in a conversation, as this person may see it."""
        from marketing_pipeline.store.snapshot_query import query_snapshot
        from marketing_pipeline.workflows.tools.context import ToolContext
        from marketing_pipeline.workplace.conversation_proposals import ConversationProposals

        place = self._place
        return ToolContext(
            person=person,
            brand=conversation.brand,
            brands=place.brands,
            clock=place.clock,
            database=place.database,
            audit=place.audit,
            posts=place.posts,
            alerts=lambda brand: place.health.alerts.find(brand=brand),
            ad_facts=place.ads.facts,
            snapshot=partial(query_snapshot, place.home, time_limit_s=SQL_SECONDS, memory_limit=SQL_MEMORY),
            health=self._health,
            proposals=ConversationProposals(place, person, conversation.id),
        )

    def bench(self, context: "ToolContext", conversation: str) -> "ToolBench":
        """The tools, each use of them recorded in the conversation."""
        from marketing_pipeline.workflows.tools.use import ToolBench

        return ToolBench(context, self._kept, conversation)

    @property
    def _kept(self) -> "Conversations":
        from marketing_pipeline.store.conversations import Conversations

        return Conversations(self._place.database)

    def _health(self) -> "Health":
        with self._place.health.opened_history() as history:
            return self._place.health.examine(history)

    def _own(self, person: Person, conversation: str) -> Conversation:
        """A conversation that the person may carry on: their own, about what they may still see."""
        found = self._kept.get(conversation)
        if found.person != person.name:
            raise _unknown(conversation)
        person.require(Permission.READ, found.brand)
        return found

    def _payer(self, person: Person, brand: BrandId | None) -> "Brand":
        if brand is not None:
            return self._place.brand(brand)
        seen = (each for name, each in sorted(self._place.brands.items()) if person.may(Permission.READ, name))
        first = next(seen, None)
        if first is None:
            raise NotFound(f"{person.name} may see no brand.", "Ask an administrator for one.")
        return first

    def _enter(self, conversation: str) -> None:
        with self._lock:
            if conversation in self._answering:
                raise StillAnswering("The answer before is still on its way.", "Wait for it, or start another chat.")
            self._answering.add(conversation)


def _question(text: str) -> str:
    words = text.strip()
    if not words:
        raise QuestionRefused("Nothing was said.", "Ask something.")
    if len(words) > LONGEST_QUESTION:
        raise QuestionRefused(
            f"That has {len(words):,} characters; at most {LONGEST_QUESTION:,} are taken at once.", "Say it shorter."
        )
    if any("\ud800" <= letter <= "\udfff" or letter == "\x00" for letter in words):
        raise QuestionRefused("The text holds half a character, which no text may.", "Type it again, in UTF-8.")
    return words


def _unknown(conversation: str) -> NotFound:
    return NotFound(f"There is no conversation {conversation[:60]!r} of yours.", "Start a new one.")
