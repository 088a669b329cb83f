"""The quality page against figures that are worked out by hand from the control plane."""

from collections import Counter, defaultdict
from typing import Any

import pytest
from sqlalchemy import select, update

from marketing_pipeline.domain.learning import Z90
from marketing_pipeline.domain.share_interval import interval_of_share
from marketing_pipeline.store import tables
from marketing_pipeline_tests.console.browser import Site
from marketing_pipeline_tests.console.busy import busy, figures_of, publish, room, weeks_of_posts
from marketing_pipeline_tests.store.warehouse_history import NOW, TeaRoom
from marketing_pipeline_tests.store.warehouse_weeks import put

__all__ = ["busy", "room"]


def creatives(room: TeaRoom) -> list[dict[str, Any]]:
    with room.database.read() as connection:
        weeks = weeks_of_posts(connection)
        rows = connection.execute(select(tables.creatives)).mappings().all()
    return [{**row, "week": weeks[row["post"]]} for row in rows]


def decide(room: TeaRoom, numbers: range, decision: str = "approve") -> None:
    """People who decide about posts that met the bar."""
    met = [row for row in creatives(room) if row["chosen"]]
    with room.database.write() as connection:
        for number in numbers:
            put(
                connection,
                tables.approvals,
                id=f"by-hand-{decision}-{number}",
                sequence=1,
                kind="publish_post",
                subject=met[number % len(met)]["post"],
                brand="tea_room",
                fingerprint="c" * 64,
                decision=decision,
                actor="ana",
                source="console",
                note="",
                decided_at=NOW,
                expires_at=NOW,
                signature="s",
            )
    publish(room)


def test_first_attempts_and_attempts_are_counted_by_week(busy: Site, room: TeaRoom) -> None:
    attempts = Counter((row["week"], row["post"]) for row in creatives(room))
    by_week: dict[str, list[int]] = defaultdict(list)
    for (week, _), count in attempts.items():
        by_week[week].append(count)
    figures = figures_of(busy.page("/quality"))
    rates = {row["week"]: row for row in figures["Met the bar at the first attempt"]["rows"]}
    means = {row["week"]: row["mean_attempts"] for row in figures["Attempts at a creative"]["rows"]}
    assert set(rates) == set(means) == set(by_week)
    for week, counts in by_week.items():
        at_once = counts.count(1)
        assert rates[week]["first_pass_rate"] == pytest.approx(at_once / len(counts))
        assert (rates[week]["low"], rates[week]["high"]) == interval_of_share(at_once, len(counts), Z90)
        assert means[week] == pytest.approx(sum(counts) / len(counts))


def test_the_interval_of_a_share_is_wilsons() -> None:
    # By hand, for 4 of 5 with z = 1.645: middle (0.8 + 0.270603) / 1.541205, half 1.645 * 0.243023 / 1.541205.
    assert interval_of_share(4, 5, Z90) == pytest.approx((0.435263, 0.954043), abs=1e-6)
    low, high = interval_of_share(5, 5, Z90)
    assert low == pytest.approx(1 / (1 + 1.645**2 / 5)) and high == pytest.approx(1)
    assert interval_of_share(0, 5, Z90)[0] == pytest.approx(0)


def test_levels_and_failures_are_shares_of_what_was_judged(busy: Site, room: TeaRoom) -> None:
    rows = creatives(room)
    figures = figures_of(busy.page("/quality"))
    judged = Counter(row["week"] for row in rows)
    poor = Counter(row["week"] for row in rows if not row["meets_bar"])
    shown = {row["week"]: row["share"] for row in figures["Legibility"]["rows"] if row["level"] == "poor"}
    assert shown == {week: pytest.approx(count / judged[week]) for week, count in poor.items()}
    failed = sum(poor.values())
    assert [(row["name"], row["times"]) for row in figures["Checks that failed"]["rows"]] == [("contrast", failed)]
    named = figures["Defects that the evaluator named"]["rows"]
    assert [(row["name"], row["times"]) for row in named] == [("low contrast", failed)]


def test_sandbox_figures_are_labelled_and_others_are_not(busy: Site, room: TeaRoom) -> None:
    assert "Sandbox answers prove plumbing, never quality" in busy.page("/quality")
    with room.database.write() as connection:
        connection.execute(update(tables.model_calls).values(provider="anthropic", updated_at=NOW))
    publish(room)
    assert "never quality" not in busy.page("/quality")


def test_agreement_is_a_share_only_where_enough_have_decided(busy: Site, room: TeaRoom) -> None:
    assert "Nobody has approved or rejected a post yet" in busy.page("/quality")
    decide(room, range(3))
    few = busy.page("/quality")
    assert "too few to tell" in few and "3 decisions" in few and "100 %</strong>" not in few.split('id="people"')[1]
    decide(room, range(3, 24))
    decide(room, range(6), "reject")
    many = busy.page("/quality")
    assert "Both say the same in 80 % of 30 decisions." in many and "too few to tell" not in many
    assert '<td class="number">24</td><td class="number">6</td>' in many


def test_nothing_judged_yet(busy: Site, room: TeaRoom) -> None:
    with room.database.write() as connection:
        for table in (tables.evaluations, tables.creatives):
            connection.execute(table.delete())
    room.warehouse.path.unlink()
    publish(room)
    assert "No creative has been judged yet" in busy.page("/quality")
