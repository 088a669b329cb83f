"""The views behind goals and pacing, against rows computed by hand."""

from datetime import datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import update

from marketing_pipeline.store import tables
from marketing_pipeline_tests.store.test_warehouse_review_views import room, rows
from marketing_pipeline_tests.store.warehouse_history import FIRST, NOW, TeaRoom
from marketing_pipeline_tests.store.warehouse_weeks import put

__all__ = ["room"]

WEEK = FIRST.key


def _strategy(room: TeaRoom, version: str, goals: list[dict[str, Any]], seen: datetime) -> None:
    with room.database.write() as connection:
        content = {"goals": goals}
        put(connection, tables.strategies, brand="tea_room", version=version, content=content, created_at=seen)


def _goal(metric: str, baseline: float, target: float) -> dict[str, Any]:
    return {
        "id": metric,
        "statement": "More",
        "metric": metric,
        "baseline": baseline,
        "target": target,
        "due": "2027-01-31",
    }


def test_goal_progress_measures_whole_weeks_against_the_strategy_of_record(room: TeaRoom) -> None:
    _strategy(room, "old", [_goal("likes_per_post", 0, 1)], NOW - timedelta(days=9))
    goals = [_goal("saved_per_post", 4, 24), _goal("reach_per_week", 2_000, 1_000), _goal("orders_framed", 0.2, 0.3)]
    _strategy(room, "new", goals, NOW)
    with room.database.write() as connection:
        values = {"saved": 10, "reach": 300, "updated_at": NOW}
        connection.execute(update(tables.insight_snapshots).values(**values))
        last = tables.insight_snapshots.c.post.like("%-2026-11-09-%")
        connection.execute(update(tables.insight_snapshots).where(last).values(saved=99_999))
    # Three whole weeks of five posts; the fourth is not measured to its end, and does not count.
    found = rows(
        room, "SELECT goal, actual, progress, posts, first_week, last_week, strategy_version, due::VARCHAR"
        " FROM goal_progress ORDER BY goal"
    )  # fmt: skip
    span = (WEEK, FIRST.plus(2).key, "new", "2027-01-31")
    assert found == [
        ("orders_framed", None, None, 0, None, None, "new", "2027-01-31"),
        ("reach_per_week", 1_500.0, 0.5, 15, *span),
        ("saved_per_post", 10.0, pytest.approx(0.3), 15, *span),
    ]


def test_goal_progress_of_a_goal_without_a_way_to_go_has_no_share(room: TeaRoom) -> None:
    _strategy(room, "new", [_goal("saved_per_post", 5, 5)], NOW)
    [(progress, actual)] = rows(room, "SELECT progress, actual FROM goal_progress")
    assert progress is None and actual > 0


def test_ad_pacing_daily_sums_the_month_and_counts_a_shared_budget_once(room: TeaRoom) -> None:
    with room.warehouse.write() as connection:
        metrics = (
            "INSERT INTO ad_metrics (brand, customer_id, day, level, campaign_id, currency, cost_micros, conversions)"
        )
        connection.execute(
            f"{metrics} VALUES ('tea_room', '1', '2026-10-30', 'campaign', 1, 'GBP', 7, 1),"
            " ('tea_room', '1', '2026-11-01', 'campaign', 1, 'GBP', 10, 1),"
            " ('tea_room', '1', '2026-11-01', 'campaign', 2, 'GBP', 20, 2),"
            " ('tea_room', '1', '2026-11-01', 'keyword', 2, 'GBP', 20, 2),"
            " ('tea_room', '1', '2026-11-15', 'campaign', 1, 'GBP', 40, 0),"
            " ('other', '2', '2026-11-15', 'campaign', 1, 'JPY', 1000, 0)"
        )
        resources = "INSERT INTO ad_resources (brand, customer_id, kind, status, campaign_id, budget, budget_micros)"
        connection.execute(
            f"{resources} VALUES ('tea_room', '1', 'campaign', 'ENABLED', 1, 'shared', 1000),"
            " ('tea_room', '1', 'campaign', 'ENABLED', 2, 'shared', 1000),"
            " ('tea_room', '1', 'campaign', 'PAUSED', 3, 'own', 5000)"
        )
    found = rows(
        room,
        "SELECT day::VARCHAR, cost_micros, conversions, month_cost_micros, month_limit_micros, even_share_micros"
        " FROM ad_pacing_daily ORDER BY brand DESC, day",
    )
    assert found == [
        ("2026-10-30", 7, 1.0, 7, 30_400, 29_419),
        ("2026-11-01", 30, 3.0, 30, 30_400, 1_013),
        ("2026-11-15", 40, 0.0, 70, 30_400, 15_200),
        ("2026-11-15", 1000, 0.0, 1000, None, None),
    ]
