"""Ad facts of one machine brought to the lake: what it lacks, once, and nothing of its own is touched."""

import shutil
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import duckdb
import pytest

from marketing_pipeline.domain.identifiers import BrandId
from marketing_pipeline.operations.ad_facts_carried import CarriedTable, carry_ad_facts, readings_left
from marketing_pipeline.store.ad_facts import AdCollection, AdFacts, CollectionOutcome
from marketing_pipeline.store.ad_schema import AD_TABLES
from marketing_pipeline.store.ad_staging import ad_staging
from marketing_pipeline.store.database import Database
from marketing_pipeline.store.lake import Lake
from marketing_pipeline.store.lake_mirror import publish_lake
from marketing_pipeline.store.warehouse import Warehouse, WarehouseBusy
from marketing_pipeline.store.warehouse_port import WarehousePort
from marketing_pipeline.store.warehouse_world import WarehouseOfAnotherWorld
from marketing_pipeline_tests.postgres_server import PostgresServer
from marketing_pipeline_tests.store.lakes import lake_in
from marketing_pipeline_tests.store.test_ad_facts import MONDAY, NOW, READ, page

DAY = timedelta(days=1)
BAKERY = replace(READ, brand=BrandId("bakery"), customer_id="555")


@pytest.fixture(scope="module")
def shared(postgres: PostgresServer, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Lake]:
    """One lake for all tests here."""
    with lake_in(tmp_path_factory.mktemp("lake") / "warehouse", postgres) as lake:
        yield lake


@pytest.fixture
def lake(shared: Lake) -> Lake:
    """A lake that nobody has written to."""
    with shared.write() as connection:
        for name in (*AD_TABLES, "home"):
            connection.execute(f"DROP TABLE IF EXISTS {name}")
    return shared


@pytest.fixture(scope="module")
def kept(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Two weeks of one account and one of another, with all tables filled."""
    made = Warehouse(tmp_path_factory.mktemp("kept") / "warehouse")
    read(made, READ, 5, 7, day=MONDAY)
    read(made, _week_later(READ), 9, day=MONDAY + 7 * DAY)
    read(made, BAKERY, 11, day=MONDAY)
    return made.folder


@pytest.fixture
def warehouse(kept: Path, tmp_path: Path) -> Warehouse:
    """The file of this machine."""
    shutil.copytree(kept, tmp_path / "warehouse")
    return Warehouse(tmp_path / "warehouse")


def _week_later(collection: AdCollection) -> AdCollection:
    first = MONDAY + 7 * DAY
    return replace(collection, read_at=NOW + 7 * DAY, first_day=first, last_day=first + 6 * DAY)


def read(warehouse: WarehousePort, collection: AdCollection, *costs: int, day: date) -> None:
    """Collect an account: costs of a day, the first as a search term's too, and what stands there."""
    with ad_staging(warehouse.folder) as staging:
        staging.keep("ad_metrics", {"level": "campaign"}, iter([page(*costs, day=day)]))
        staging.keep("search_terms", {"search_term": "tea"}, iter([page(costs[0], day=day)]))
        staging.keep("ad_resources", {"kind": "campaign"}, iter([page(*costs).select(["campaign_id"])]))
        AdFacts(warehouse).replace(collection, staging)


def content(warehouse: WarehousePort) -> dict[str, list[tuple[Any, ...]]]:
    """Every row of ad facts."""
    with warehouse.read() as connection:
        return {name: connection.execute(f"FROM {name} ORDER BY ALL").fetchall() for name in AD_TABLES}


def rows(carried: tuple[CarriedTable, ...]) -> list[int]:
    return [each.rows for each in carried]


def test_an_empty_lake_gets_everything_once(database: Database, warehouse: Warehouse, lake: Lake) -> None:
    before = content(warehouse)
    assert readings_left(warehouse, lake) == 3
    carried = carry_ad_facts(database, warehouse, lake)
    assert [(each.name, each.rows, each.in_lake) for each in carried] == [
        (name, len(before[name]), len(before[name])) for name in AD_TABLES
    ]
    assert content(lake) == content(warehouse) == before
    assert readings_left(warehouse, lake) == 0
    version = lake.version()
    assert rows(carry_ad_facts(database, warehouse, lake)) == [0, 0, 0, 0]
    assert (content(lake), lake.version()) == (before, version), "nothing is written where nothing is lacking"
    newest = AdFacts(lake).newest(READ.brand, READ.customer_id)
    assert newest == _week_later(READ), "the next collection goes on where the last one ended"


def test_what_the_lake_has_read_itself_stays(database: Database, warehouse: Warehouse, lake: Lake) -> None:
    """It read the second week of one account anew, and failed with the other."""
    own = replace(_week_later(READ), read_at=NOW + 8 * DAY)
    read(lake, own, 90, day=MONDAY + 7 * DAY)
    AdFacts(lake).note(
        replace(BAKERY, read_at=NOW + 8 * DAY, outcome=CollectionOutcome.FAILED, first_day=None, last_day=None)
    )
    assert readings_left(warehouse, lake) == 3
    carried = carry_ad_facts(database, warehouse, lake)
    assert rows(carried) == [3, 2, 1, 3]
    facts = AdFacts(lake).rows("SELECT brand, day, cost_micros FROM ad_metrics ORDER BY ALL", {})
    assert [(row["brand"], row["day"], row["cost_micros"]) for row in facts] == [
        ("bakery", MONDAY, 11),
        ("tea_room", MONDAY, 5),
        ("tea_room", MONDAY, 7),
        ("tea_room", MONDAY + 7 * DAY, 90),
    ]
    assert rows(carry_ad_facts(database, warehouse, lake)) == [0, 0, 0, 0]


def test_a_rehearsal_takes_it_back(database: Database, warehouse: Warehouse, lake: Lake) -> None:
    carried = carry_ad_facts(database, warehouse, lake, rehearsal=True)
    assert rows(carried) == [4, 3, 2, 3]
    assert readings_left(warehouse, lake) == 3
    with lake.read() as connection:
        there = connection.execute("SELECT 1 FROM duckdb_tables() WHERE list_contains(?, table_name)", [AD_TABLES])
        assert there.fetchall() == []


def test_snapshots_of_this_machine_show_them(database: Database, warehouse: Warehouse, lake: Lake) -> None:
    AdFacts(lake).note(replace(READ, brand=BrandId("other"), read_at=NOW + 9 * DAY, first_day=None, last_day=None))
    publish_lake(lake)
    carry_ad_facts(database, warehouse, lake)
    with duckdb.connect(publish_lake(lake), read_only=True) as snapshot:
        assert snapshot.execute("SELECT sum(cost_micros) FROM ad_metrics").fetchone() == (32,)


def test_a_file_of_an_older_version_lacks_columns(database: Database, warehouse: Warehouse, lake: Lake) -> None:
    with warehouse.write() as connection:
        connection.execute("ALTER TABLE ad_resources DROP COLUMN target_roas; DROP TABLE search_terms")
    assert rows(carry_ad_facts(database, warehouse, lake)) == [4, 2, 3]
    assert len(content(lake)["ad_resources"]) == 2


def without_a_file(warehouse: Warehouse) -> None:
    warehouse.path.unlink()


def without_ad_facts(warehouse: Warehouse) -> None:
    without_a_file(warehouse)
    with warehouse.write() as connection:
        connection.execute("CREATE TABLE posts (id INT)")


@pytest.mark.parametrize("bare", [without_a_file, without_ad_facts])
def test_nothing_to_carry(
    database: Database, warehouse: Warehouse, lake: Lake, bare: Callable[[Warehouse], None]
) -> None:
    bare(warehouse)
    assert carry_ad_facts(database, warehouse, lake) == ()
    assert readings_left(warehouse, lake) == 0


def test_a_lake_of_another_world_is_refused(database: Database, warehouse: Warehouse, lake: Lake) -> None:
    with lake.write() as connection:
        connection.execute("CREATE TABLE home AS SELECT 'live' AS world")
    with pytest.raises(WarehouseOfAnotherWorld):
        carry_ad_facts(database, warehouse, lake)
    assert readings_left(warehouse, lake) == 3


def test_it_waits_for_who_collects(database: Database, warehouse: Warehouse, lake: Lake) -> None:
    hasty = Lake(lake.place, lake.folder, patience_s=0.05)
    with lake.alone("ad_facts"), pytest.raises(WarehouseBusy, match="ad_facts"):
        carry_ad_facts(database, warehouse, hasty)
    hasty.close()
