"""A busy brand for as many days as are asked for: ten posts a day, and a real Dagster run for all that is due."""

import sqlite3
from contextlib import closing
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

import psutil

from marketing_pipeline.cli.dagster_home import run_job
from marketing_pipeline.domain.clock import SystemClock
from marketing_pipeline.domain.learning import Factor
from marketing_pipeline.domain.learning_engine import learn
from marketing_pipeline.domain.plan import PlannedPost
from marketing_pipeline.domain.post import PostState
from marketing_pipeline.domain.week import Week
from marketing_pipeline.operations.retention import prune
from marketing_pipeline.store.plans import record_plan
from marketing_pipeline.store.variations import record_variations
from marketing_pipeline_tests.end_to_end.company import Company
from marketing_pipeline_tests.store.planned_week import weekly_plan, written

if TYPE_CHECKING:
    from dagster import DagsterInstance

POSTS_A_DAY = 10
HOUR, DAY = timedelta(hours=1), timedelta(days=1)
_FIRST_HOUR = 8


@dataclass
class BusyMonth:
    """Days of one company, hour by hour: posts and insights at their time, maintenance at night."""

    people: Company
    instance: "DagsterInstance"
    posts: int
    runs: int = 0
    memory: list[int] = field(default_factory=list[int])
    """Resident bytes of this process, in which all runs are, at the end of each day."""

    @cached_property
    def first_week(self) -> Week:
        """Not begun yet in real time: what was written in real time is never newer than the present of the month."""
        return Week.containing(SystemClock().now(), self.people.brand.zone).plus(1)

    @property
    def days(self) -> int:
        """How many it takes."""
        return -(-self.posts // POSTS_A_DAY)

    def live(self) -> None:
        """Live through every day."""
        for number in range(self.days):
            midnight = self.first_week.start(self.people.brand.zone) + number * DAY
            self._fill(midnight, self.first_week.plus(number), min(POSTS_A_DAY, self.posts - number * POSTS_A_DAY))
            before = self._run_ids()
            self._day(midnight)
            self._age(self._run_ids() - before)
            self.prune()
            self.memory.append(psutil.Process().memory_info().rss)

    def prune(self) -> None:
        """Maintenance as the night's run does it, at the time of the month."""
        place = self.people.workplace
        prune(place.home, place.database, place.settings.upkeep, self.instance, real=place.clock)

    def _fill(self, midnight: datetime, week: Week, posts: int) -> None:
        """Posts of a day in the queue, with words and a plain picture each.

        A plan has no more than 21 posts, so each day has one of its own, under the name of a week.
        """
        place, brand = self.people.workplace, self.people.brand
        place.clock.step_to(midnight)
        plan = weekly_plan(brand, week, posts)
        timed = tuple(_at(post, midnight + (_FIRST_HOUR + hour) * HOUR) for hour, post in enumerate(plan.posts))
        mix: dict[Factor, dict[str, float]] = learn(brand, week.key, [], midnight).mix
        record_plan(place.database, plan.model_copy(update={"posts": timed}), mix, place.audit)
        for post in timed:
            words = record_variations(place.database, post.id, 1, written())
            place.posts.move(post.id, PostState.DRAFTED, actor="test", reason="written", chosen_variation=words[0].id)
        self.people.queue_plain(week)

    def _day(self, midnight: datetime) -> None:
        """At each full hour what is due, twenty minutes later the insights that are due."""
        place = self.people.workplace
        for hour in range(24):
            place.clock.step_to(midnight + hour * HOUR)
            if place.due_effects():
                self._run("run_due_effects")
            place.clock.step_to(midnight + hour * HOUR + timedelta(minutes=20))
            for brand in place.brands_with_due_insights():
                self._run("collect_metrics", Week.containing(place.clock.now(), brand.zone))
            if hour == 3:
                self._run("maintenance")

    def _run(self, job: str, week: Week | None = None) -> None:
        run_job(self.instance, job, self.people.brand.brand_id, week)
        self.runs += 1

    def _run_ids(self) -> set[str]:
        return {run.run_id for run in self.instance.get_runs()}

    def _age(self, runs: set[str]) -> None:
        """Dagster stamps its runs in real time: give those of a day the time of the month."""
        at = self.people.workplace.clock.now().strftime("%Y-%m-%d %H:%M:%S.%f")
        rows = [(at, run) for run in runs]
        for file, change in (
            ("runs.db", "UPDATE runs SET update_timestamp = ? WHERE run_id = ?"),
            ("runs/index.db", "UPDATE asset_check_executions SET evaluation_event_timestamp = ? WHERE run_id = ?"),
        ):
            with closing(sqlite3.connect(history(self.instance) / file)) as connection, connection:
                connection.executemany(change, rows)


def _at(post: PlannedPost, moment: datetime) -> PlannedPost:
    return post.model_copy(update={"assignment": post.assignment.model_copy(update={"scheduled_at": moment})})


def history(instance: "DagsterInstance") -> Path:
    """The folder of Dagster's databases."""
    return Path(instance.root_directory) / "history"
