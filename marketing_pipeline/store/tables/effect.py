"""The effect ledger."""

from sqlalchemy import Column, ForeignKey, Index, Integer, String, Table, UniqueConstraint

from marketing_pipeline.domain.effect import AttemptOutcome, EffectState
from marketing_pipeline.domain.effect_kind import EffectKind
from marketing_pipeline.store.tables.columns import changed_at, identifier, json, metadata, moment, one_of, text

effects = Table(
    "effects",
    metadata,
    identifier("id", "Effect id", primary_key=True),
    identifier("kind", "Kind of act"),
    identifier("brand", "Brand id"),
    identifier("channel", "Channel"),
    identifier("subject", "What it is about: a post id"),
    json("payload", "Exactly what goes out"),
    identifier("fingerprint", "SHA-256 of what goes out"),
    Column("idempotency_key", String(96), nullable=False, unique=True, comment="One effect per key, for ever"),
    identifier("approval", "Approval request that covers it"),
    identifier("state", "State, in the words of docs/states.md"),
    text("state_reason", "Why it is in this state, for people"),
    moment("due_at", "When it may run"),
    moment("not_before", "After a wait, when it may run again or be read back", nullable=True),
    moment("lease_until", "Until when the claim holds", nullable=True),
    text("lease_owner", "Run that holds the claim", nullable=True),
    Column("fence", Integer, nullable=False, default=0, comment="Rises with each claim"),
    Column("attempts", Integer, nullable=False, default=0, comment="Calls that went out"),
    Column(
        "read_backs",
        Integer,
        nullable=False,
        default=0,
        comment="Read-backs since the outcome became unknown",
    ),
    json("progress", "Facts proved so far, such as container ids"),
    json("result", "What the channel returned", nullable=True),
    moment("created_at", "When it was queued"),
    changed_at(),
    one_of("kind", EffectKind),
    one_of("state", EffectState),
    Index(None, "state", "due_at"),
    Index(None, "kind", "state", "due_at", "brand", "channel", "not_before"),
    Index(None, "brand", "kind", "state", "due_at"),
    Index(None, "state", "updated_at"),
    Index(None, "subject"),
    Index(None, "updated_at"),
    comment="The effect ledger: every side effect is a row before it is an act",
)

effect_attempts = Table(
    "effect_attempts",
    metadata,
    identifier("id", "Attempt id", primary_key=True),
    Column("effect", String(96), ForeignKey("effects.id"), nullable=False, comment="Effect id"),
    Column("number", Integer, nullable=False, comment="Number within the effect, from 1"),
    Column("fence", Integer, nullable=False, comment="Claim that it was made under"),
    text("owner", "Run that made it"),
    json("request", "What was sent, without credentials"),
    identifier("outcome", "in_flight, succeeded, not_done, refused or unknown"),
    text("detail", "Error code and words, or the id returned"),
    moment("started_at", "Committed before the call went out"),
    moment("ended_at", "When the outcome was known", nullable=True),
    changed_at(),
    one_of("outcome", AttemptOutcome),
    UniqueConstraint("effect", "number"),
    Index(None, "updated_at"),
    comment="Calls that may have reached the outside world",
)
