"""Ad facts in the warehouse: replaced whole, or not at all."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pyarrow as pa
import pytest

from marketing_pipeline.domain.identifiers import BrandId
from marketing_pipeline.store.ad_facts import AdCollection, AdFacts, CollectionOutcome
from marketing_pipeline.store.ad_staging import ad_staging
from marketing_pipeline.store.warehouse import Warehouse
from marketing_pipeline.store.warehouse_port import WarehousePort
from marketing_pipeline_tests.store.lakes import lake_in

NOW = datetime(2026, 11, 16, 9, tzinfo=UTC)
MONDAY = date(2026, 11, 9)
READ = AdCollection(
    brand=BrandId("tea_room"),
    customer_id="1234567890",
    read_at=NOW,
    outcome=CollectionOutcome.COLLECTED,
    operations=13,
    first_day=MONDAY,
    last_day=MONDAY + timedelta(days=6),
    currency="GBP",
    time_zone="Europe/London",
)


@pytest.fixture(params=["file", "lake"])
def warehouse(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[WarehousePort]:
    if request.param == "file":
        yield Warehouse(tmp_path / "warehouse")
        return
    with lake_in(tmp_path / "warehouse", request.getfixturevalue("postgres")) as lake:
        yield lake


@pytest.fixture
def facts(warehouse: WarehousePort) -> AdFacts:
    return AdFacts(warehouse)


def page(*costs: int, day: date = MONDAY) -> pa.Table:
    """Campaign-days, the date as text, as pages give it."""
    return pa.table({"campaign_id": list(range(len(costs))), "day": [str(day)] * len(costs), "cost_micros": costs})


def write(warehouse: WarehousePort, facts: AdFacts, collection: AdCollection, *pages: pa.Table) -> None:
    """Stage pages of campaign-days, and replace."""
    with ad_staging(warehouse.folder) as staging:
        staging.keep("ad_metrics", {"level": "campaign"}, iter(pages))
        facts.replace(collection, staging)


def costs(facts: AdFacts) -> list[int]:
    return [row["cost_micros"] for row in facts.rows("SELECT cost_micros FROM ad_metrics ORDER BY ALL", {})]


def test_a_warehouse_without_facts_is_empty_and_no_error(facts: AdFacts) -> None:
    assert facts.rows("SELECT * FROM ad_metrics", {}) == []
    assert facts.newest(READ.brand, READ.customer_id) is None
    assert facts.latest(READ.brand) is None
    assert (facts.quota_returns(NOW), facts.operations_used(NOW)) == (None, 0)


def test_pages_become_typed_rows_with_whose_they_are(warehouse: WarehousePort, facts: AdFacts) -> None:
    write(warehouse, facts, READ, page(5, 7), page(9))
    rows = facts.rows("SELECT * FROM ad_metrics ORDER BY cost_micros", {})
    assert [row["cost_micros"] for row in rows] == [5, 7, 9]
    assert {(row["brand"], row["customer_id"], row["level"], row["currency"], row["day"]) for row in rows} == {
        ("tea_room", "1234567890", "campaign", "GBP", MONDAY)
    }
    assert rows[0]["clicks"] is None and rows[0]["fetched_at"] == NOW


def test_only_the_days_of_this_account_are_replaced(warehouse: WarehousePort, facts: AdFacts) -> None:
    other = replace(READ, brand=BrandId("bakery"), customer_id="2234567890")
    earlier = replace(READ, first_day=MONDAY - timedelta(days=7), last_day=MONDAY - timedelta(days=1))
    write(warehouse, facts, other, page(1))
    write(warehouse, facts, earlier, page(2, day=MONDAY - timedelta(days=1)))
    write(warehouse, facts, READ, page(3, 4))
    write(warehouse, facts, READ, page(30))
    assert costs(facts) == [1, 2, 30]


def test_a_day_that_became_empty_is_emptied(warehouse: WarehousePort, facts: AdFacts) -> None:
    write(warehouse, facts, READ, page(3))
    write(warehouse, facts, READ, page())
    assert costs(facts) == []


def test_a_part_that_does_not_fit_changes_nothing(warehouse: WarehousePort, facts: AdFacts) -> None:
    write(warehouse, facts, READ, page(3))
    wrong = pa.table({"campaign_id": [1], "day": ["not a day"], "cost_micros": [4]})
    with pytest.raises(Exception, match="not a day"):
        write(warehouse, facts, READ, page(5), wrong)
    assert costs(facts) == [3]
    assert len(facts.rows("SELECT * FROM ad_collections", {})) == 1


def test_an_answer_that_breaks_in_the_middle_is_not_kept(warehouse: WarehousePort, facts: AdFacts) -> None:
    def broken() -> Iterator[pa.Table]:
        yield page(1)
        raise ConnectionError("cut")

    with ad_staging(warehouse.folder) as staging:
        with pytest.raises(ConnectionError):
            staging.keep("ad_metrics", {"level": "campaign"}, broken())
        assert staging.parts == []
        assert staging.keep("ad_metrics", {"level": "campaign"}, iter([page(8)])) == 1
        facts.replace(READ, staging)
    assert costs(facts) == [8]
    assert list(warehouse.folder.glob("staging_*")) == []


def test_what_stands_in_the_account_is_that_of_the_last_reading(warehouse: WarehousePort, facts: AdFacts) -> None:
    for name in ("first", "second"):
        with ad_staging(warehouse.folder) as staging:
            staging.keep("ad_resources", {"kind": "ad"}, iter([pa.table({"item_id": [7]})]), {7: name})
            facts.replace(READ, staging)
    [row] = facts.rows("SELECT kind, item FROM ad_resources", {})
    assert row == {"kind": "ad", "item": "second"}


def test_collections_come_back_as_they_were(facts: AdFacts, warehouse: WarehousePort) -> None:
    write(warehouse, facts, READ, page(1))
    failed = AdCollection(
        READ.brand, READ.customer_id, NOW + timedelta(hours=1), CollectionOutcome.FAILED, 2, problem="x"
    )
    facts.note(failed)
    assert facts.newest(READ.brand, READ.customer_id) == READ
    assert facts.latest(READ.brand) == failed
    assert facts.operations_used(NOW + timedelta(hours=2)) == 15
    assert facts.operations_used(NOW + timedelta(hours=24, minutes=30)) == 2


def test_an_older_week_read_later_is_not_the_newest(facts: AdFacts, warehouse: WarehousePort) -> None:
    write(warehouse, facts, READ, page(1))
    write(warehouse, facts, replace(READ, first_day=date(2026, 9, 7), last_day=date(2026, 9, 13)), page())
    newest = facts.newest(READ.brand, READ.customer_id)
    assert newest is not None and newest.last_day == READ.last_day


def test_a_spent_quota_holds_for_every_brand_until_it_returns(facts: AdFacts) -> None:
    until = NOW + timedelta(hours=20)
    facts.note(replace(READ, outcome=CollectionOutcome.QUOTA_SPENT, not_before=until))
    assert facts.quota_returns(NOW) == until
    assert facts.quota_returns(until) is None
