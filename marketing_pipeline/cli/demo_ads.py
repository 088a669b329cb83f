"""The ad account in the demo: reviewed on the Monday of the last past week, and once more at the end of the story.

Of that Monday's proposals the demo's operator approves one and rejects one; the others are left alone until their time
is over. What was done is read from the stores and from Dagster's history, so a killed demo goes on where it was.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, time
from functools import cached_property
from typing import TYPE_CHECKING

from marketing_pipeline.cli.dagster_home import JobRun, has_succeeded
from marketing_pipeline.domain.ad_change import AdChangeKind, AdChangeState
from marketing_pipeline.domain.approval import Decision
from marketing_pipeline.domain.brand import Brand
from marketing_pipeline.domain.week import Week
from marketing_pipeline.store.ad_change_row import AdChange, next_lapse_at
from marketing_pipeline.store.ad_changes import AdChanges
from marketing_pipeline.workplace import Workplace

if TYPE_CHECKING:
    from dagster import DagsterInstance

    from marketing_pipeline.store.ad_effect_rows import ReadyAdEffect

OPERATOR = "demo operator"
REVIEW_AT = time(6, 35)
"""When the schedule `ads_review` asks for it, by the brand's own clock."""
_NOTES = {
    Decision.APPROVE: "the others make more of the money",
    Decision.REJECT: "not yet: another week of figures first",
}


@dataclass(frozen=True)
class DemoAds:
    """What falls due for one brand's ad account. Without an account, or without the extra `ads`, nothing does."""

    workplace: Workplace
    brand: Brand
    week: Week
    instance: "DagsterInstance"
    _tried: set[str] = field(default_factory=set[str])

    def next_moment(self) -> datetime | None:
        """When something is to be done next: a review, a change that is approved, a proposal whose time is over."""
        with self.workplace.database.read() as connection:
            moments = [next_lapse_at(connection)]
        if self._ready() is not None:
            moments.append(self.workplace.clock.now())
        if self._unreviewed(self.week.monday):
            moments.append(self._review_moment)
        return min((moment for moment in moments if moment is not None), default=None)

    def due(self) -> Iterator[JobRun]:
        """What is to be run now."""
        if self._review_moment <= self.workplace.clock.now() and self._unreviewed(self.week.monday):
            yield self._review(self.week, self.week.monday)
        yield from self._approved()

    def due_today(self) -> Iterator[JobRun]:
        """What is to be run at the end of the story, so that there is something to decide on: today's review."""
        today = self.workplace.clock.now().astimezone(self.brand.zone).date()
        if self._unreviewed(today):
            yield self._review(Week.containing(self.workplace.clock.now(), self.brand.zone), today)
        yield from self._approved()

    def decide(self) -> None:
        """Approve one of the week's proposals, a budget change where there is one, and reject another."""
        for decision in (Decision.APPROVE, Decision.REJECT):
            changes, now = changes_of_week(self.workplace, self.brand, self.week), self.workplace.clock.now()
            waiting = [
                item for item in changes if item.state is AdChangeState.AWAITING_APPROVAL and item.expires_at > now
            ]
            if not waiting or self._has_decided(changes, decision):
                continue
            chosen = min(waiting, key=boldness) if decision is Decision.APPROVE else max(waiting, key=boldness)
            self.workplace.ads.decide(
                chosen.id,
                decision,
                actor=OPERATOR,
                source="cli",
                note=_NOTES[decision],
                fingerprint=chosen.fingerprint,
            )

    @cached_property
    def _advertises(self) -> bool:
        return self.brand.brand_id in [brand.brand_id for brand in self.workplace.ads.advertisers()]

    @property
    def _review_moment(self) -> datetime:
        return review_moment(self.brand, self.week)

    def _unreviewed(self, day: date) -> bool:
        return self._advertises and not has_succeeded(self.instance, "daily_ads", self._key(day))

    def _review(self, week: Week, day: date) -> JobRun:
        from marketing_pipeline.assets.partitions import partition_key

        return JobRun("daily_ads", partition_key(self.brand.brand_id, week), self._key(day))

    def _key(self, day: date) -> str:
        return f"ads:{self.brand.id}:{day.isoformat()}"

    def _ready(self) -> "ReadyAdEffect | None":
        """An approved change to be applied. What is refused, by a cool-down for instance, is not tried each hour."""
        return next((found for found in self.workplace.ads.ready() if found.effect not in self._tried), None)

    def _approved(self) -> Iterator[JobRun]:
        from marketing_pipeline.assets.ad_changes_applied import AD_CHANGE

        while (found := self._ready()) is not None:
            self._tried.add(found.effect)
            self.instance.add_dynamic_partitions(str(AD_CHANGE.name), [found.change])
            yield JobRun("apply_ad_change", found.change)

    def _has_decided(self, changes: Sequence[AdChange], decision: Decision) -> bool:
        with self.workplace.database.read() as connection:
            requests = [change.approval for change in changes if change.approval is not None]
            rows = [row for request in requests for row in self.workplace.approvals.rows_of(connection, request)]
        return any(row.actor == OPERATOR and row.decision is decision for row in rows)


def review_moment(brand: Brand, week: Week) -> datetime:
    """When the demo reviews the ad account: on the Monday of a week."""
    return week.moment(0, REVIEW_AT, brand.zone)


def changes_of_week(workplace: Workplace, brand: Brand, week: Week) -> tuple[AdChange, ...]:
    """The ad changes that were proposed in a week, oldest first."""
    return AdChanges(workplace.database, workplace.audit).of_week(brand.brand_id, week.key)


def boldness(change: AdChange) -> tuple[bool, int, str]:
    """To sort by: budgets first, and of these the largest cut, which no cap on raises and sums ever stops."""
    payload = change.payload
    if payload.change_kind is not AdChangeKind.SET_BUDGET:
        return True, 0, change.id
    return False, int(payload.after) - int(payload.before), change.id
