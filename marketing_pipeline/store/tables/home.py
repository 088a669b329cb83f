"""The home: the one world that it belongs to."""

from sqlalchemy import Column, Integer, Table

from marketing_pipeline.store.tables.columns import metadata, moment, text

home = Table(
    "home",
    metadata,
    Column("id", Integer, primary_key=True, comment="Always 1"),
    text("world", "World this home belongs to: sandbox:<seed>, live, or a mix per channel; never changes"),
    moment("created_at", "When the home was made"),
    comment="The one world that this home directory belongs to",
)
