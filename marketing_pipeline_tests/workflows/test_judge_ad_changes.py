"""Applied changes get their verdict once their window is over, or as soon as somebody else's value came over them."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from marketing_pipeline.domain.ad_change import AdChangeKind, AdChangeProposal, AdChangeState, ApplyAdChange
from marketing_pipeline.domain.ad_figures import CampaignDay, TermDay
from marketing_pipeline.domain.ad_platform import AdChangeEvent, AdFailureClass, AdPlatformFailure
from marketing_pipeline.domain.brand import Brand
from marketing_pipeline.domain.clock import SteppedClock
from marketing_pipeline.domain.week import Week
from marketing_pipeline.store.ad_changes import AdChanges
from marketing_pipeline.store.ad_learnings import latest_ad_learnings
from marketing_pipeline.store.database import Database
from marketing_pipeline.workflows.brand_week import BrandWeek
from marketing_pipeline.workflows.judge_ad_changes import judge_ad_changes
from marketing_pipeline.workflows.learn_from_ads import experience_of, learn_from_ads
from marketing_pipeline_tests.domain.ad_accounts import BUDGET, CUSTOMER, POLICY, TODAY, account
from marketing_pipeline_tests.domain.known_changes import raise_budget
from marketing_pipeline_tests.fixtures import AuditNotes
from marketing_pipeline_tests.workflows.test_propose_ad_changes import CANDIDATES, with_policy

LONDON = ZoneInfo("Europe/London")
NOW = datetime(TODAY.year, TODAY.month, TODAY.day, 9, tzinfo=UTC)
WEEK = Week.containing(NOW, LONDON)
_A = AdChangeState
MADE = {_A.APPLIED: (_A.AWAITING_APPROVAL, _A.APPROVED, _A.APPLYING, _A.APPLIED)}


class Edits:
    """An account's history and live values, in memory. `asked` says from when on each history was read."""

    def __init__(self, *edits: AdChangeEvent, live: str | None = "as set", fails: bool = False) -> None:
        self.told = edits
        self.live = live
        self.fails = fails
        self.asked: list[datetime] = []

    def edits(
        self, customer: str, changes: Sequence[ApplyAdChange], since: datetime
    ) -> tuple[tuple[AdChangeEvent, ...], ...]:
        if self.fails:
            raise AdPlatformFailure(AdFailureClass.RETRY, "The account did not answer.", "Wait.")
        self.asked.append(since)
        return tuple(self.told for _ in changes)

    def read_value(self, change: ApplyAdChange) -> str | None:
        return change.after if self.live == "as set" else self.live


class Desk:
    """One brand with a policy, and shortcuts to changes that were applied some days ago."""

    def __init__(self, database: Database, brand: Brand) -> None:
        self.notes = AuditNotes()
        self.changes = AdChanges(database, self.notes)
        self.work = BrandWeek(with_policy(brand), WEEK, database, self.notes, SteppedClock(NOW))
        self._database = database

    def applied(self, ago: float, payload: ApplyAdChange | None = None, **fields: Any) -> str:
        """A change that was applied so many days ago."""
        at = NOW - timedelta(days=ago)
        made = CANDIDATES[0].proposal(self.work.brand.brand_id, WEEK.key, "It never converts.", at, POLICY)
        made = AdChangeProposal.model_validate({**made.model_dump(), "payload": payload or made.payload, **fields})
        with self._database.write() as connection:
            self.changes.insert_within(connection, made, actor="test", detail={})
        for to in MADE[_A.APPLIED]:
            moment = {"applied_at": at} if to is _A.APPLIED else {}
            self.changes.move(made.id, to, reason="test", actor="test", **moment)
        return made.id

    def judge(self, platform: Edits | None = None, **rows: Any) -> dict[str, Any]:
        return dict(judge_ad_changes(self.work, account(**rows), LONDON, platform or Edits()))


@pytest.fixture
def desk(database: Database, brand: Brand) -> Desk:
    return Desk(database, brand)


def _wasting(until_back: int) -> tuple[TermDay, ...]:
    common: dict[str, Any] = {"campaign": 1, "ad_group": 11, "term": "art prints jobs", "impressions": 100}
    return tuple(
        TermDay(
            **common, clicks=10, cost_micros=8_000_000 + back % 3, conversions=0.0, day=TODAY - timedelta(days=back)
        )
        for back in range(60, until_back, -1)
    )


def _days(ago: int, conversions: float) -> tuple[CampaignDay, ...]:
    """Four conversions a day, and another figure since the change."""
    return tuple(
        CampaignDay(
            campaign=1,
            day=TODAY - timedelta(days=back),
            impressions=1000,
            clicks=50,
            cost_micros=40_000_000,
            conversions=(conversions if back < ago else 4.0) + (back % 3 - 1),
        )
        for back in range(90, 0, -1)
    )


def edit(ago: float, after: str | None, before: str | None = "48000000") -> AdChangeEvent:
    at = NOW - timedelta(days=ago)
    return AdChangeEvent(at=at, user="bo@shop.example", client_type="GOOGLE_ADS_WEB_CLIENT", before=before, after=after)


GAIN = {"metric": "conversions", "days": 14, "expected": 28, "low": 7, "high": 50}


@pytest.mark.parametrize(("ago", "state"), [(21, _A.IMPROVED), (20, _A.APPLIED)], ids=["window over", "too early"])
def test_a_negative_keyword_that_ended_the_waste_improved(desk: Desk, ago: int, state: AdChangeState) -> None:
    change = desk.applied(ago)
    desk.judge(term_days=_wasting(ago))
    found = desk.changes.get(change)
    assert found.state is state
    assert (found.outcome is not None and found.outcome.verdict is state) is (state is _A.IMPROVED)
    assert (f"ad_change.{_A.IMPROVED}" in desk.notes.actions) is (state is _A.IMPROVED)


@pytest.mark.parametrize(("conversions", "state"), [(8.0, _A.IMPROVED), (1.0, _A.WORSE), (4.0, _A.INCONCLUSIVE)])
def test_a_budget_is_judged_by_its_campaign(desk: Desk, conversions: float, state: AdChangeState) -> None:
    change = desk.applied(25, raise_budget(), forecast=GAIN)
    desk.judge(campaign_days=_days(25, conversions))
    assert desk.changes.get(change).state is state


@pytest.mark.parametrize("ago", [25, 3], ids=["window over", "at once"])
def test_what_somebody_else_set_is_not_blamed_on_the_change(desk: Desk, ago: int) -> None:
    change = desk.applied(ago, raise_budget(), forecast=GAIN)
    verdicts = desk.judge(Edits(edit(ago - 2, "9000000")), campaign_days=_days(ago, 0.0))
    day = (NOW - timedelta(days=ago - 2)).date()
    assert verdicts[change].why == f"overwritten on {day} by bo@shop.example: €48 → €9"
    found = desk.changes.get(change)
    assert (found.state, found.outcome) == (_A.INCONCLUSIVE, verdicts[change])
    assert found.outcome is not None and found.outcome.effect is None


def test_an_edit_after_the_window_leaves_the_verdict_alone(desk: Desk) -> None:
    change = desk.applied(25, raise_budget(), forecast=GAIN)
    desk.judge(Edits(edit(3, "9000000"), live="9000000"), campaign_days=_days(25, 8.0))
    assert desk.changes.get(change).state is _A.IMPROVED


def test_a_later_change_of_ours_ends_the_earlier_one_by_name(desk: Desk) -> None:
    first = desk.applied(25, raise_budget(40, 48), forecast=GAIN, id="first")
    second = desk.applied(15, raise_budget(48, 52), forecast=GAIN, id="second")
    verdicts = desk.judge(campaign_days=_days(25, 8.0))
    day = (NOW - timedelta(days=15)).date()
    assert verdicts[first].why == f"overwritten on {day} by our change second: €48 → €52"
    assert desk.changes.get(second).state is _A.APPLIED


@pytest.mark.parametrize("live", ["9000000", None], ids=["another value", "removed"])
def test_beyond_the_history_the_live_value_tells(desk: Desk, live: str | None) -> None:
    change = desk.applied(40, raise_budget(), forecast=GAIN)
    platform = Edits(live=live)
    verdicts = desk.judge(platform, campaign_days=_days(40, 8.0))
    assert verdicts[change].verdict is _A.INCONCLUSIVE
    assert "on a day that the change history does not tell" in verdicts[change].why
    assert platform.asked == [NOW - timedelta(days=29)]


def test_an_account_that_does_not_answer_leaves_everything_unjudged(desk: Desk) -> None:
    change = desk.applied(25, raise_budget(), forecast=GAIN)
    with pytest.raises(AdPlatformFailure):
        desk.judge(Edits(fails=True), campaign_days=_days(25, 8.0))
    assert desk.changes.get(change).state is _A.APPLIED


def test_nothing_is_judged_twice_and_nobody_is_asked_for_nothing(desk: Desk) -> None:
    desk.applied(25, raise_budget(), forecast=GAIN)
    assert len(desk.judge(campaign_days=_days(25, 8.0))) == 1
    platform = Edits()
    assert desk.judge(platform, campaign_days=_days(25, 8.0)) == {} and platform.asked == []


def test_without_a_policy_the_window_is_the_forecasts(desk: Desk, brand: Brand) -> None:
    change = desk.applied(12, raise_budget(), forecast={**GAIN, "days": 5})
    bare = BrandWeek(with_policy(brand, None), WEEK, desk.work.database, desk.notes, SteppedClock(NOW))
    verdicts = judge_ad_changes(bare, account(campaign_days=_days(12, 8.0)), LONDON, Edits())
    assert verdicts[change].days == 5


def test_an_account_without_conversions_is_inconclusive_with_the_reason(desk: Desk) -> None:
    nothing = tuple(
        CampaignDay(campaign=1, day=row.day, impressions=1, clicks=1, cost_micros=1, conversions=0.0)
        for row in _days(25, 0.0)
    )
    change = desk.applied(25, raise_budget(), forecast=GAIN)
    assert "none counted" in desk.judge(campaign_days=nothing)[change].why


def test_verdicts_are_learnt_from_and_block_what_was_worse(desk: Desk) -> None:
    for number in range(3):
        name = f"customers/{CUSTOMER}/campaignBudgets/{number + 5}"
        desk.applied(25, raise_budget(resource=name), forecast=GAIN, id=f"other{number}")
    worse = desk.applied(25, raise_budget(), forecast=GAIN, id="worse")
    desk.judge(campaign_days=_days(25, 0.5))
    [effect] = learn_from_ads(desk.work)
    assert (effect.level, effect.evidence) == ("raise_budget", ("worse",)), "the others have no campaign to be seen by"
    assert latest_ad_learnings(desk.work.database, desk.work.brand.brand_id, WEEK.key) == (effect,)
    experience = experience_of(desk.work, LONDON)
    assert (
        "was worse" in experience.blocked[BUDGET, "raise_budget", ""]
        and worse in experience.blocked[BUDGET, "raise_budget", ""]
    )
    assert {change.id for change in experience.verdicts} == {"worse", "other0", "other1", "other2"}


def test_rollbacks_and_what_is_long_ago_teach_nothing(desk: Desk) -> None:
    desk.applied(25, raise_budget(), forecast=GAIN, rolls_back="some-change")
    desk.judge(campaign_days=_days(25, 8.0))
    assert learn_from_ads(desk.work) == ()
    desk.applied(25, raise_budget(), forecast=GAIN, id="again")
    desk.judge(campaign_days=_days(25, 8.0))
    assert len(learn_from_ads(desk.work)) == 1
    clock = desk.work.clock
    assert isinstance(clock, SteppedClock)
    clock.sleep(180 * 86_400)
    assert learn_from_ads(desk.work) == ()
    assert experience_of(desk.work, LONDON).blocked == {}


def test_a_negative_keyword_that_was_taken_away_is_seen_live(desk: Desk) -> None:
    change = desk.applied(25)
    verdicts = desk.judge(Edits(live=""), term_days=_wasting(25))
    assert verdicts[change].why.endswith(": 'jobs' (phrase match) → nothing")
    assert desk.changes.get(change).payload.change_kind is AdChangeKind.ADD_NEGATIVE_KEYWORD
