"""Alerts and mutes."""

from sqlalchemy import Column, Index, Integer, Table

from marketing_pipeline.domain.alert import AlertKind, AlertState, Severity
from marketing_pipeline.store.tables.columns import changed_at, identifier, metadata, moment, one_of, text

alerts = Table(
    "alerts",
    metadata,
    identifier("id", "Alert id: its kind, and a hash of kind, brand and subject", primary_key=True),
    identifier("kind", "What it is about"),
    identifier("severity", "info, warning or critical"),
    identifier("brand", "Brand id; empty where it concerns the installation", nullable=True),
    text("subject", "What is the matter with what: an effect, post, run, account"),
    text("title", "In one line"),
    text("detail", "The facts"),
    text("mend", "What to do"),
    identifier("state", "open, acknowledged or resolved"),
    moment("first_at", "When it was first found, since it was last resolved"),
    moment("last_at", "When it was last found"),
    Column("occurrences", Integer, nullable=False, comment="How often it was found since then"),
    moment("notified_at", "When people were told", nullable=True),
    Column("notify_attempts", Integer, nullable=False, default=0, comment="Attempts to tell them"),
    text("notify_problem", "Why the last attempt failed", nullable=True),
    moment("notify_after", "Not attempted again before; whoever moves it on is the one who tells", nullable=True),
    moment("escalated_at", "When it was sent again as more urgent", nullable=True),
    text("acknowledged_by", "Who has taken it on", nullable=True),
    moment("resolved_at", "When its cause was gone", nullable=True),
    changed_at(),
    one_of("kind", AlertKind),
    one_of("severity", Severity),
    one_of("state", AlertState),
    Index(None, "state"),
    Index(None, "updated_at"),
    comment="What people must hear about",
)

alert_mutes = Table(
    "alert_mutes",
    metadata,
    Column("id", Integer, primary_key=True, autoincrement=True, comment="Number"),
    identifier("kind", "Kind of alert; empty for all", nullable=True),
    identifier("brand", "Brand; empty for all", nullable=True),
    text("subject", "One subject; empty for all", nullable=True),
    text("actor", "Who muted"),
    text("note", "Why"),
    moment("since", "From when"),
    moment("until", "Until when"),
    comment="Alerts that are kept but not sent, for a while",
)
