"""How the installation itself is doing: heartbeats, channel tokens, and reconciliations after a restore."""

from sqlalchemy import Column, Index, Integer, Table

from marketing_pipeline.domain.channel_token import TokenState
from marketing_pipeline.domain.heartbeat import ServerKind
from marketing_pipeline.store.tables.columns import changed_at, identifier, json, metadata, moment, one_of, text

heartbeats = Table(
    "heartbeats",
    metadata,
    identifier("name", "What beats: daemon, code_location, or drain:<run>", primary_key=True),
    identifier("kind", "daemon, code_location, drain or console"),
    text("host", "Machine that it runs on"),
    Column("pid", Integer, nullable=False, comment="Process"),
    Column("every_seconds", Integer, nullable=False, comment="How often it means to beat"),
    moment("started_at", "When the process began"),
    moment("beat_at", "Last sign of life"),
    moment("ended_at", "When it ended in good order", nullable=True),
    one_of("kind", ServerKind),
    comment="Signs of life of everything that should be running",
)

channel_tokens = Table(
    "channel_tokens",
    metadata,
    identifier("channel", "Channel", primary_key=True),
    identifier("brand", "Brand id", primary_key=True),
    identifier("state", "valid, refused or expired"),
    identifier("token_sha256", "Hash of the token in use; never the token"),
    moment("issued_at", "When this token was first seen or given"),
    moment("expires_at", "When it ends, where known", nullable=True),
    moment("next_refresh_at", "When it is to be refreshed", nullable=True),
    moment("refreshed_at", "When it was last refreshed", nullable=True),
    Column("refreshes", Integer, nullable=False, default=0, comment="How often it was refreshed"),
    text("lease_owner", "Process that refreshes it right now", nullable=True),
    moment("lease_until", "Until when that process may", nullable=True),
    text("problem", "Why the last refresh or call failed", nullable=True),
    changed_at(),
    one_of("state", TokenState),
    comment="Access tokens of channels: what is known of them, without the tokens",
)

reconciliations = Table(
    "reconciliations",
    metadata,
    Column("id", Integer, primary_key=True, autoincrement=True, comment="Number"),
    text("reason", "Why no effect may run: what was restored, or which tail is missing"),
    moment("since", "From when on the channels may hold what this database does not know"),
    moment("started_at", "From when effects are blocked"),
    moment("finished_at", "When every account was compared; empty while effects are blocked", nullable=True),
    text("actor", "Who began it"),
    json("found", "What the channels hold that this database did not know, per account"),
    Index(None, "finished_at"),
    comment="Effects blocked after a restore until the channels were compared",
)
