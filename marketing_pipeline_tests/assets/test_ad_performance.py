"""The asset of ad facts, materialized against a served account."""

import os
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import dagster as dg
import pytest

from marketing_pipeline.assets.ad_performance import ad_costs_add_up, ad_facts_are_fresh, ad_performance
from marketing_pipeline.assets.partitions import partition_key
from marketing_pipeline.domain.brand import Brand
from marketing_pipeline.domain.clock import SteppedClock
from marketing_pipeline.domain.week import Week
from marketing_pipeline.sandbox.google_ads.faults import AdsFault, AdsFaultName
from marketing_pipeline.settings import Settings
from marketing_pipeline.workplace import Workplace
from marketing_pipeline_tests.fixtures import SHIPPED_BRANDS
from marketing_pipeline_tests.sandbox.google_ads.served import SMALL, Ads, serve

MONDAY = datetime(2026, 11, 16, 9, tzinfo=UTC)
WEEK = Week(MONDAY.date())


@pytest.fixture
def ads(brand: Brand, marketing_home: Path) -> Iterator[Ads]:
    assert brand.channels.google_ads is not None
    account = SMALL.model_copy(update={"customer_id": brand.channels.google_ads.customer_id})
    with serve(marketing_home, SteppedClock(MONDAY), account) as served:
        yield served


def workplace(**environ: str) -> Workplace:
    """The home of this test, its clock on Monday."""
    home = os.environ["MARKETING_HOME"]
    opened = Workplace.open(
        Settings.from_environment({"MARKETING_HOME": home, "MARKETING_BRANDS": str(SHIPPED_BRANDS), **environ})
    )
    opened.clock.start_stepped(MONDAY)
    return opened


def materialize(opened: Workplace, week: Week = WEEK) -> tuple[Mapping[str, Any], dict[str, bool]]:
    """Metadata of the asset and outcome of its checks."""
    [brand] = opened.brands
    with opened:
        done = dg.materialize(
            [ad_performance, ad_facts_are_fresh, ad_costs_add_up],
            partition_key=partition_key(brand, week),
            resources={"workplace": opened},
            raise_on_error=False,
        )
    checks = {found.check_name: found.passed for found in done.get_asset_check_evaluations()}
    [event] = done.get_asset_materialization_events() or [None]
    if event is None:
        failure = done.failure_data_for_node("ad_performance")
        assert failure is not None and failure.user_failure_data is not None
        return {"failed": failure.user_failure_data.description}, checks
    return {name: value.value for name, value in event.materialization.metadata.items()}, checks


def test_a_week_is_read_shown_and_published(ads: Ads) -> None:
    metadata, checks = materialize(workplace(), Week(MONDAY.date()).plus(-1))
    assert checks == {"ad_facts_are_fresh": True, "ad_costs_add_up": True}
    assert metadata["rows"] > 0 and metadata["operations"] == 13
    assert metadata["read"].endswith("to 2026-11-15, days of Europe/London")
    assert "£" in metadata["the week's campaigns"]
    assert metadata["snapshot"].endswith(".duckdb")


def test_a_failure_is_told_and_nothing_is_pretended(ads: Ads) -> None:
    ads.sandbox.order(AdsFault(name=AdsFaultName.DEVELOPER_TOKEN_INVALID))
    metadata, checks = materialize(workplace())
    assert "DEVELOPER_TOKEN_INVALID" in metadata["failed"]
    assert checks == {}


def test_switched_off_says_so() -> None:
    metadata, checks = materialize(workplace(MARKETING_GOOGLE_ADS_MODE="off"))
    assert metadata == {"google_ads": "switched off; nothing was read"}
    assert checks == {"ad_facts_are_fresh": True, "ad_costs_add_up": True}


def test_a_week_that_lies_ahead_is_not_read(ads: Ads) -> None:
    metadata, checks = materialize(workplace(), WEEK.plus(1))
    assert metadata["read"] == "nothing: no day of that week is over"
    assert checks["ad_facts_are_fresh"] is False
