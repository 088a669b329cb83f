"""Several processes write one lake at once, one of them killed half way: nothing lost, nothing twice, nothing torn."""

import multiprocessing
import signal
from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from multiprocessing.queues import Queue
from pathlib import Path

import pyarrow as pa
import pytest
from sqlalchemy import func, select, update

from marketing_pipeline.domain.identifiers import BrandId
from marketing_pipeline.store import tables
from marketing_pipeline.store.ad_facts import AdCollection, AdFacts, CollectionOutcome
from marketing_pipeline.store.ad_staging import ad_staging
from marketing_pipeline.store.lake import Lake
from marketing_pipeline.store.lake_session import LakePlace
from marketing_pipeline.store.projections import project
from marketing_pipeline_tests.store.lakes import busy_room
from marketing_pipeline_tests.store.warehouse_history import FIRST, TeaRoom, tea_room

SPAWN = multiprocessing.get_context("spawn")
READ = AdCollection(
    brand=BrandId("none"),
    customer_id="1234567890",
    read_at=datetime(2026, 11, 16, 9, tzinfo=UTC),
    outcome=CollectionOutcome.COLLECTED,
    operations=1,
    first_day=FIRST.monday,
    last_day=FIRST.monday + timedelta(days=6),
)
ROWS, ROUNDS = 40, 3
"""Each round of a writer replaces its brand's rows by as many, all of the number of the round."""


@pytest.fixture(params=["lake"])
def room(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[TeaRoom]:
    with busy_room(request, tmp_path / "home") as room:
        yield room


def _write(place: LakePlace, root: Path, brand: str, rounds: int, done: "Queue[tuple[str, int]]") -> None:
    room = tea_room(root)
    with closing(Lake(place, room.home.warehouse)) as lake:
        for number in range(1, rounds + 1):
            page = pa.table({"day": [str(FIRST.monday)] * ROWS, "clicks": [number] * ROWS})
            with ad_staging(lake.folder) as staging:
                staging.keep("ad_metrics", {"level": "ad"}, iter([page]))
                at = READ.read_at + timedelta(minutes=number)
                AdFacts(lake).replace(replace(READ, brand=BrandId(brand), read_at=at), staging)
            done.put((brand, number))
            if brand == "projecting":
                project(room.database, lake)


def test_writers_at_once_lose_nothing_and_write_nothing_twice(room: TeaRoom) -> None:
    lake = room.warehouse
    assert isinstance(lake, Lake)
    done: Queue[tuple[str, int]] = SPAWN.Queue()
    brands = ("one", "two", "projecting")
    processes = [
        SPAWN.Process(target=_write, args=(lake.place, room.home.root, brand, ROUNDS, done)) for brand in brands
    ]
    doomed = SPAWN.Process(target=_write, args=(lake.place, room.home.root, "doomed", 1000, done))
    for process in (*processes, doomed):
        process.start()
    told: dict[str, int] = dict.fromkeys((*brands, "doomed"), 0)
    number = 0
    while any(process.is_alive() for process in processes) or doomed.is_alive():
        while not done.empty():
            brand, told[brand] = done.get()
        if told["doomed"] >= 2 and doomed.is_alive():
            assert doomed.pid is not None
            doomed.kill()
            doomed.join()
        number += 1
        with room.database.write() as connection:
            connection.execute(update(tables.posts).values(topic=f"Topic {number}", updated_at=room.clock.now()))
        project(room.database, lake)
        _see_nothing_torn(lake)
    while not done.empty():
        brand, told[brand] = done.get()
    assert [process.exitcode for process in processes] == [0, 0, 0]
    assert doomed.exitcode == -signal.SIGKILL
    assert {brand: told[brand] for brand in brands} == dict.fromkeys(brands, ROUNDS)

    project(room.database, lake)
    with lake.read() as connection, room.database.read() as source:
        posts = source.scalar(select(func.count()).select_from(tables.posts))
        same = connection.execute("SELECT count(*) FROM posts WHERE topic = ?", [f"Topic {number}"]).fetchone()
        assert same == (posts,)
        read = dict(connection.execute("SELECT brand, count(*) FROM ad_collections GROUP BY brand").fetchall())
        kept = dict(connection.execute("SELECT brand, max(clicks) FROM ad_metrics GROUP BY brand").fetchall())
    assert all(read[brand] == kept[brand] == ROUNDS for brand in brands)
    # The killed one may have committed once more than it could tell.
    assert told["doomed"] <= kept["doomed"] == read["doomed"] <= told["doomed"] + 1


def _see_nothing_torn(lake: Lake) -> None:
    """Each brand's rows are of one round, all of them, and as many readings as rounds stand beside them."""
    with lake.read() as connection:
        if not connection.execute("SELECT 1 FROM duckdb_tables() WHERE table_name = 'ad_metrics'").fetchone():
            return
        rows = connection.execute(
            "SELECT brand, count(*), min(clicks), max(clicks),"
            " (SELECT count(*) FROM ad_collections AS c WHERE c.brand = m.brand) FROM ad_metrics AS m GROUP BY brand"
        ).fetchall()
        assert connection.execute("SELECT count(DISTINCT topic) FROM posts").fetchone() == (1,)
    for _, count, low, high, readings in rows:
        assert (count, low, readings) == (ROWS, high, high)
