"""`marketing ads` tells what became of applied changes: forecast against seen, or who overwrote them."""

from datetime import date
from pathlib import Path

import pytest

from marketing_pipeline.domain.ad_change import AdChangeState
from marketing_pipeline.domain.ad_outcome import AdOutcome, inconclusive
from marketing_pipeline.domain.ad_overwrite import Overwrite
from marketing_pipeline.store.ad_change_row import AdChange
from marketing_pipeline.store.ad_changes import AdChanges
from marketing_pipeline_tests.cli.command_line import Run
from marketing_pipeline_tests.cli.office import Office, write_brand
from marketing_pipeline_tests.execution.ad_desk import AdDesk, MemoryAds, ad_brand

IMPROVED = AdOutcome(verdict=AdChangeState.IMPROVED, effect=4.25, low=1.5, high=7, days=14, why="as good as forecast")
WHY = "overwritten on 2026-11-20 by bo@shop.example: 24.00 → 9.00 GBP"
OVERWRITTEN = inconclusive(
    WHY, overwritten=Overwrite(day=date(2026, 11, 20), by="bo@shop.example", before="24000000", after="9000000")
)


@pytest.fixture
def applied(office: Office, brands: Path) -> AdChange:
    """A budget of the tea room's account, raised from 20 to 24 pounds."""
    brand = ad_brand()
    channels, policies = brand.channels.model_dump(mode="json"), brand.policies.model_dump(mode="json")
    write_brand(brands, channels=channels, policies=policies)
    desk = AdDesk(office.work.database, office.work.clock, MemoryAds(office.work.clock), brand)
    desk.plane = office.work.plane
    desk.ledger, desk.decisions = desk.plane.ad_ledger, desk.plane.ad_decisions
    change = desk.approved()
    desk.executor().apply(change.id)
    return desk.change(change.id)


@pytest.mark.parametrize(
    ("outcome", "told"),
    [
        (IMPROVED, ("+4.25 conversions (+1.50 to +7.00 conversions) in 14 days", "as good as forecast")),
        (OVERWRITTEN, (WHY,)),
    ],
    ids=["improved", "overwritten"],
)
def test_a_verdict_is_listed_and_shown(
    applied: AdChange, office: Office, run: Run, outcome: AdOutcome, told: tuple[str, ...]
) -> None:
    before = run("ads", "show", applied.id).words
    assert "+3.00 conversions in 14 days (+1.00 to +5.00 conversions)" in before and "verdict" not in before
    changes = AdChanges(office.work.database, office.work.audit)
    stored = outcome.model_dump(mode="json")
    changes.move(applied.id, outcome.verdict, reason=outcome.why, actor="test", outcome=stored)
    shown = run("ads", "show", applied.id).words
    assert all(words in shown for words in told) and f"{outcome.verdict}: {outcome.why}" in shown
    assert told[0] in run("ads", "list").words
    [listed] = run("ads", "list", "--state", str(outcome.verdict), "--json").json
    assert listed["outcome"] == stored == run("ads", "show", applied.id, "--json").json["outcome"]
