"""What people decide: approvals, holds, and the log of everything."""

from sqlalchemy import BigInteger, Column, Index, Integer, Table

from marketing_pipeline.domain.approval import Decision
from marketing_pipeline.store.tables.columns import identifier, json, metadata, moment, one_of, text

approvals = Table(
    "approvals",
    metadata,
    identifier("id", "Approval request", primary_key=True),
    Column("sequence", Integer, primary_key=True, comment="Order within the request, from 1"),
    identifier("kind", "What is asked for: publish_post"),
    identifier("subject", "What it is about"),
    identifier("brand", "Brand id"),
    identifier("fingerprint", "SHA-256 of exactly what is approved"),
    identifier("decision", "requested, approve, reject, revoke or used"),
    text("actor", "Who decided, or policy:<version>"),
    identifier("source", "cli, console, api, dagster or policy"),
    text("note", "Why"),
    moment("decided_at", "When"),
    moment("expires_at", "Until when it counts"),
    identifier("signature", "HMAC over the row"),
    one_of("decision", Decision),
    Index(None, "subject"),
    Index(None, "decided_at"),
    Index(None, "decision", "decided_at"),
    Index(None, "decision", "expires_at"),
    comment="Decisions, append-only; the state is derived",
)

holds = Table(
    "holds",
    metadata,
    Column("id", Integer, primary_key=True, autoincrement=True, comment="Number"),
    identifier("brand", "Brand held; empty for all", nullable=True),
    identifier("channel", "Channel held; empty for all", nullable=True),
    text("actor", "Who paused"),
    text("note", "Why"),
    moment("since", "From when"),
    moment("released_at", "Until when; empty while it holds", nullable=True),
    text("released_by", "Who resumed", nullable=True),
    comment="The kill switch and its history",
)

audit_log = Table(
    "audit_log",
    metadata,
    Column(
        "sequence",
        BigInteger().with_variant(Integer, "sqlite"),
        primary_key=True,
        comment="Number in the chain, from 1",
    ),
    moment("at", "When"),
    text("actor", "Who or what acted"),
    identifier("action", "What happened, such as post.published"),
    identifier("subject", "What it happened to"),
    identifier("brand", "Brand id", nullable=True),
    json("detail", "Facts of the event"),
    identifier("previous_mac", "HMAC of the row before"),
    identifier("mac", "HMAC of this row and the one before"),
    Index(None, "at"),
    Index(None, "subject"),
    Index(None, "actor", "sequence"),
    Index(None, "action", "sequence"),
    Index(None, "brand", "sequence"),
    comment="Append-only chain of decisions, effects and state changes",
)
