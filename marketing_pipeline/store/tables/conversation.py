"""Conversations with the orchestrator, word for word, and every tool that it used."""

from sqlalchemy import Column, Float, ForeignKey, Index, Integer, String, Table

from marketing_pipeline.store.tables.columns import changed_at, identifier, json, metadata, moment, text

conversations = Table(
    "conversations",
    metadata,
    identifier("id", "Conversation id", primary_key=True),
    identifier("person", "Who talks"),
    identifier("brand", "Brand that it is about; empty for all", nullable=True),
    identifier("surface", "console, cli or mcp"),
    text("title", "The first question, shortened"),
    moment("started_at", "When it began"),
    changed_at(),
    Index(None, "person"),
    Index(None, "updated_at"),
    comment="Conversations with the orchestrator",
)

conversation_messages = Table(
    "conversation_messages",
    metadata,
    Column("conversation", String(96), ForeignKey("conversations.id"), primary_key=True, comment="Conversation id"),
    Column("number", Integer, primary_key=True, comment="Order within the conversation, from 1"),
    identifier("role", "user or assistant"),
    text("text", "What was said, for people"),
    json("content", "The blocks as the model was sent them or sent them"),
    identifier("model_call", "Call that gave it", nullable=True),
    moment("said_at", "When"),
    Index(None, "said_at"),
    comment="What was said in each conversation",
)

tool_calls = Table(
    "tool_calls",
    metadata,
    identifier("id", "Tool call id", primary_key=True),
    Column("conversation", String(96), ForeignKey("conversations.id"), nullable=False, comment="Conversation id"),
    identifier("person", "For whom it was called"),
    identifier("tool", "Name of the tool"),
    json("arguments", "What it was asked"),
    identifier("outcome", "ok, refused or failed"),
    text("result", "What it answered, shortened"),
    Column("milliseconds", Float, nullable=False, comment="How long it took"),
    moment("called_at", "When"),
    Index(None, "conversation"),
    Index(None, "called_at"),
    comment="Every use of a tool by the orchestrator or an MCP client",
)
