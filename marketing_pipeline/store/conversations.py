"""Conversations with the orchestrator: kept word for word, with every tool that was used in them."""

import uuid
from collections.abc import Sequence
from typing import Any

from sqlalchemy import Connection, RowMapping, func, insert, select, update

from marketing_pipeline.domain.conversation import (
    Conversation,
    ConversationFile,
    ConversationMessage,
    Surface,
    ToolUsed,
)
from marketing_pipeline.domain.errors import NotFound
from marketing_pipeline.domain.identifiers import BrandId
from marketing_pipeline.store.database import Database
from marketing_pipeline.store.tables import conversation_messages, conversations, tool_calls

LONGEST_RESULT = 2_000
"""Characters that are kept of what a tool answered; what the model was sent stands in the messages, whole."""
LONGEST_TITLE = 80


class Conversations:
    """Writes and reads conversations. Rows are only ever added, but for the title and the time of the last word."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def begin(self, person: str, brand: BrandId | None, surface: Surface) -> Conversation:
        """A new conversation, without a word in it."""
        now = self._database.clock.now()
        begun = Conversation(
            id=f"chat-{uuid.uuid4().hex[:16]}",
            person=person,
            brand=brand,
            surface=surface,
            title="",
            started_at=now,
            updated_at=now,
        )
        with self._database.write() as connection:
            connection.execute(insert(conversations).values(**begun.model_dump()))
        return begun

    def get(self, conversation: str) -> Conversation:
        """The conversation of that id. Raises NotFound."""
        with self._database.read() as connection:
            return _get(connection, conversation)

    def find(self, *, person: str | None = None, brand: BrandId | None = None, limit: int = 50) -> list[Conversation]:
        """Conversations in which something was said or used, the newest first."""
        wanted = select(conversations).where(conversations.c.title != "")
        if person is not None:
            wanted = wanted.where(conversations.c.person == person)
        if brand is not None:
            wanted = wanted.where(conversations.c.brand == brand)
        wanted = wanted.order_by(conversations.c.updated_at.desc(), conversations.c.id).limit(limit)
        with self._database.read() as connection:
            return [Conversation.model_validate(dict(row)) for row in connection.execute(wanted).mappings()]

    def file(self, conversation: str) -> ConversationFile:
        """A conversation with everything in it. Raises NotFound."""
        used = select(tool_calls).where(tool_calls.c.conversation == conversation)
        with self._database.read() as connection:
            return ConversationFile(
                conversation=_get(connection, conversation),
                messages=_messages(connection, conversation),
                tools=tuple(
                    ToolUsed.model_validate(dict(row))
                    for row in connection.execute(used.order_by(tool_calls.c.called_at, tool_calls.c.id)).mappings()
                ),
            )

    def messages(self, conversation: str) -> tuple[ConversationMessage, ...]:
        """Its turns, in order."""
        with self._database.read() as connection:
            return _messages(connection, conversation)

    def add(self, conversation: str, *turns: ConversationMessage) -> None:
        """Add turns together or not at all; they are numbered here. The first words of a person become its title."""
        now = self._database.clock.now()
        with self._database.write() as connection:
            last = connection.scalar(
                select(func.max(conversation_messages.c.number)).where(
                    conversation_messages.c.conversation == conversation
                )
            )
            for number, turn in enumerate(turns, start=(last or 0) + 1):
                row = {**turn.model_dump(exclude={"number"}), "number": number, "conversation": conversation}
                connection.execute(insert(conversation_messages).values(**row))
            said = next((turn.text for turn in turns if turn.role == "user" and turn.text), "")
            _touch(connection, conversation, said, now)

    def note_tool(self, conversation: str, used: ToolUsed) -> None:
        """Write down one use of a tool."""
        row = {**used.model_dump(), "result": shortened(used.result, LONGEST_RESULT), "conversation": conversation}
        with self._database.write() as connection:
            connection.execute(insert(tool_calls).values(**row))
            _touch(connection, conversation, f"{used.tool} …", self._database.clock.now())


def message(
    role: Any, text: str, content: Sequence[dict[str, Any]], said_at: Any, model_call: str | None = None
) -> ConversationMessage:
    """A turn that has no number yet."""
    return ConversationMessage(
        number=0, role=role, text=text, content=list(content), model_call=model_call, said_at=said_at
    )


def used_tool_id() -> str:
    """A new id of a tool call."""
    return f"tool-{uuid.uuid4().hex}"


def shortened(text: str, most: int) -> str:
    """At most so many characters, with a mark where something is left out."""
    return text if len(text) <= most else text[: most - 1] + "…"


def _touch(connection: Connection, conversation: str, title: str, now: Any) -> None:
    here = conversations.c.id == conversation
    connection.execute(update(conversations).where(here).values(updated_at=now))
    if title:
        one_line = shortened(" ".join(title.split()), LONGEST_TITLE)
        connection.execute(update(conversations).where(here, conversations.c.title == "").values(title=one_line))


def _get(connection: Connection, conversation: str) -> Conversation:
    row = connection.execute(select(conversations).where(conversations.c.id == conversation)).mappings().first()
    if row is None:
        raise NotFound(f"There is no conversation {conversation}.", "Start a new one.")
    return Conversation.model_validate(dict(row))


def _messages(connection: Connection, conversation: str) -> tuple[ConversationMessage, ...]:
    wanted = select(conversation_messages).where(conversation_messages.c.conversation == conversation)
    rows = connection.execute(wanted.order_by(conversation_messages.c.number)).mappings()
    return tuple(_message(row) for row in rows)


def _message(row: RowMapping) -> ConversationMessage:
    return ConversationMessage.model_validate({name: row[name] for name in ConversationMessage.model_fields})
