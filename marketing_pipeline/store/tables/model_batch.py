"""Model calls that are handed over in batches."""

from sqlalchemy import Column, ForeignKey, Index, Integer, String, Table

from marketing_pipeline.domain.model_batch import BatchState
from marketing_pipeline.store.tables.columns import changed_at, identifier, metadata, moment, one_of, text

model_batches = Table(
    "model_batches",
    metadata,
    identifier("id", "Batch id", primary_key=True),
    identifier("provider_id", "The provider's id of the batch", nullable=True),
    identifier("brand", "Brand id"),
    identifier("week", "Monday of the week that it was made for"),
    identifier("state", "submitting, submitted or ended"),
    Column("calls", Integer, nullable=False, comment="Model calls in it"),
    moment("started_at", "When it was handed over"),
    moment("needed_by", "When it is cancelled, and what it lacks asked for directly"),
    moment("ended_at", "When its results were read", nullable=True),
    changed_at(),
    one_of("state", BatchState),
    Index(None, "brand", "week", "state"),
    Index(None, "state", "started_at"),
    Index(None, "updated_at"),
    comment="Batches of model calls: handed over at once, answered within a day",
)

model_batch_items = Table(
    "model_batch_items",
    metadata,
    identifier("question", "Hash of the question and its subject", primary_key=True),
    identifier("call", "Model call id"),
    Column("batch", String(96), ForeignKey("model_batches.id"), nullable=False, comment="Batch id"),
    text("result", "What the provider answered, as JSON", nullable=True),
    Index(None, "batch"),
    comment="Questions in batches: asked again after a kill, they find their answer rather than be paid for twice",
)
