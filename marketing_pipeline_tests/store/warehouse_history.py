"""A short history of a brand, written straight into a real control plane: what the warehouse's tests read."""

import atexit
import random
import shutil
import tempfile
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from functools import cache
from pathlib import Path

from marketing_pipeline.domain.brand import Brand
from marketing_pipeline.domain.clock import SteppedClock
from marketing_pipeline.domain.learning_engine import learn
from marketing_pipeline.domain.metrics import PostPerformance
from marketing_pipeline.domain.week import Week
from marketing_pipeline.store import tables
from marketing_pipeline.store.database import Database
from marketing_pipeline.store.home import Home
from marketing_pipeline.store.projections import project
from marketing_pipeline.store.warehouse import Warehouse
from marketing_pipeline_tests.domain.brands import make_brand
from marketing_pipeline_tests.store.warehouse_posts import put_creatives, put_effect, put_post, put_snapshots
from marketing_pipeline_tests.store.warehouse_teaching import put_teaching
from marketing_pipeline_tests.store.warehouse_weeks import (
    planning_of,
    put,
    put_calls,
    put_learnings,
    put_operations,
    put_plan,
)

FIRST = Week(date(2026, 10, 19))
NOW = datetime(2026, 11, 18, 12, tzinfo=UTC)


@dataclass(frozen=True)
class TeaRoom:
    """A home with a control plane and a warehouse, its clock at NOW."""

    home: Home
    clock: SteppedClock
    database: Database
    warehouse: Warehouse


def tea_room(root: Path) -> TeaRoom:
    """The home of the brand `tea_room` at a path, as it is there."""
    home, clock = Home(root), SteppedClock(NOW)
    return TeaRoom(home, clock, Database.open(home.control_plane_url, clock), Warehouse(home.warehouse))


def busy_tea_room(root: Path) -> TeaRoom:
    """A new home with four published weeks from FIRST and a planned one, projected to its warehouse."""
    shutil.copytree(_busy_home(), root)
    return tea_room(root)


@cache
def _busy_home() -> Path:
    """Made once in a process, and copied for each test."""
    folder = Path(tempfile.mkdtemp())
    atexit.register(shutil.rmtree, folder)
    room = tea_room(folder / "home")
    write_history(room.database, make_brand(), FIRST)
    with room.database.write() as connection:
        put(connection, tables.home, id=1, world="sandbox:1", created_at=NOW)
        put(
            connection,
            tables.holds,
            brand=None,
            channel="instagram",
            actor="ana",
            note="a storm",
            since=NOW - timedelta(days=9),
            released_at=NOW - timedelta(days=8),
            released_by="ana",
        )
        put_operations(connection, NOW)
        put_teaching(connection, make_brand(), FIRST, NOW)
    project(room.database, room.warehouse)
    room.database.close()
    return folder / "home"


def write_history(database: Database, brand: Brand, first: Week, weeks: int = 4, seed: int = 1) -> None:
    """`weeks` published and measured weeks, then one that is only planned, with a post that waits for a person.

    `database.clock` should stand in the week after the published ones: younger posts have fewer snapshots.
    """
    dice = random.Random(seed)
    with database.write() as connection:
        rows: list[PostPerformance] = []
        for number in range(weeks + 1):
            week = first.plus(number)
            learnings = learn(brand, week.key, rows, planning_of(brand, week))
            put_plan(connection, brand, week, learnings)
            put_learnings(connection, brand, week, learnings)
            put_calls(connection, brand, week, dice)
            for position in range(1, brand.posting.posts_per_week + 1):
                post = put_post(connection, brand, week, position, dice, published=number < weeks)
                put_creatives(connection, post, dice)
                if number < weeks:
                    put_effect(connection, brand, post)
                    rows += put_snapshots(connection, brand, post, database.clock.now(), dice)
