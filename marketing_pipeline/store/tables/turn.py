"""Whose turn it is: the order in which brands with posts that are due are served."""

from sqlalchemy import BigInteger, Column, Index, Table

from marketing_pipeline.store.tables.columns import changed_at, identifier, metadata, moment, text

turns = Table(
    "turns",
    metadata,
    identifier("brand", "Brand id", primary_key=True),
    Column("number", BigInteger, nullable=False, comment="Rises with each claim of any brand; the lowest goes first"),
    moment("rests_until", "Until when the channel takes nothing from this brand's account", nullable=True),
    text("rest_reason", "What the channel said of it", nullable=True),
    changed_at(),
    Index(None, "number"),
    comment="Whose turn it is: brands with posts that are due, the one served longest ago first",
)
