"""What people teach by their edits and refusals, and what is proposed to them in return."""

from sqlalchemy import Column, ForeignKey, Index, String, Table

from marketing_pipeline.domain.proposal import ExampleKind, ProposalKind, ProposalState, RuleState
from marketing_pipeline.store.tables.columns import changed_at, identifier, json, metadata, moment, one_of, text

edit_examples = Table(
    "edit_examples",
    metadata,
    identifier("id", "Example id", primary_key=True),
    identifier("brand", "Brand id"),
    Column("post", String(96), ForeignKey("posts.id"), nullable=False, comment="Post id"),
    identifier("kind", "edit, rejection, regeneration or choice"),
    identifier("field", "caption, hashtags, alt_text, creative or post"),
    text("before", "What stood there"),
    text("after", "What the person put in its place; empty where they only said no"),
    text("note", "Why, in their words"),
    json("lessons", "What the difference shows, a list of lesson keys"),
    text("actor", "Who"),
    moment("created_at", "When"),
    one_of("kind", ExampleKind),
    Index(None, "brand", "created_at"),
    Index(None, "created_at"),
    comment="Labelled examples of what people changed or refused",
)

brand_rules = Table(
    "brand_rules",
    metadata,
    identifier("id", "Rule id", primary_key=True),
    identifier("brand", "Brand id"),
    identifier("lesson", "The lesson that was seen repeatedly, or asked for by a person"),
    identifier("applies_to", "copy or creative"),
    text("statement", "The rule as the agents are told it"),
    json("check", "What code can check of it; empty where only a reader can", nullable=True),
    json("evidence", "Ids of the examples behind it"),
    identifier("state", "proposed, accepted, rejected or retired"),
    text("state_reason", "Why, and by whom"),
    text("proposed_by", "Who proposed it"),
    moment("proposed_at", "When"),
    moment("decided_at", "When a person decided", nullable=True),
    changed_at(),
    one_of("state", RuleState),
    Index(None, "brand", "state"),
    Index(None, "updated_at"),
    comment="Rules learnt from people's edits",
)

proposals = Table(
    "proposals",
    metadata,
    identifier("id", "Proposal id; its approval request has the same", primary_key=True),
    identifier("kind", "reschedule_post, edit_post, edit_plan or adopt_rule"),
    identifier("brand", "Brand id"),
    identifier("subject", "Post, plan or rule that it is about"),
    json("payload", "Exactly what would be done"),
    json("before", "What it found"),
    identifier("fingerprint", "SHA-256 of kind, subject, payload and what it found"),
    text("reason", "Why it is proposed"),
    text("proposed_by", "Person, or agent for a person"),
    identifier("conversation", "Conversation that it came from", nullable=True),
    identifier("state", "awaiting_approval, done, rejected, expired, superseded or failed"),
    text("state_reason", "Why it is in this state, for people"),
    moment("proposed_at", "When"),
    moment("expires_at", "Until when it can be decided about"),
    changed_at(),
    one_of("kind", ProposalKind),
    one_of("state", ProposalState),
    Index(None, "brand", "state"),
    Index(None, "updated_at"),
    comment="Proposals that wait for a person, beside posts and ad changes",
)
