"""The performance page against figures that are worked out by hand from the control plane."""

from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from statistics import mean, stdev

import pytest
from sqlalchemy import select

from marketing_pipeline.console.goals import GoalView
from marketing_pipeline.console.performance_figures import interval_of_mean
from marketing_pipeline.domain.identifiers import BrandId
from marketing_pipeline.domain.learning import FurtherEffect, FurtherKind
from marketing_pipeline.domain.person import Role
from marketing_pipeline.store import tables
from marketing_pipeline.store.learnings import latest_learnings, record_learnings
from marketing_pipeline_tests.console.browser import Site
from marketing_pipeline_tests.console.busy import busy, figures_of, publish, room, weeks_of_posts
from marketing_pipeline_tests.console.other_room import OTHER, open_other_room
from marketing_pipeline_tests.store.warehouse_history import FIRST, NOW, TeaRoom
from marketing_pipeline_tests.store.warehouse_weeks import put

__all__ = ["busy", "room"]
_ORDER = ["1h", "24h", "72h", "7d"]
Measured = dict[str, tuple[str, float, float]]


def measured(room: TeaRoom) -> Measured:
    """Each published post with its week, and reach and engagement of its newest snapshot."""
    with room.database.read() as connection:
        weeks = weeks_of_posts(connection)
        rows = connection.execute(select(tables.insight_snapshots)).mappings().all()
    newest = {row["post"]: row for row in sorted(rows, key=lambda row: _ORDER.index(row["age"]))}
    return {
        post: (weeks[post], row["reach"], row["likes"] + 2 * row["comments"] + 3 * row["saved"] + 4 * row["shares"])
        for post, row in newest.items()
    }


def test_weeks_are_means_of_posts_with_their_intervals(busy: Site, room: TeaRoom) -> None:
    figures = figures_of(busy.page("/performance"))
    for title, place in (("Reach by week", 0), ("Engagement by week", 1)):
        rows = {row["week"]: row for row in figures[title]["rows"]}
        assert list(rows) == [FIRST.plus(number).key for number in range(4)]
        for week, row in rows.items():
            values = [(reach, engaged)[place] for when, reach, engaged in measured(room).values() if when == week]
            assert row["mean"] == pytest.approx(mean(values))
            half = {5: 2.132}[len(values)] * stdev(values) / len(values) ** 0.5
            assert (row["low"], row["high"]) == pytest.approx((max(0, mean(values) - half), mean(values) + half))


def test_the_interval_of_a_mean_is_students() -> None:
    assert interval_of_mean(10, 2, 4) == pytest.approx((10 - 2.353, 10 + 2.353))
    assert interval_of_mean(10, 2, 31) == pytest.approx((10 - 1.697 * 2 / 31**0.5, 10 + 1.697 * 2 / 31**0.5))
    assert interval_of_mean(10, 2, 10_000) == pytest.approx((10 - 1.645 / 50, 10 + 1.645 / 50))
    assert interval_of_mean(1, 10, 4) == pytest.approx((0, 1 + 2.353 * 5)), "never below zero"
    assert interval_of_mean(10, None, 1) is None


def test_what_is_not_known_stands_apart_from_what_is(busy: Site, room: TeaRoom) -> None:
    with room.database.read() as connection:
        rows = (
            connection.execute(select(tables.learnings).where(tables.learnings.c.week == FIRST.plus(4).key))
            .mappings()
            .all()
        )
    wanted = {
        (row["factor"], row["level"].replace("_", " ")): "not known yet"
        if row["low"] <= 1 <= row["high"]
        else "above average"
        if row["low"] > 1
        else "below average"
        for row in rows
    }
    page = busy.page("/performance")
    figures = figures_of(page)
    shown = {
        (factor, row["level"]): row["verdict"]
        for factor in ("pillar", "format", "hook", "slot")
        for row in figures[f"By {factor}"]["rows"]
    }
    assert shown == wanted and len(set(wanted.values())) > 1
    assert figures["By pillar"]["reference"] == 1 and figures["By pillar"]["log"]
    known, _, unknown = page.partition("<h3>Not known yet</h3>")
    for row in rows:
        if row["statement"]:
            assert row["statement"] in (known if row["known"] else unknown)


def test_what_is_known_beside_levels_is_said_with_its_interval(busy: Site, room: TeaRoom) -> None:
    assert "Tiring of what is repeated: not known yet" in busy.page("/performance")
    recorded = latest_learnings(room.database, BrandId("tea_room"))
    assert recorded is not None
    behind = recorded.learnings.effects[0].evidence
    tiring = FurtherEffect(
        kind=FurtherKind.FATIGUE, level="hook", log_effect=-0.1, log_sd=0.02, posts=len(behind), evidence=behind
    )
    record_learnings(room.database, recorded.learnings.model_copy(update={"further": (tiring,)}))
    publish(room)
    page = busy.page("/performance")
    assert tiring.sentence() in page and "Better and worse weeks: not known yet" in page
    assert "Tiring of what is repeated" not in page
    assert all(post in busy.page("/performance/evidence", factor="fatigue", level="hook") for post in behind)


def test_an_effect_leads_to_the_posts_behind_it(busy: Site, room: TeaRoom) -> None:
    with room.database.read() as connection:
        rows = connection.execute(select(tables.learnings)).mappings().all()
        post = (
            connection.execute(select(tables.posts).where(tables.posts.c.week == FIRST.plus(4).key)).mappings().first()
        )
    assert post is not None
    newest = [row for row in rows if row["week"] == FIRST.plus(4).key and row["factor"] == "pillar"]
    performance = busy.page("/performance")
    assert all(f"level={row['level']}&amp;week={row['week']}" in performance for row in newest)
    [planned_from] = [row for row in newest if row["level"] == post["pillar"]]
    page = busy.page("/performance/evidence", factor="pillar", level=post["pillar"], week=post["week"])
    assert planned_from["evidence"] and all(f'href="/posts/{behind}"' in page for behind in planned_from["evidence"])
    others = {behind for row in newest for behind in row["evidence"]} - set(planned_from["evidence"])
    assert others and not any(f'href="/posts/{other}"' in page for other in others)


def test_what_was_not_learnt_has_no_page(busy: Site) -> None:
    assert "Nothing was learnt about pillar gardening" in busy.page(
        "/performance/evidence", factor="pillar", level="gardening", status=404
    )
    busy.page("/performance/evidence", factor="ad_change", level="bid", status=404)


def test_the_best_and_the_weakest_posts_lead_to_their_pages(busy: Site, room: TeaRoom) -> None:
    by_engagement = sorted(measured(room).items(), key=lambda item: -item[1][2])
    page = busy.page("/performance")
    section = page[page.index('id="posts"') :]
    places = [section.index(f'href="/posts/{post}"') for post, _ in (*by_engagement[:5], *by_engagement[:-6:-1])]
    assert places == sorted(places)
    assert f'href="/posts/{by_engagement[7][0]}"' not in section
    assert section.count("-96.jpg") == 10


def test_the_newest_plan_stands_beside_its_mix(busy: Site) -> None:
    page = busy.page("/performance")
    rows = figures_of(page)["Pillar"]["rows"]
    assert sum(row["planned_share"] for row in rows) == pytest.approx(1)
    assert sum(row["recommended_share"] for row in rows) == pytest.approx(1)
    assert "Theme of 2026-11-16" in page and 'href="/calendar?brand=tea_room&amp;week=2026-11-16"' in page


def test_goals_are_measured_against_a_steady_pace(room: TeaRoom, busy: Site) -> None:
    reach = mean(found[1] for found in measured(room).values() if found[0] < FIRST.plus(3).key)
    goals = [
        {"id": "seen", "statement": "Be seen", "metric": "reach_per_post", "baseline": 0, "target": 2 * reach,
         "due": "2026-12-18"},
        {"id": "sold", "statement": "Sell", "metric": "orders_framed", "baseline": 1, "target": 2, "due": "2026-12-18"},
    ]  # fmt: skip
    with room.database.write() as connection:
        put(
            connection,
            tables.strategies,
            brand="tea_room",
            version="a1b2c3",
            content={"goals": goals},
            created_at=NOW - timedelta(days=60),
        )
    publish(room)
    page = busy.page("/performance")
    assert "50 % of the way from 0; a steady pace would be at 66 %" in page and ">behind<" in page
    assert "orders_framed" in page and "is not measured here" in page and ">not measured<" in page


@pytest.mark.parametrize(
    ("actual", "days", "pace"),
    [
        (None, 10, "not measured"),
        (20.0, 10, "reached"),
        (20.0, -10, "reached"),
        (14.9, 10, "behind"),
        (15.0, 10, "on pace"),
        (19.0, -10, "missed"),
    ],
)
def test_pace_in_a_word(actual: float | None, days: int, pace: str) -> None:
    now = datetime(2026, 11, 18, 23, 59, 59, 999999, tzinfo=UTC)
    goal = GoalView(
        brand=BrandId("tea_room"),
        goal="seen",
        statement="Be seen",
        metric="reach_per_post",
        baseline=10,
        target=20,
        due=date(2026, 11, 18) + timedelta(days=days),
        actual=actual,
        progress=None if actual is None else (actual - 10) / 10,
        since=now - timedelta(days=10 if days > 0 else 30),
        now=now,
    )
    assert goal.pace == pace
    if pace == "behind":
        assert goal.weekly_need == pytest.approx(5.1 * 7 / 10)


def test_of_several_brands_a_table_leads_to_each_and_nobody_sees_more_than_theirs(
    busy: Site, room: TeaRoom, brands: Path
) -> None:
    open_other_room(brands)
    page = busy.page("/performance")
    week_3 = [found for found in measured(room).values() if found[0] < FIRST.plus(4).key]
    assert f'<td class="number">{sum(found[1] for found in week_3):,}</td>' in page
    assert 'href="/performance?brand=tea_room"' in page and 'href="/performance?brand=other_room"' in page
    assert "Reach by week" in busy.page("/performance", brand="tea_room")
    empty = busy.page("/performance", brand=OTHER)
    assert "Nothing has been learnt yet" in empty and "No post has been measured yet" in empty
    with busy.as_(Role.VIEWER, "otto", frozenset({OTHER})) as other:
        for path in ("/performance", "/quality", "/cost"):
            assert "tea_room" not in other.page(path) and "Tea Room" not in other.page(path)
            other.page(path, brand="tea_room", status=404)


def test_before_the_first_snapshot_pages_say_so(site: Site) -> None:
    for path in ("/performance", "/quality", "/cost"):
        page = site.page(path)
        assert "No figures have been published yet" in page and not figures_of(page)
