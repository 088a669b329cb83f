"""What posts achieved, read from the warehouse: the rows that learning starts from."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from itertools import groupby
from typing import Any

from marketing_pipeline.domain.clock import aware
from marketing_pipeline.domain.identifiers import BrandId
from marketing_pipeline.domain.metrics import EarlyFigures, PostPerformance
from marketing_pipeline.store.database import Database
from marketing_pipeline.store.projections import is_filled, project
from marketing_pipeline.store.warehouse_port import WarehousePort

_SNAPSHOTS = """
    WITH newest AS (
        SELECT post FROM post_metrics
        WHERE brand = $brand AND published_at >= $since AND published_at < $until AND taken_at <= $until
        GROUP BY post ORDER BY max(published_at) DESC, post DESC LIMIT $most
    )
    SELECT post, brand, week, published_at, pillar, format, hook, slot, age, age_hours, reach, views, likes, comments,
        saved, shares, topic, coalesce(hook_line, '') AS hook_line
    FROM post_metrics SEMI JOIN newest USING (post)
    WHERE brand = $brand AND taken_at <= $until
    ORDER BY published_at, post, reach IS NOT NULL DESC, list_position(['1h', '24h', '72h', '7d'], age) DESC
"""
"""Snapshots of each of the newest posts, the one that says most first."""


class WarehousePerformance:
    """A domain `PerformanceReader`. Reads what was last projected; project after collecting, or it sees nothing new."""

    def __init__(self, database: Database, warehouse: WarehousePort) -> None:
        self._database = database
        self._warehouse = warehouse

    def performance(
        self, brand: BrandId, until: datetime, days: int = 90, most: int | None = None
    ) -> Sequence[PostPerformance]:
        """Posts published in the `days` before `until`, each with its newest snapshot taken by then, oldest first.

        Of more than `most` only the newest. A warehouse that was deleted, or made by another version of the program,
        is filled first: a missing file must not read as 'nothing was ever published'. Raises what Warehouse and
        Database do.
        """
        parameters = {"brand": brand, "since": aware(until) - timedelta(days=days), "until": aware(until), "most": most}
        with self._warehouse.read() as connection:
            filled = is_filled(connection)
        if not filled:
            project(self._database, self._warehouse)
        with self._warehouse.read() as connection:
            found = connection.execute(_SNAPSHOTS, parameters)
            names = [column[0] for column in found.description]
            rows = [dict(zip(names, row, strict=True)) for row in found.fetchall()]
        return tuple(_performance(list(group)) for _, group in groupby(rows, key=lambda row: row["post"]))


def _performance(snapshots: list[dict[str, Any]]) -> PostPerformance:
    newest, *earlier = snapshots
    return PostPerformance.model_validate(
        {
            **newest,
            "published_at": aware(newest["published_at"]),
            "earlier": [{name: row[name] for name in EarlyFigures.model_fields} for row in earlier],
        }
    )
