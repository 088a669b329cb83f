"""The market model: repeatable, monotone, and with tastes that can be learnt."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from statistics import mean, pstdev

import pytest
from hypothesis import given
from hypothesis import strategies as st

from marketing_pipeline.domain.creative import PostFormat
from marketing_pipeline.domain.plan import Hook
from marketing_pipeline.sandbox.market import INTERACTIONS, Earlier, Market, Response
from marketing_pipeline.sandbox.reading import Reading
from marketing_pipeline.sandbox.tastes import Daypart, Tastes, seeded_tastes, swapped
from marketing_pipeline_tests.sandbox.tea_room import ACCOUNT, tea_room

START = datetime(2026, 9, 7, 18, tzinfo=UTC)
PILLARS = ("garden", "brewing", "people")
FORMATS = tuple(PostFormat)
HOOKS = tuple(Hook)


def reading(number: int, quality: float = 0.5) -> Reading:
    """Posts in an order in which no factor follows another."""
    return Reading(
        pillar=PILLARS[(number * 2) % 3],
        format=FORMATS[(number // 3 + number) % 3],
        hook=HOOKS[(number * 3) % 5],
        weekday="monday",
        daypart=Daypart.EVENING,
        occasion=None,
        quality=quality,
    )


def four_weeks(market: Market) -> list[tuple[Reading, int]]:
    """28 daily posts and the interactions that each came to."""
    earlier: list[Earlier] = []
    results: list[tuple[Reading, int]] = []
    for number in range(28):
        at = START + timedelta(days=number)
        seen = reading(number)
        response = market.response(ACCOUNT, seen, at, earlier, 4000)
        earlier.append(Earlier(pillar=seen.pillar, hook=seen.hook, published_at=at))
        results.append((seen, response.figures(timedelta(days=7))["total_interactions"]))
    return results


def average(results: Sequence[tuple[Reading, int]], pillar: str) -> float:
    return mean(count for seen, count in results if seen.pillar == pillar)


def single(market: Market, number: int = 0, quality: float = 0.5, earlier: Sequence[Earlier] = ()) -> Response:
    return market.response(ACCOUNT, reading(number, quality), START, earlier, 4000)


@pytest.mark.parametrize("seed", range(8))
def test_four_weeks_show_what_the_audience_likes_best(seed: int) -> None:
    market = Market(seed, [tea_room()])
    pillars = market.tastes(ACCOUNT).pillars
    best, worst = max(pillars, key=pillars.__getitem__), min(pillars, key=pillars.__getitem__)
    results = four_weeks(market)
    assert average(results, best) > 1.2 * average(results, worst)


@pytest.mark.parametrize("seed", range(8))
def test_swapped_tastes_turn_the_result_round(seed: int) -> None:
    tastes = seeded_tastes(seed, ACCOUNT, PILLARS)
    best = max(tastes.pillars, key=tastes.pillars.__getitem__)
    worst = min(tastes.pillars, key=tastes.pillars.__getitem__)
    results = four_weeks(Market(seed, [tea_room()], {ACCOUNT: swapped(tastes)}))
    assert average(results, worst) > 1.2 * average(results, best)


def test_tastes_are_as_strong_as_promised_and_average_nothing() -> None:
    for seed in range(20):
        tastes = seeded_tastes(seed, ACCOUNT, ("a", "b", "c", "d", "e"))
        for effects, spread in ((tastes.pillars, 0.45), (tastes.formats, 0.45), (tastes.hooks, 0.25)):
            assert pstdev(effects.values()) == pytest.approx(spread)
            assert mean(effects.values()) == pytest.approx(0, abs=1e-9)
        assert len(tastes.slots) == 35
        assert swapped(swapped(tastes)) == tastes


def test_each_pillar_is_somebodys_favourite() -> None:
    drawn = [seeded_tastes(seed, ACCOUNT, PILLARS).pillars for seed in range(20)]
    assert {max(pillars, key=pillars.__getitem__) for pillars in drawn} == set(PILLARS)


def test_the_same_seed_and_posts_give_the_same_figures() -> None:
    first, again = (four_weeks(Market(7, [tea_room()])) for _ in range(2))
    assert first == again
    assert first != four_weeks(Market(8, [tea_room()]))


@given(
    seed=st.integers(0, 10_000),
    ages=st.lists(st.floats(0, 24 * 90, allow_nan=False), min_size=2, max_size=8),
)
def test_figures_grow_and_agree_with_each_other(seed: int, ages: list[float]) -> None:
    response = single(Market(seed, [tea_room()]))
    before: dict[str, int] = {}
    for hours in sorted(ages):
        now = response.figures(timedelta(hours=hours))
        assert set(before) <= set(now)
        assert all(now[name] >= count for name, count in before.items())
        if now:
            assert now["total_interactions"] == sum(now[name] for name in INTERACTIONS)
            assert now["total_interactions"] <= now["reach"] <= now["views"]
        before = now


def test_most_of_the_reach_comes_on_the_first_day() -> None:
    response = single(Market(7, [tea_room()]))
    reach = [response.figures(timedelta(hours=hours))["reach"] for hours in (1, 24, 72, 168)]
    shares = [count / response.final["reach"] for count in reach]
    assert shares == pytest.approx([0.15, 0.7, 0.9, 0.98], abs=0.08)


def test_no_data_is_absent_and_not_zero() -> None:
    responses = [single(Market(seed, [tea_room()])) for seed in range(40)]
    assert all(response.figures(timedelta(minutes=10)) == {} for response in responses)
    early = [response.figures(timedelta(hours=1)) for response in responses]
    late = [response.figures(timedelta(hours=31)) for response in responses]
    for name in ("follows", "profile_visits", "profile_activity"):
        assert 0 < sum(name in figures for figures in early) < 40
        assert all(name in figures for figures in late)
    assert all("reach" in figures for figures in early)


def test_repetition_tires_and_recovers() -> None:
    market = Market(7, [tea_room()], {ACCOUNT: Tastes()})
    same = reading(0)

    def reach(days_ago: float, pillar: str, hook: Hook) -> int:
        before = Earlier(pillar=pillar, hook=hook, published_at=START - timedelta(days=days_ago))
        return single(market, earlier=[before]).final["reach"]

    fresh = reach(1, "people", Hook.LIST)
    assert reach(1, "garden", Hook.LIST) < fresh
    assert reach(1, "people", same.hook) < fresh
    assert reach(1, "garden", same.hook) < reach(5, "garden", same.hook) < fresh
    assert reach(11, "garden", same.hook) == fresh


def test_a_better_picture_and_a_named_occasion_reach_more() -> None:
    market = Market(7, [tea_room()])
    assert single(market, quality=0.9).final["reach"] > single(market, quality=0.2).final["reach"]
    named = reading(0).model_copy(update={"occasion": "winter"})
    assert market.response(ACCOUNT, named, START, [], 4000).final["reach"] > single(market).final["reach"]


def test_more_followers_mean_more_reach() -> None:
    market = Market(7, [tea_room()])
    assert market.response(ACCOUNT, reading(0), START, [], 8000).final["reach"] > single(market).final["reach"]
    assert 3000 <= market.first_followers(ACCOUNT) <= 8000
