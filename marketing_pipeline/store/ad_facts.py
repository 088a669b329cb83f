"""Facts of ad accounts in the warehouse: days are replaced whole, and every reading leaves a row."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum
from typing import TYPE_CHECKING, Any

from marketing_pipeline.domain.ad_change import CustomerId
from marketing_pipeline.domain.clock import aware
from marketing_pipeline.domain.identifiers import BrandId
from marketing_pipeline.domain.money import Currency
from marketing_pipeline.store.ad_schema import make_ad_tables
from marketing_pipeline.store.ad_staging import AdStaging, StagedPart
from marketing_pipeline.store.warehouse_port import WarehousePort
from marketing_pipeline.store.warehouse_schema import quoted

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

_BY_DAY = ("ad_metrics", "search_terms")
_DAY = timedelta(days=1)
_MEMORY = "192MB"
TURN = "ad_facts"
"""Whoever writes ad facts waits for the others who do."""


class CollectionOutcome(StrEnum):
    """What one reading of an account came to."""

    COLLECTED = "collected"
    FAILED = "failed"
    QUOTA_SPENT = "quota_spent"


@dataclass(frozen=True)
class AdCollection:
    """One reading of an account. `not_before`: no account is asked before it, since the daily quota is spent."""

    brand: BrandId
    customer_id: CustomerId
    read_at: datetime
    outcome: CollectionOutcome
    operations: int
    first_day: date | None = None
    last_day: date | None = None
    row_count: int = 0
    currency: Currency | None = None
    time_zone: str | None = None
    problem: str | None = None
    not_before: datetime | None = None


class AdFacts:
    """The ad tables of a warehouse. Everything raises what the warehouse does."""

    def __init__(self, warehouse: WarehousePort) -> None:
        self._warehouse = warehouse

    def replace(self, collection: AdCollection, staging: AdStaging) -> None:
        """Replace the account's days from `first_day` to `last_day`, and what stands in it, by what was staged.

        One transaction, together with the row of the collection: a killed process leaves the old days or the new.
        """
        whose = [collection.brand, collection.customer_id]

        def write(connection: "DuckDBPyConnection") -> None:
            # Beyond this a long transaction goes to disk, so that memory does not grow with the rows.
            connection.execute(f"SET memory_limit = '{_MEMORY}'; SET preserve_insertion_order = false")
            make_ad_tables(connection)
            for table in _BY_DAY:
                connection.execute(
                    f"DELETE FROM {table} WHERE brand = ? AND customer_id = ? AND day BETWEEN ? AND ?",  # noqa: S608
                    [*whose, collection.first_day, collection.last_day],
                )
            connection.execute("DELETE FROM ad_resources WHERE brand = ?", whose[:1])
            for part in staging.parts:
                _insert(connection, part, collection)
            _note(connection, collection)

        # Also brands take turns: of two that replace rows of one table at once, a lake takes only the first.
        self._warehouse.change(write, turn=TURN)

    def note(self, collection: AdCollection) -> None:
        """Write down a reading that replaced nothing."""

        def write(connection: "DuckDBPyConnection") -> None:
            make_ad_tables(connection)
            _note(connection, collection)

        self._warehouse.change(write, turn=TURN)

    def newest(
        self, brand: BrandId, customer_id: CustomerId, outcome: CollectionOutcome = CollectionOutcome.COLLECTED
    ) -> AdCollection | None:
        """The newest reading of an account with that outcome, by the last day that it reached."""
        rows = self._collections(
            "WHERE brand = ? AND customer_id = ? AND outcome = ?"
            " ORDER BY last_day DESC NULLS LAST, read_at DESC LIMIT 1",
            [brand, customer_id, str(outcome)],
        )
        return rows[0] if rows else None

    def latest(self, brand: BrandId) -> AdCollection | None:
        """The last reading of a brand's account, whatever came of it."""
        rows = self._collections("WHERE brand = ? ORDER BY read_at DESC LIMIT 1", [brand])
        return rows[0] if rows else None

    def quota_returns(self, now: datetime) -> datetime | None:
        """When Google Ads may be asked again, if the daily quota is spent, which all brands share."""
        rows = self._collections("WHERE not_before > ? ORDER BY not_before DESC LIMIT 1", [now])
        return rows[0].not_before if rows else None

    def operations_used(self, now: datetime) -> int:
        """Operations that collections used in the last 24 hours, of all brands."""
        rows = self._collections("WHERE read_at > ?", [now - _DAY])
        return sum(row.operations for row in rows)

    def rows(self, query: str, parameters: dict[str, Any]) -> list[dict[str, Any]]:
        """Rows of a query by column name; none where no account was ever read."""
        with self._warehouse.read() as connection:
            if not _is_there(connection):
                return []
            found = connection.execute(query, parameters)
            names = [column[0] for column in found.description]
            return [dict(zip(names, row, strict=True)) for row in found.fetchall()]

    def _collections(self, condition: str, parameters: list[Any]) -> list[AdCollection]:
        with self._warehouse.read() as connection:
            if not _is_there(connection):
                return []
            found = connection.execute(
                f"SELECT {', '.join(_COLUMNS)} FROM ad_collections {condition}",  # noqa: S608
                parameters,
            ).fetchall()
        return [_collection(dict(zip(_COLUMNS, row, strict=True))) for row in found]


_COLUMNS = tuple(AdCollection.__dataclass_fields__)


def _is_there(connection: "DuckDBPyConnection") -> bool:
    query = "SELECT 1 FROM duckdb_tables() WHERE table_name = 'ad_collections'"
    return connection.execute(query).fetchone() is not None


def _collection(row: dict[str, Any]) -> AdCollection:
    given: dict[str, Any] = {
        **row,
        "read_at": aware(row["read_at"]),
        "outcome": CollectionOutcome(row["outcome"]),
        "not_before": row["not_before"] and aware(row["not_before"]),
    }
    return AdCollection(**given)


def _note(connection: "DuckDBPyConnection", collection: AdCollection) -> None:
    # The same reading once, however often its transaction is begun.
    connection.execute(
        "DELETE FROM ad_collections WHERE brand = ? AND customer_id = ? AND read_at = ?"
        " AND first_day IS NOT DISTINCT FROM ?",
        [collection.brand, collection.customer_id, collection.read_at, collection.first_day],
    )
    values = [getattr(collection, name) for name in _COLUMNS]
    marks = ", ".join("?" for _ in _COLUMNS)
    connection.execute(
        f"INSERT INTO ad_collections ({', '.join(_COLUMNS)}) VALUES ({marks})",  # noqa: S608
        [str(value) if isinstance(value, CollectionOutcome) else value for value in values],
    )


def _insert(connection: "DuckDBPyConnection", part: StagedPart, collection: AdCollection) -> None:
    constants = {
        "brand": collection.brand,
        "customer_id": collection.customer_id,
        "currency": collection.currency,
        "fetched_at": collection.read_at,
        **part.constants,
    }
    given = ", ".join(f"${name} AS {quoted(name)}" for name in constants)
    with part.reader() as reader:
        # DuckDB casts the date, which comes as text.
        connection.register("staged", reader)
        connection.execute(
            f"INSERT INTO {part.table} BY NAME SELECT {given}, * FROM staged",  # noqa: S608
            constants,
        )
        connection.unregister("staged")
