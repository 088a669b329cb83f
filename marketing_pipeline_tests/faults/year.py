"""Weeks of operation for several brands in simulated time, under faults, with an operator who looks in once a day.

The real pipeline plans, writes, queues, publishes and measures; pictures are plain, since what is shown is that nothing
is lost. A crash ends a drain between two of its steps; an outage is hours in which nothing runs at all.
"""

import random
from collections.abc import Iterator
from contextlib import closing, suppress
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from marketing_pipeline.channels.media_host import MediaHost
from marketing_pipeline.domain.approval import ApprovalState, Decision
from marketing_pipeline.domain.brand import Brand
from marketing_pipeline.domain.effect import Effect, EffectState
from marketing_pipeline.domain.effect_kind import EffectKind
from marketing_pipeline.domain.errors import MarketingError
from marketing_pipeline.domain.identifiers import BrandId
from marketing_pipeline.domain.post import PostState
from marketing_pipeline.domain.week import Week
from marketing_pipeline.execution.drain import Executor
from marketing_pipeline.execution.steps import Step
from marketing_pipeline.store.decisions import AfterRejection
from marketing_pipeline.store.effect_rows import list_effects, next_due_at
from marketing_pipeline.store.insights import due_snapshots
from marketing_pipeline.workflows.collect_metrics import collect_metrics
from marketing_pipeline.workplace import Workplace
from marketing_pipeline.workplace.requeue import requeue
from marketing_pipeline_tests.end_to_end.company import FIRST_WEEK, Company

OPERATOR = "operator"
CHANCE_OF_FAULT, CHANCE_OF_CRASH, CHANCE_OF_OUTAGE = 0.3, 0.25, 0.01
LONGEST_OUTAGE_HOURS = 30
FAULTS: tuple[dict[str, Any], ...] = (
    {"name": "error", "operation": "publish", "code": 2, "subcode": None, "http_status": 500},
    {"name": "error", "operation": "create_container", "code": 4, "subcode": None, "http_status": 429},
    {"name": "error_after", "operation": "publish"},
    {"name": "drop_before", "operation": "publish"},
    {"name": "drop_after", "operation": "publish"},
    {"name": "drop_after", "operation": "create_container"},
    {"name": "late_commit", "seconds": 30},
    {"name": "half_json", "operation": "publish"},
    {"name": "html", "operation": "publish", "effect": True},
    {"name": "html", "operation": "publish", "effect": False},
    {"name": "container_unreadable", "times": 4},
    {"name": "container_stuck", "status": "EXPIRED"},
    {"name": "container_stuck", "status": "ERROR"},
    {"name": "token_expired"},
    {"name": "media_list_lag", "seconds": 90},
    {"name": "quota_total", "total": 0, "times": 2},
    {"name": "drop_before", "operation": "list_media", "times": 3},
    {"name": "drop_before", "operation": "media_insights", "times": 2},
)
MODEL_FAULTS = (
    "529",
    "500",
    "502",
    "half_json",
    "invalid_json",
    "wrong_shape",
    "off_the_rules",
    "truncated",
    "refusal",
)


class Crash(BaseException):
    """Ends the work as a killed process would: nothing that follows it is run."""


@dataclass
class Operation:
    """So many weeks of work for the brands of one workplace."""

    companies: tuple[Company, ...]
    weeks: int
    dice: random.Random
    counts: dict[str, int] = field(default_factory=lambda: dict.fromkeys(("crashes", "outages", "faults", "visits"), 0))
    _not_before: dict[BrandId, datetime] = field(default_factory=dict[BrandId, datetime])
    _made: dict[BrandId, int] = field(default_factory=dict[BrandId, int])
    _visit: datetime | None = None

    @property
    def place(self) -> Workplace:
        """The one workplace of all brands."""
        return self.companies[0].workplace

    @property
    def end(self) -> datetime:
        """When the last week is over, for every brand."""
        last = FIRST_WEEK.plus(self.weeks - 1)
        return max(last.end(people.brand.zone) for people in self.companies)

    def live(self) -> None:
        """Live through it: whatever falls due next is done, unless an outage puts it off; then come to rest."""
        self._visit = self.place.clock.now() + timedelta(days=1)
        while (moment := min(self._moments(), default=None)) is not None:
            self._pass_to(moment)
            self._work()
        for _ in range(6):
            self.place.clock.sleep(timedelta(hours=8).total_seconds())
            self._mend()
            self._work()

    def _pass_to(self, moment: datetime) -> None:
        if self.dice.random() < CHANCE_OF_OUTAGE:
            self.counts["outages"] += 1
            moment += timedelta(hours=self.dice.uniform(0.2, LONGEST_OUTAGE_HOURS))
        clock = self.place.clock
        clock.step_to(max(moment, clock.now() + timedelta(seconds=1)))

    def _moments(self) -> Iterator[datetime]:
        for people in self.companies:
            week = self._next_week(people)
            if week is not None:
                planning = people.brand.planning_moment(week)
                yield max(planning, self._not_before.get(people.brand.brand_id, planning))
        with self.place.database.read() as connection:
            due = next_due_at(connection)
        yield from (moment for moment in (due, self._visit) if moment is not None and moment < self.end)

    def _next_week(self, people: Company) -> Week | None:
        made = self._made.get(people.brand.brand_id, 0)
        return FIRST_WEEK.plus(made) if made < self.weeks else None

    def _work(self) -> None:
        now = self.place.clock.now()
        for people in self.companies:
            week = self._next_week(people)
            moment = None if week is None else people.brand.planning_moment(week)
            if week and moment and max(moment, self._not_before.get(people.brand.brand_id, moment)) <= now:
                self._make(people, week)
        if self._visit is not None and self._visit <= now:
            self._look_in()
            self._visit = now + timedelta(days=1)
        self._drain()

    def _make(self, people: Company, week: Week) -> None:
        if self.dice.random() < CHANCE_OF_FAULT:
            self.counts["faults"] += 1
            people.order_from_model(name=self.dice.choice(MODEL_FAULTS), times=2)
        try:
            people.learn_and_plan(week)
            people.queue_plain(week, approve=False)
            self._made[people.brand.brand_id] = self._made.get(people.brand.brand_id, 0) + 1
        except MarketingError:
            self._not_before[people.brand.brand_id] = self.place.clock.now() + timedelta(hours=1)

    def _drain(self) -> None:
        if self.dice.random() < CHANCE_OF_FAULT:
            self.counts["faults"] += 1
            self.companies[0].order(**self.dice.choice(FAULTS))
        crashes = self.dice.random() < CHANCE_OF_CRASH
        steps_left = self.dice.randint(1, 8)

        def on_step(_: Step) -> None:
            nonlocal steps_left
            steps_left -= 1
            if crashes and steps_left == 0:
                raise Crash

        with suppress(Crash), closing(MediaHost(self.place.settings.media_base_url())) as media_host:
            plane = self.place.plane
            Executor(
                ledger=plane.ledger,
                holds=plane.holds,
                brands=self.place.brands,
                client_for=self.place.providers.instagram,
                media_host=media_host,
                clock=self.place.clock,
                owner="year",
                on_step=on_step,
            ).drain()
            return
        self.counts["crashes"] += 1

    def _look_in(self) -> None:
        """What an operator does in the morning: decide, settle, resume; then figures are read, as each hour in life."""
        self.counts["visits"] += 1
        self._mend()
        for people in self.companies:
            if due_snapshots(self.place.database, self.place.clock.now(), people.brand.brand_id):
                week = Week.containing(self.place.clock.now(), people.brand.zone)
                collect_metrics(people.at(week), self.place.providers.instagram(people.brand))
        if self.counts["visits"] % 7 == 0:
            self.place.refresh_warehouse()
        self.place.anchor_audit()

    def _mend(self) -> None:
        for people in self.companies:
            people.mend_services()
        self._resume()
        self._decide()
        with self.place.database.read() as connection:
            parked = list_effects(connection, states=(EffectState.PARKED,))
        for effect in parked:
            self._resolve(effect)
        for people in self.companies:
            for post in self.place.posts.find(brand=people.brand.brand_id, states=(PostState.MISSED, PostState.FAILED)):
                self._requeue(people.brand, post.id)

    def _resume(self) -> None:
        with self.place.database.write() as connection:
            for hold in self.place.holds.active(connection):
                self.place.holds.resume(connection, brand=hold.brand, channel=hold.channel, actor=OPERATOR)

    def _decide(self) -> None:
        with self.place.database.read() as connection:
            waiting = self.place.approvals.list_requests(connection, state=ApprovalState.PENDING)
        for request in (each for each in waiting if each.kind == EffectKind.PUBLISH_POST):
            self.place.decisions.decide(
                request.id,
                Decision.APPROVE if self.dice.random() < 0.9 else Decision.REJECT,
                actor=OPERATOR,
                source="cli",
                note="looked at it",
                saw=request.state,
                after_rejection=AfterRejection.DROP,
            )

    def _resolve(self, effect: Effect) -> None:
        """Look at the account, as a person would, and say what is there."""
        captions = {row.details["caption"]: row for row in self.companies[0].world.journal.publishes()}
        row = captions.get(effect.payload.caption)
        self.place.decisions.resolve(
            effect.id,
            done=row is not None,
            media_id=row.subject if row else None,
            published_at=row.at if row else None,
            actor=OPERATOR,
            note="looked at the account",
        )

    def _requeue(self, brand: Brand, post_id: Any) -> None:
        post, now = self.place.posts.get(post_id), self.place.clock.now()
        if self.dice.random() < 0.2:
            self.place.queue.cancel(post.id, actor=OPERATOR, note="too late to be of interest")
        else:
            requeue(self.place, brand, post, now + timedelta(minutes=30), OPERATOR)
