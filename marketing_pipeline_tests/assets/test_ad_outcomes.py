"""Verdicts through Dagster and the genuine client: changes applied in the sandbox, time passed, a colleague at work."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import dagster as dg
import pytest

from marketing_pipeline.assets.ad_outcomes import ad_outcomes, applied_changes_are_judged
from marketing_pipeline.assets.ad_performance import ad_performance
from marketing_pipeline.assets.partitions import partition_key
from marketing_pipeline.domain.ad_change import AdChangeState
from marketing_pipeline.domain.brand import Brand
from marketing_pipeline.domain.week import Week
from marketing_pipeline.sandbox.google_ads.faults import AdsFault, AdsFaultName
from marketing_pipeline.settings import Settings
from marketing_pipeline.store.ad_change_row import AdChange
from marketing_pipeline.store.home import Home
from marketing_pipeline.workplace import Workplace
from marketing_pipeline_tests.execution.ad_desk import AdDesk, budget_change
from marketing_pipeline_tests.fixtures import SHIPPED_BRANDS
from marketing_pipeline_tests.sandbox.google_ads.served import SMALL, Ads, serve

START = datetime(2026, 10, 12, 9, tzinfo=UTC)
_A = AdChangeState


@dataclass
class Floor:
    """A served account, a desk that applies changes to it, and the asset."""

    ads: Ads
    desk: AdDesk
    place: Workplace

    def applied(self, place: int) -> AdChange:
        """A budget of the account raised by a tenth through gate and ledger."""
        customer = self.ads.sandbox.config.accounts[0].customer_id
        name, before = list(self.ads.budgets(customer).items())[place]
        after = before * 11 // 10 // 10_000 * 10_000
        made = self.desk.approved(budget_change(before, after, resource=name, customer_id=customer))
        self.desk.executor().apply(made.id)
        return self.desk.change(made.id)

    def materialize(self, *chosen: Any) -> tuple[Mapping[str, Any], bool]:
        """Metadata of ad_outcomes, and whether its check passed, on the present day, with the account read anew."""
        brand = self.desk.brand
        week = Week.containing(self.desk.clock.now(), brand.zone)
        done = dg.materialize(
            chosen or [ad_performance, ad_outcomes, applied_changes_are_judged],
            partition_key=partition_key(brand.brand_id, week),
            resources={"workplace": self.place},
        )
        [check] = done.get_asset_check_evaluations()
        [event] = done.asset_materializations_for_node("ad_outcomes")
        return {name: value.value for name, value in event.metadata.items()}, check.passed


@pytest.fixture
def floor(brand: Brand, marketing_home: Path) -> Iterator[Floor]:
    assert brand.channels.google_ads is not None
    account = SMALL.model_copy(update={"customer_id": brand.channels.google_ads.customer_id})
    home = Home(marketing_home)
    home.root.mkdir(parents=True)
    home.clock().start_stepped(START)
    environment = {"MARKETING_HOME": str(marketing_home), "MARKETING_BRANDS": str(SHIPPED_BRANDS)}
    with (
        serve(home.root, home.clock(), account) as ads,
        Workplace.open(Settings.from_environment(environment)) as place,
    ):
        desk = AdDesk(place.database, place.clock, place.ads.client(brand), place.brand(brand.brand_id))
        desk.plane = place.plane
        desk.ledger, desk.decisions = place.plane.ad_ledger, place.plane.ad_decisions
        yield Floor(ads, desk, place)


def test_changes_are_judged_shown_and_learnt_from(floor: Floor) -> None:
    kept, lost = floor.applied(0), floor.applied(1)
    floor.desk.clock.sleep(timedelta(days=5).total_seconds())
    floor.ads.sandbox.edit_elsewhere(lost.payload.resource, {"amount_micros": 9_000_000})
    floor.desk.clock.sleep(3600)
    metadata, passed = floor.materialize()
    overwritten = floor.desk.change(lost.id)
    assert (overwritten.state, floor.desk.change(kept.id).state) == (_A.INCONCLUSIVE, _A.APPLIED)
    assert "overwritten on 2026-10-17 by colleague@shop.example" in overwritten.state_reason
    assert passed and metadata["judged now"] == 1 and metadata["problem"] == "none"
    assert "colleague@shop.example" in metadata["verdicts"] and metadata["learnt"] == "*Nothing yet.*"

    floor.desk.clock.sleep(timedelta(days=17).total_seconds())
    metadata, passed = floor.materialize()
    judged = floor.desk.change(kept.id)
    assert passed and judged.outcome is not None and judged.outcome.effect is not None
    assert judged.state is judged.outcome.verdict and judged.outcome.days == 14
    assert judged.outcome.why in metadata["verdicts"] and kept.id in metadata["learnt"].replace("\\", "")
    assert metadata["snapshot"].endswith(".duckdb")

    metadata, _ = floor.materialize(ad_outcomes, applied_changes_are_judged)
    assert metadata["judged now"] == 0 and "snapshot" not in metadata


def test_an_account_whose_history_cannot_be_read_is_told_and_judged_the_next_day(floor: Floor) -> None:
    change = floor.applied(0)
    floor.desk.clock.sleep(timedelta(days=22).total_seconds())
    floor.place.ads.collect((floor.desk.brand,))
    floor.ads.sandbox.order(AdsFault(name=AdsFaultName.DEVELOPER_TOKEN_INVALID))
    metadata, passed = floor.materialize(ad_outcomes, applied_changes_are_judged)
    assert "DEVELOPER_TOKEN_INVALID" in metadata["problem"] and not passed
    assert floor.desk.change(change.id).state is _A.APPLIED
    metadata, passed = floor.materialize(ad_outcomes, applied_changes_are_judged)
    assert metadata["problem"] == "none" and passed
    assert floor.desk.change(change.id).outcome is not None


def test_a_brand_whose_account_was_never_read_has_nothing_to_judge(floor: Floor) -> None:
    metadata, passed = floor.materialize(ad_outcomes, applied_changes_are_judged)
    assert metadata == {"judged now": 0, "why": "no figures of an ad account have been read yet"} and passed
