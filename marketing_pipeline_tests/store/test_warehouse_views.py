"""The views that answer what analysts ask first."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import duckdb
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import update

from marketing_pipeline.domain.metrics import PostPerformance
from marketing_pipeline.store import tables
from marketing_pipeline.store.projections import project
from marketing_pipeline.store.warehouse_schema import schema
from marketing_pipeline_tests.store.warehouse_history import FIRST, NOW, TeaRoom, busy_tea_room
from marketing_pipeline_tests.store.warehouse_weeks import put

PLANNED = FIRST.plus(4).key


@pytest.fixture
def room(tmp_path: Path) -> TeaRoom:
    return busy_tea_room(tmp_path / "home")


def _rows(room: TeaRoom, sql: str) -> list[tuple[Any, ...]]:
    project(room.database, room.warehouse)
    with room.warehouse.read() as connection:
        return connection.execute(sql).fetchall()


@pytest.fixture(scope="module")
def empty() -> Iterator[duckdb.DuckDBPyConnection]:
    with duckdb.connect() as connection:
        connection.execute(schema())
        connection.execute(
            """
            INSERT INTO posts (id, brand, week, pillar, format, hook, slot, topic, published_at)
            VALUES ('p', 'b', '2026-10-19', 'garden', 'square', 'story', 's0', 't', now())
            """
        )
        yield connection


_count = st.none() | st.integers(0, 10**6)


@given(likes=_count, comments=_count, saved=_count, shares=_count, reach=_count)
def test_engagement_is_computed_as_the_domain_does(
    empty: duckdb.DuckDBPyConnection, reach: int | None, **values: int | None
) -> None:
    empty.execute("DELETE FROM insight_snapshots")
    empty.execute(
        "INSERT INTO insight_snapshots (post, brand, age, age_hours, reach, likes, comments, saved, shares)"
        " VALUES ('p', 'b', '7d', 168, ?, ?, ?, ?, ?)",
        [reach, *(values[name] for name in ("likes", "comments", "saved", "shares"))],
    )
    [(engagement, rate)] = empty.execute("SELECT engagement, engagement_rate FROM post_metrics").fetchall()
    row = PostPerformance.model_validate(
        {
            "post": "p",
            "brand": "b",
            "week": "2026-10-19",
            "published_at": NOW,
            "pillar": "garden",
            "format": "square",
            "hook": "story",
            "slot": "s0",
            "age": "7d",
            "age_hours": 168,
            "reach": reach,
            "views": 1,
            "topic": "t",
            "hook_line": "",
            **values,
        }
    )
    assert engagement == row.engagement
    assert rate == (None if row.engagement is None or not reach else row.engagement / reach)


def test_post_metrics_has_one_row_a_post_a_snapshot_with_its_factors(room: TeaRoom) -> None:
    rows = _rows(room, "SELECT post, age FROM post_metrics")
    assert len(rows) == len(set(rows)) == 17 * 4 + 3 * 3
    assert _rows(
        room,
        "SELECT brand, week, slot, hook_line, topic FROM post_metrics"
        " WHERE post = 'tea_room-2026-10-19-02' AND age = '24h'",
    ) == [
        ("tea_room", "2026-10-19", "s1", "First line 1 of tea_room-2026-10-19-02", "Topic 2 of 2026-10-19"),
    ]


def test_post_results_has_each_published_post_once_measured_or_not(room: TeaRoom) -> None:
    with room.database.write() as connection:
        connection.execute(tables.insight_snapshots.delete().where(tables.insight_snapshots.c.post.like("%-11-09-05")))
    rows = _rows(room, "SELECT post, age, picture FROM post_results ORDER BY post")
    assert len(rows) == 20
    assert {picture for _, _, picture in rows} == {"ab" * 32}
    assert [age for _, age, _ in rows] == ["7d"] * 17 + ["72h"] * 2 + [None]


def test_best_posts_are_in_order_and_old_enough(room: TeaRoom) -> None:
    with room.database.write() as connection:
        connection.execute(
            update(tables.insight_snapshots)
            .where(tables.insight_snapshots.c.post == "tea_room-2026-11-09-05")
            .values(age_hours=23, updated_at=NOW)
        )
    rows = _rows(room, "SELECT place, engagement, against_usual FROM best_posts ORDER BY place")
    assert [place for place, _, _ in rows] == list(range(1, 20))
    assert [engagement for _, engagement, _ in rows] == sorted((row[1] for row in rows), reverse=True)
    assert rows[9][2] == 1


def test_factor_performance_averages_each_level(room: TeaRoom) -> None:
    expected = _rows(
        room,
        "SELECT pillar, count(*), avg(engagement), sum(engagement) / sum(reach) FROM post_results"
        " GROUP BY pillar ORDER BY pillar",
    )
    shown = _rows(
        room,
        "SELECT level, posts, mean_engagement, engagement_rate FROM factor_performance"
        " WHERE factor = 'pillar' ORDER BY level",
    )
    assert shown == [pytest.approx(row) for row in expected]
    assert {factor for (factor,) in _rows(room, "SELECT factor FROM factor_performance")} == {
        "pillar",
        "format",
        "hook",
        "slot",
    }


def test_pillar_performance_carries_the_last_learning(room: TeaRoom) -> None:
    rows = _rows(
        room,
        "SELECT p.pillar, share_of_posts, p.multiple = l.multiple, l.week FROM pillar_performance p"
        " JOIN learnings l ON l.factor = 'pillar' AND l.level = p.pillar QUALIFY l.week = max(l.week) OVER ()",
    )
    assert {(same, week) for _, _, same, week in rows} == {(True, PLANNED)}
    assert sum(share for _, share, _, _ in rows) == pytest.approx(1)


def test_weekly_summary_says_how_far_a_week_is(room: TeaRoom) -> None:
    rows = _rows(
        room,
        "SELECT week, theme, posts, published, waiting, measured, final, reach > 0, round(model_cost_usd, 1)"
        " FROM weekly_summary ORDER BY week",
    )
    assert [row[:8] for row in rows[-2:]] == [
        ("2026-11-09", "Theme of 2026-11-09", 5, 5, 0, 5, 2, True),
        (PLANNED, f"Theme of {PLANNED}", 5, 0, 1, 0, 0, None),
    ]
    assert {cost for *_, cost in rows} <= {0.4, 0.5}


def test_a_second_version_of_a_plan_takes_the_place_of_the_first(room: TeaRoom) -> None:
    with room.database.write() as connection:
        put(
            connection,
            tables.plans,
            id="again",
            brand="tea_room",
            week=PLANNED,
            version=2,
            strategy_version="x",
            theme="Better",
            rationale="x",
            mix={"pillar": {"garden": 1.0}},
            created_at=NOW,
        )
    assert _rows(room, f"SELECT theme, posts FROM weekly_summary WHERE week = '{PLANNED}'") == [("Better", 5)]
    assert _rows(
        room,
        f"SELECT level, recommended_share FROM planned_mix WHERE week = '{PLANNED}' AND recommended_share IS NOT NULL",
    ) == [("garden", 1.0)]


def test_planned_mix_compares_shares_level_by_level(room: TeaRoom) -> None:
    sums = _rows(
        room,
        "SELECT week, factor, sum(planned_posts), sum(planned_share), sum(recommended_share)"
        " FROM planned_mix GROUP BY ALL",
    )
    assert len(sums) == 5 * 4
    assert {posts for _, _, posts, _, _ in sums} == {5}
    assert all(planned == pytest.approx(1) and wanted == pytest.approx(1) for *_, planned, wanted in sums)
    slots = _rows(room, "SELECT planned_posts, recommended_share FROM planned_mix WHERE level = 's6'")
    assert {posts for posts, _ in slots} == {0}


def test_model_cost_counts_unknown_prices_apart(room: TeaRoom) -> None:
    rows = _rows(
        room,
        "SELECT agent, calls, failed_calls, repairs, calls_without_cost, cost_usd > 0 FROM model_cost_by_agent"
        f" WHERE week = '{PLANNED}' ORDER BY agent",
    )
    assert rows == [
        ("analyst", 3, 0, 1, 1, True),
        ("composer", 3, 0, 1, 0, True),
        ("copywriter", 3, 1, 1, 0, True),
        ("evaluator", 3, 0, 1, 0, True),
        ("strategist", 3, 0, 1, 0, True),
    ]


def test_creative_attempts_show_what_a_revision_mended(room: TeaRoom) -> None:
    rows = _rows(
        room,
        "SELECT attempt, attempts, meets_bar, round(gain, 2), failed_checks, defects, reasons, template"
        " FROM creative_attempts WHERE attempts = 2 ORDER BY post, attempt LIMIT 2",
    )
    assert rows == [
        (1, 2, False, None, ["contrast"], ["low_contrast"], ["contrast: the headline is hard to read"], "statement"),
        (2, 2, True, 0.4, [], [], [], "statement"),
    ]
