"""What analysts meet: a snapshot that blocks nobody, and SQL that can do no harm."""

import os
import time
from collections.abc import Callable
from pathlib import Path

import duckdb
import pandas as pd
import pytest
from sqlalchemy import update

from marketing_pipeline import analytics
from marketing_pipeline.analytics import NoSnapshot, QueryFailed, QueryRefused, QueryTooLarge, SnapshotUnreadable
from marketing_pipeline.domain.errors import MarketingError
from marketing_pipeline.store import tables
from marketing_pipeline.store.projections import project
from marketing_pipeline.store.snapshots import publish_snapshot
from marketing_pipeline_tests.store.warehouse_history import TeaRoom, busy_tea_room


@pytest.fixture
def room(marketing_home: Path) -> TeaRoom:
    """The home that MARKETING_HOME names, published once."""
    room = busy_tea_room(marketing_home)
    publish_snapshot(room.warehouse)
    return room


def _rename_topics(room: TeaRoom, topic: str) -> None:
    with room.database.write() as connection:
        connection.execute(update(tables.posts).values(topic=topic, updated_at=room.clock.now()))
    project(room.database, room.warehouse)
    publish_snapshot(room.warehouse)


def _topics(data: analytics.Analytics) -> int:
    return len(data.sql("SELECT DISTINCT topic FROM posts").fetchall())


def test_a_notebook_opens_the_newest_snapshot(room: TeaRoom) -> None:
    with analytics.connect() as data:
        assert data.snapshot.parent == (room.home.warehouse / "snapshots").resolve()
        assert _topics(data) == 25
        assert data.sql("FROM post_metrics").filter("age = '7d'").count("post").fetchall() == [(17,)]


def test_frames_have_times_with_a_zone_and_empty_metrics_that_are_not_zero(room: TeaRoom) -> None:
    with analytics.connect() as data:
        frame = data.df("SELECT published_at, reach, reposts FROM post_metrics WHERE age = '7d' ORDER BY post")
    assert len(frame) == 17
    assert str(frame["published_at"].iloc[0]) == "2026-10-19 17:30:00+00:00"
    assert frame["reposts"].isna().all()


def test_an_open_notebook_blocks_nobody_and_moves_on_when_asked(room: TeaRoom) -> None:
    with analytics.connect() as data:
        lazy = data.sql("SELECT DISTINCT topic FROM posts")
        started = time.monotonic()
        for number in range(7):
            _rename_topics(room, f"Topic {number}")
        assert time.monotonic() - started < 15
        assert not data.snapshot.exists()
        assert _topics(data) == 25
        before = data.snapshot
        assert data.refresh() == data.snapshot != before
        assert _topics(data) == 1
        assert lazy.fetchall() == [("Topic 6",)]


def test_two_notebooks_of_one_process_see_their_own_versions(room: TeaRoom) -> None:
    with analytics.connect() as first:
        _rename_topics(room, "New")
        with analytics.connect(room.home.root) as second:
            assert (_topics(first), _topics(second)) == (25, 1)


def test_a_home_deleted_and_made_anew_is_not_read_from_the_cache(room: TeaRoom) -> None:
    with analytics.connect() as data:
        for path in (room.home.warehouse / "snapshots").iterdir():
            path.unlink()
        _rename_topics(room, "New")
        data.refresh()
        assert _topics(data) == 1


@pytest.mark.parametrize("sql", ["DELETE FROM posts", "CREATE TABLE mine AS SELECT 1", "DROP VIEW post_metrics"])
def test_a_notebook_cannot_change_the_snapshot(room: TeaRoom, sql: str) -> None:
    with analytics.connect() as data, pytest.raises(duckdb.InvalidInputException, match="read-only"):
        data.sql(sql)


def test_a_notebook_may_keep_scratch_tables_and_join_frames(room: TeaRoom) -> None:
    with analytics.connect() as data:
        budget = pd.DataFrame({"pillar": ["garden"], "hours": [3]})
        assert len(budget) == 1
        data.sql("CREATE TABLE memory.main.mine AS SELECT pillar, hours FROM budget")
        assert data.sql("SELECT hours FROM memory.main.mine JOIN pillar_performance USING (pillar)").fetchall() == [
            (3,)
        ]


def test_pictures_are_found_in_the_media_folder(room: TeaRoom) -> None:
    with analytics.connect() as data:
        assert data.picture("ab" * 32) == room.home.media / f"{'ab' * 32}.jpg"


@pytest.mark.parametrize("ask", [analytics.connect, lambda: analytics.query("SELECT 1")])
def test_before_the_first_run_the_way_on_is_shown(ask: Callable[[], object]) -> None:
    with pytest.raises(NoSnapshot, match="make demo"):
        ask()


def test_a_damaged_snapshot_is_named(room: TeaRoom) -> None:
    [snapshot] = (room.home.warehouse / "snapshots").iterdir()
    snapshot.unlink()
    snapshot.write_bytes(b"no database")
    with pytest.raises(SnapshotUnreadable, match="The next run publishes another one"):
        analytics.query("SELECT 1")


def test_without_a_setting_the_nearest_home_above_is_taken(
    room: TeaRoom, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    room.home.root.rename(tmp_path / ".marketing")
    (tmp_path / "notebooks").mkdir()
    monkeypatch.delenv("MARKETING_HOME")
    monkeypatch.chdir(tmp_path / "notebooks")
    assert analytics.query("SELECT count(*) FROM posts").rows == ((25,),)


def test_a_query_gives_columns_rows_and_whether_there_were_more(room: TeaRoom) -> None:
    found = analytics.query("SELECT id, position FROM posts ORDER BY id", row_limit=2)
    assert found.columns == ("id", "position")
    assert found.rows == (("tea_room-2026-10-19-01", 1), ("tea_room-2026-10-19-02", 2))
    assert found.truncated
    assert not analytics.query("SELECT id FROM posts", row_limit=25).truncated


@pytest.mark.parametrize(
    "sql",
    [
        "SHOW TABLES",
        "DESCRIBE posts",
        "SUMMARIZE posts",
        "EXPLAIN SELECT * FROM posts",
        "FROM posts",
        "WITH p AS (FROM posts) SELECT * FROM p -- all",
        "SELECT 1;",
    ],
)
def test_every_way_of_reading_is_allowed(room: TeaRoom, sql: str) -> None:
    assert analytics.query(sql).rows


def test_an_endless_result_is_cut_at_the_limit(room: TeaRoom) -> None:
    assert len(analytics.query("SELECT * FROM range(1000000000000)", row_limit=3).rows) == 3


@pytest.mark.parametrize(
    "sql",
    [
        "",
        "-- nothing",
        "SELECT 1; SELECT 2",
        "SELECT 1; DELETE FROM posts",
        "DELETE FROM posts",
        "INSERT INTO posts SELECT * FROM posts",
        "UPDATE posts SET topic = 'x'",
        "MERGE INTO posts USING posts AS s ON posts.id = s.id WHEN MATCHED THEN DELETE",
        "TRUNCATE posts",
        "CREATE TABLE t AS SELECT 1",
        "CREATE TABLE memory.main.t AS SELECT 1",
        "CREATE TEMP TABLE t AS SELECT 1",
        "CREATE SECRET s (TYPE s3)",
        "DROP TABLE posts",
        "ALTER TABLE posts DROP COLUMN topic",
        "ATTACH '{outside}' AS other",
        "DETACH marketing",
        "USE memory",
        "COPY posts TO '{outside}'",
        "COPY (SELECT 1) TO '{outside}'",
        "EXPORT DATABASE '{outside}'",
        "INSTALL httpfs",
        "LOAD httpfs",
        "SET memory_limit = '100GB'",
        "SET enable_external_access = true",
        "RESET lock_configuration",
        "PRAGMA memory_limit = '100GB'",
        "CALL force_checkpoint()",
        "CHECKPOINT",
        "BEGIN",
        "PREPARE p AS SELECT 1",
        "VACUUM",
        "SELECT * FROM '{secret}'",
        "SELECT * FROM read_csv('{secret}')",
        "SELECT * FROM read_text('{secret}')",
        "SELECT * FROM read_blob('{secret}')",
        "SELECT * FROM read_json('{secret}')",
        "SELECT * FROM glob('{folder}/*')",
        "SELECT * FROM sniff_csv('{secret}')",
        "SELECT * FROM read_csv('http://127.0.0.1:9/x.csv')",
        "EXPLAIN ANALYZE COPY posts TO '{outside}'",
        "EXPLAIN ANALYZE SELECT * FROM read_text('{secret}')",
        "SELECT * FROM query('FROM read_text(''{secret}'')')",
    ],
)
def test_what_writes_or_reaches_outside_is_refused(room: TeaRoom, tmp_path: Path, sql: str) -> None:
    secret = tmp_path / "secret.csv"
    secret.write_text("key = 12345")
    outside = tmp_path / "outside"
    with pytest.raises(QueryRefused) as refusal:
        analytics.query(sql.format(outside=outside, secret=secret, folder=tmp_path))
    assert "12345" not in str(refusal.value)
    assert not outside.exists()


@pytest.mark.parametrize("sql", ["SELECT * FROM frame", "SELECT getenv('HOME')"])
def test_python_objects_and_the_environment_are_not_even_known(room: TeaRoom, sql: str) -> None:
    frame = pd.DataFrame({"key": ["12345"]})
    assert len(frame) == 1
    with pytest.raises(QueryFailed, match="does not exist"):
        analytics.query(sql)


def test_nothing_a_query_tried_has_changed_the_snapshot(room: TeaRoom) -> None:
    [before] = [path.read_bytes() for path in (room.home.warehouse / "snapshots").iterdir()]
    with pytest.raises(QueryRefused):
        analytics.query("DELETE FROM posts")
    with pytest.raises(MarketingError):
        analytics.query("EXPLAIN ANALYZE DELETE FROM posts")
    [after] = [path.read_bytes() for path in (room.home.warehouse / "snapshots").iterdir()]
    assert after == before


@pytest.mark.parametrize(
    "sql", ["SELECT nothing FROM posts", "SELECT * FROM postss", "SELEC 1", "SELECT 'x'::INT", "SELECT ?"]
)
def test_a_wrong_query_is_explained(room: TeaRoom, sql: str) -> None:
    with pytest.raises(QueryFailed, match=r"docs/data\.md"):
        analytics.query(sql)


def test_a_query_that_takes_too_long_is_stopped(room: TeaRoom) -> None:
    started = time.monotonic()
    endless = "SELECT count(*) FROM range(10000000) a, range(1000000) b WHERE (a.range * b.range) % 7 = 3"
    with pytest.raises(QueryTooLarge, match=r"longer than 0\.3 s"):
        analytics.query(endless, time_limit_s=0.3)
    assert time.monotonic() - started < 10


def test_a_query_that_needs_too_much_memory_is_stopped(room: TeaRoom) -> None:
    with pytest.raises(QueryTooLarge, match="more than 64MB of memory"):
        analytics.query("SELECT list(i) FROM range(100000000) t(i)", memory_limit="64MB")
    assert not [name for name in os.listdir() if name.endswith(".tmp")]
