"""Row 47: how an installation grows in a month of ten posts a day, and that retention takes out what is old.

Dagster's own time is real: the runs of a day are given the time of the month, by which the shipped retention then goes.
Words and pictures are plain and no model is asked: what those take is in the row of the year.
"""

import sqlite3
from collections.abc import Iterable
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from marketing_pipeline.cli.dagster_home import dagster_instance
from marketing_pipeline.domain.post import PostState
from marketing_pipeline.store.brand_folder import load_brand
from marketing_pipeline.store.snapshots import KEEP
from marketing_pipeline_tests.end_to_end.company import company
from marketing_pipeline_tests.faults.ad_office import environment
from marketing_pipeline_tests.faults.busy_month import DAY, BusyMonth, history
from marketing_pipeline_tests.faults.row import FaultRow, Figure
from marketing_pipeline_tests.fixtures import SHIPPED_BRANDS

if TYPE_CHECKING:
    from dagster import DagsterInstance

MEGABYTE = 1_000_000
A_RUN = 200_000
"""Bytes in Dagster's storage. All limits here were set before the month was run."""
AFTER_RETENTION = 15 * MEGABYTE
"""Dagster's storage once all runs of the month are older than is kept."""
CONTROL_PLANE = (2 * MEGABYTE, 60_000)
WAREHOUSE = (14 * MEGABYTE, 40_000)
"""So much for an empty one, and so much for each post."""
MEMORY = 30 * MEGABYTE
"""A process that does all the runs itself may grow by so much from the third day to the last."""
SETTLED_AFTER_DAYS = 3


@dataclass(frozen=True)
class Sizes:
    """Bytes of the home, by what takes them, with the mean picture, and the number of runs that Dagster still has."""

    dagster: int
    control_plane: int
    warehouse: int
    snapshots: int
    picture: int
    runs: int


@dataclass(frozen=True)
class Growth:
    """What a month left: sizes before it, at its end and after retention, and what belongs to runs that are gone."""

    month: BusyMonth
    empty: Sizes
    full: Sizes
    after: Sizes
    left: int
    snapshots: int

    @property
    def a_run(self) -> float:
        """Bytes of one run in Dagster's storage."""
        return (self.full.dagster - self.empty.dagster) / self.month.runs

    @property
    def settled(self) -> int:
        """Resident bytes once everything was done that is done each day."""
        return self.month.memory[min(SETTLED_AFTER_DAYS, self.month.days) - 1]

    def broken(self) -> int:
        """How many limits do not hold."""
        month, full, after = self.month, self.full, self.after
        partitions = month.days + -(-month.days // 7)  # each day's posts are in one, the figures in one a week
        return sum(
            (
                self.a_run > A_RUN,
                after.dagster > AFTER_RETENTION,
                full.control_plane > CONTROL_PLANE[0] + CONTROL_PLANE[1] * month.posts,
                full.warehouse > WAREHOUSE[0] + WAREHOUSE[1] * month.posts,
                month.memory[-1] - self.settled > MEMORY,
                self.snapshots > KEEP,
                full.runs != month.runs,
                after.runs > partitions,
                self.left > 0,
            )
        )

    def words(self) -> str:
        """The figures for the note."""
        month, empty, full, after = self.month, self.empty, self.full, self.after
        a_post = (full.control_plane - empty.control_plane) / month.posts
        return (
            f"{month.days} days, {month.runs} runs: Dagster's storage {self.a_run / 1_000:.0f} kB a run,"
            f" {_megabytes(full.dagster)} in all, {_megabytes(after.dagster)} after retention, which kept {after.runs}"
            f" runs and left {self.left} rows or files of others; control plane {_megabytes(full.control_plane)}"
            f" ({a_post / 1_000:.0f} kB a post), warehouse {_megabytes(full.warehouse)},"
            f" its {self.snapshots} snapshots {_megabytes(full.snapshots)},"
            f" a plain picture {full.picture / 1_000:.0f} kB; resident memory"
            f" {_megabytes(month.memory[0])} on day 1, {_megabytes(self.settled)} on day"
            f" {min(SETTLED_AFTER_DAYS, month.days)}, {_megabytes(month.memory[-1])} on day {month.days}"
        )


def grown(tries: int, seed: int, folder: Path) -> Figure:
    """Row 47. As many days as make so many posts, then a month in which nothing happens."""
    home, shop = folder / "home", load_brand(SHIPPED_BRANDS / "upscale_print")
    with (
        environment({"MARKETING_HOME": str(home), "MARKETING_BRANDS": str(SHIPPED_BRANDS), "DAGSTER_HOME": ""}),
        company(folder, shop) as people,
        dagster_instance(people.workplace.settings) as instance,
    ):
        empty, place = _sizes(home, instance), people.workplace
        month = BusyMonth(people, instance, tries)
        month.live()
        full = _sizes(home, instance)
        place.clock.step_to(place.clock.now() + place.settings.upkeep.runs + DAY)
        month.prune()
        snapshots = len(list((home / "warehouse" / "snapshots").glob("*.duckdb")))
        growth = Growth(month, empty, full, _sizes(home, instance), _left_behind(instance), snapshots)
        return Figure(
            tries=tries,
            effects=len(people.world.journal.publishes()),
            lost=tries - len(place.posts.find(states=(PostState.PUBLISHED,))),
            broken=growth.broken(),
            note=growth.words(),
        )


def _megabytes(count: int) -> str:
    return f"{count / MEGABYTE:.1f} MB"


def _sizes(home: Path, instance: "DagsterInstance") -> Sizes:
    with closing(sqlite3.connect(home / "control_plane.sqlite")) as connection:
        # What is still in the write-ahead log counts as well, and the log's own 4 MB do not.
        [[pages]], [[page]] = (connection.execute(f"PRAGMA {name}").fetchall() for name in ("page_count", "page_size"))
    pictures = list((home / "media").glob("*.jpg"))
    return Sizes(
        dagster=_total(Path(instance.root_directory).rglob("*")),
        control_plane=pages * page,
        warehouse=_total((home / "warehouse").glob("warehouse.duckdb*")),
        snapshots=_total((home / "warehouse" / "snapshots").glob("*.duckdb")),
        picture=_total(pictures) // max(1, len(pictures)),
        runs=instance.get_runs_count(),
    )


def _total(files: Iterable[Path]) -> int:
    return sum(file.stat().st_size for file in files if file.is_file())


def _left_behind(instance: "DagsterInstance") -> int:
    """Rows, files and folders that belong to runs which are gone, and old results of checks but the newest of each."""
    kept = {run.run_id for run in instance.get_runs()}
    root, found = history(instance), 0
    newest = "SELECT max(id) FROM asset_check_executions GROUP BY asset_key, check_name, partition"
    for file, rows in (
        ("runs.db", "SELECT run_id FROM run_tags"),
        ("runs/index.db", "SELECT run_id FROM event_logs"),
        ("runs/index.db", f"SELECT run_id FROM asset_check_executions WHERE id NOT IN ({newest})"),
    ):
        with closing(sqlite3.connect(root / file)) as connection:
            found += sum(run not in kept for (run,) in connection.execute(rows))
    shards = {file.name.partition(".db")[0] for file in (root / "runs").iterdir()}
    folders = {file.name for file in (Path(instance.root_directory) / "storage").glob("*")}
    return found + len((shards | folders) - kept - {"index"})


ROWS = (FaultRow("47", "30 days of 10 posts a day", "growth", 6, 300, grown),)
