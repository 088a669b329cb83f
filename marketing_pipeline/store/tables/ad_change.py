"""Changes to ad accounts."""

from sqlalchemy import Index, Table

from marketing_pipeline.domain.ad_change import AdChangeKind, AdChangeState
from marketing_pipeline.store.tables.columns import changed_at, identifier, json, metadata, moment, one_of, text

ad_changes = Table(
    "ad_changes",
    metadata,
    identifier("id", "Change id", primary_key=True),
    identifier("brand", "Brand id"),
    identifier("week", "Monday of the week in which it was proposed"),
    identifier("customer_id", "Google Ads account"),
    identifier("kind", "Kind of change"),
    text("resource", "Resource name"),
    text("label", "The resource in people's words"),
    identifier("field", "Field that changes"),
    text("before", "Value when it was proposed"),
    text("after", "Value proposed"),
    identifier("currency", "Currency of amounts, ISO 4217"),
    json("payload", "Exactly what is applied"),
    identifier("fingerprint", "SHA-256 of the change"),
    text("reason", "Why"),
    json("evidence", "Rows of figures behind the reason"),
    json("forecast", "Expected effect with a 90 % interval"),
    identifier("risk", "low, medium or high"),
    identifier("state", "State, in the words of docs/states.md"),
    text("state_reason", "Why it is in this state, for people"),
    identifier("approval", "Approval request", nullable=True),
    identifier("effect", "Effect that applies it", nullable=True),
    identifier("rolls_back", "Change that it undoes", nullable=True),
    moment("proposed_at", "When it was proposed"),
    moment("expires_at", "Until when it may be decided and applied"),
    moment("applied_at", "When it was read back as applied", nullable=True),
    json("outcome", "Verdict after the window: figures, forecast, noise band", nullable=True),
    changed_at(),
    one_of("kind", AdChangeKind),
    one_of("state", AdChangeState),
    Index(None, "brand", "state"),
    Index(None, "resource"),
    Index(None, "updated_at"),
    comment="Proposed and applied changes to ad accounts",
)
