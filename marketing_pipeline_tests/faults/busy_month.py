"""A busy brand for as many days as are asked for: ten posts a day, and a real Dagster run for all that is due."""

import os
import sqlite3
from collections.abc import Generator, Mapping
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import cached_property
from itertools import product
from pathlib import Path
from typing import TYPE_CHECKING, Any

import psutil
import yaml

from marketing_pipeline.cli.dagster_home import run_job
from marketing_pipeline.domain.brand import Brand
from marketing_pipeline.domain.clock import SystemClock
from marketing_pipeline.domain.post import PostState
from marketing_pipeline.domain.posting import WEEKDAYS
from marketing_pipeline.domain.week import Week
from marketing_pipeline.operations.retention import prune
from marketing_pipeline.store.brand_folder import load_brand
from marketing_pipeline.store.variations import record_variations
from marketing_pipeline_tests.end_to_end.company import Company
from marketing_pipeline_tests.store.planned_week import record_week, written

if TYPE_CHECKING:
    from dagster import DagsterInstance

POSTS_A_DAY = 10
POSTS_A_WEEK = 7 * POSTS_A_DAY
HOUR, DAY = timedelta(hours=1), timedelta(days=1)
_FIRST_HOUR = 8


def busy_brand(brand: Brand, brands: Path) -> Brand:
    """The brand with ten slots a day, written to a folder of brands; the first slot is never planned for."""
    hours = range(_FIRST_HOUR, _FIRST_HOUR + POSTS_A_DAY)
    slots = [{"id": f"{day}_{hour}", "weekday": day, "at": f"{hour:02}:00"} for day, hour in product(WEEKDAYS, hours)]
    content: dict[str, Any] = brand.model_dump(mode="json", exclude_none=True)
    content["look"]["logo"] = ""
    content["posting"]["slots"] = [{"id": "spare", "weekday": "sunday", "at": "23:59"}, *slots]
    (brands / brand.id).mkdir(parents=True)
    (brands / brand.id / "brand.yaml").write_text(yaml.safe_dump(content), encoding="utf-8")
    return load_brand(brands / brand.id)


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
            week = self.first_week.plus(number // 7)
            if number % 7 == 0:
                self._fill(week, min(POSTS_A_WEEK, self.posts - number * POSTS_A_DAY))
            before = self._run_ids()
            self._day(week.start(self.people.brand.zone) + number % 7 * DAY)
            self._age(self._run_ids() - before)
            self.prune()
            self.memory.append(psutil.Process().memory_info().rss)

    def prune(self) -> None:
        """Maintenance as the night's run does it, at the time of the month."""
        place = self.people.workplace
        prune(place.home, place.database, place.settings.upkeep, self.instance, real=place.clock)

    def _fill(self, week: Week, posts: int) -> None:
        """Posts with words and a plain picture each, in the queue."""
        place, brand = self.people.workplace, self.people.brand
        place.clock.step_to(week.start(brand.zone))
        for post in record_week(place.database, brand, place.audit, week, posts).posts:
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
        rows = [(at, at, run) for run in runs]
        with closing(sqlite3.connect(history(self.instance) / "runs.db")) as connection, connection:
            connection.executemany("UPDATE runs SET create_timestamp = ?, update_timestamp = ? WHERE run_id = ?", rows)


def history(instance: "DagsterInstance") -> Path:
    """The folder of Dagster's databases."""
    return Path(instance.root_directory) / "history"
