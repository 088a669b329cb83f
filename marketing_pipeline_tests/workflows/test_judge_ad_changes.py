"""Applied changes get their verdict once their window is over, and not before."""

from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from marketing_pipeline.domain.ad_change import AdChangeState
from marketing_pipeline.domain.ad_figures import TermDay
from marketing_pipeline.domain.brand import Brand
from marketing_pipeline.domain.clock import SteppedClock
from marketing_pipeline.domain.week import Week
from marketing_pipeline.store.ad_changes import AdChanges
from marketing_pipeline.store.database import Database
from marketing_pipeline.workflows.brand_week import BrandWeek
from marketing_pipeline.workflows.judge_ad_changes import judge_ad_changes
from marketing_pipeline_tests.domain.ad_accounts import TODAY, account
from marketing_pipeline_tests.fixtures import NOW, AuditNotes
from marketing_pipeline_tests.workflows.test_propose_ad_changes import proposal, with_policy


def _wasting(until_back: int, cost: int) -> tuple[TermDay, ...]:
    common: dict[str, Any] = {"campaign": 1, "ad_group": 11, "term": "art prints jobs", "impressions": 100}
    return tuple(
        TermDay(**common, clicks=10, cost_micros=cost + back % 3, conversions=0.0, day=TODAY - timedelta(days=back))
        for back in range(60, until_back, -1)
    )


@pytest.mark.parametrize(
    ("ago", "state"), [(25, AdChangeState.IMPROVED), (20, AdChangeState.APPLIED)], ids=["window over", "too early"]
)
def test_a_negative_keyword_that_ended_the_waste_improved(
    database: Database, brand: Brand, ago: int, state: AdChangeState
) -> None:
    changes, notes = AdChanges(database, AuditNotes()), AuditNotes()
    changes.record([proposal(brand, id="one")])
    for to in (AdChangeState.APPROVED, AdChangeState.APPLYING):
        changes.move("one", to, reason="test", actor="test")
    applied = datetime(TODAY.year, TODAY.month, TODAY.day, 12, tzinfo=UTC) - timedelta(days=ago)
    changes.move("one", AdChangeState.APPLIED, reason="test", actor="test", applied_at=applied)
    work = BrandWeek(with_policy(brand), Week.parse("2026-11-16"), database, notes, SteppedClock(NOW))
    judge_ad_changes(work, account(term_days=_wasting(ago, 8_000_000)), ZoneInfo("Europe/London"))
    assert changes.get("one").state is state
    assert notes.actions == (["ad_change.improved"] if state is AdChangeState.IMPROVED else [])
