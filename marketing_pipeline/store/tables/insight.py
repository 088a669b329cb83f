"""What channels report about posts."""

from sqlalchemy import Column, Float, ForeignKey, Index, Integer, String, Table

from marketing_pipeline.domain.metrics import METRICS, SnapshotAge
from marketing_pipeline.store.tables.columns import changed_at, identifier, json, metadata, moment, one_of

insight_snapshots = Table(
    "insight_snapshots",
    metadata,
    Column("post", String(96), ForeignKey("posts.id"), primary_key=True, comment="Post id"),
    identifier("age", "1h, 24h, 72h or 7d", primary_key=True),
    identifier("brand", "Brand id"),
    identifier("media_id", "Instagram's id of the post"),
    moment("taken_at", "When it was read"),
    Column("age_hours", Float, nullable=False, comment="Hours since publishing when it was read"),
    *(Column(name, Integer, nullable=True, comment=f"{name}; empty when Instagram gave none") for name in METRICS),
    json("missing", "Metrics that were not given, with the reason"),
    changed_at(),
    one_of("age", SnapshotAge),
    Index(None, "updated_at"),
    comment="Insights of posts at set ages; absent is not zero",
)
