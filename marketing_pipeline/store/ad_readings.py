"""When each ad account was last read, from the published snapshot: a look there waits for nobody."""

from datetime import datetime
from pathlib import Path

from marketing_pipeline.domain.clock import aware
from marketing_pipeline.domain.identifiers import BrandId
from marketing_pipeline.store.snapshots import newest_snapshot

_NEWEST = "SELECT brand, max(read_at) FROM ad_collections WHERE outcome = 'collected' GROUP BY brand"
_IS_THERE = "SELECT 1 FROM duckdb_tables() WHERE table_name = 'ad_collections'"


def ad_readings(warehouse: Path) -> dict[BrandId, datetime]:
    """The last successful reading of each brand's account; empty before the first. Raises duckdb.Error."""
    snapshot = newest_snapshot(warehouse)
    if snapshot is None:
        return {}
    import duckdb

    with duckdb.connect(str(snapshot), read_only=True) as connection:
        connection.execute("SET TimeZone = 'UTC'")
        if connection.execute(_IS_THERE).fetchone() is None:
            return {}
        return {BrandId(brand): aware(read) for brand, read in connection.execute(_NEWEST).fetchall()}
