"""Effects are found where they are, shrunk where little is known, and turned into a mix that code can follow."""

import math
import random
from collections import Counter
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from marketing_pipeline.domain.allocation import allocate
from marketing_pipeline.domain.creative import PostFormat
from marketing_pipeline.domain.identifiers import PostId
from marketing_pipeline.domain.learning import Factor, FurtherEffect, FurtherKind, levels_of, told_of_further
from marketing_pipeline.domain.learning_engine import learn
from marketing_pipeline.domain.metrics import PostPerformance, SnapshotAge
from marketing_pipeline.domain.plan import Hook
from marketing_pipeline.domain.week import Week
from marketing_pipeline_tests.domain.brands import make_brand

BRAND = make_brand()
NOW = datetime(2026, 11, 22, 18, tzinfo=UTC)
WEEK = Week.parse("2026-11-23")


def performance(
    number: int, pillar: str, likes: int | None, *, age_hours: float = 168.0, age: SnapshotAge = SnapshotAge.WEEK
) -> PostPerformance:
    dice = random.Random(number)
    return PostPerformance(
        post=PostId(f"p{number}"),
        brand=BRAND.brand_id,
        week="2026-11-16",
        published_at=NOW - timedelta(hours=age_hours),
        pillar=pillar,
        format=dice.choice(list(PostFormat)),
        hook=dice.choice(list(Hook)),
        slot=f"s{number % 7}",
        age=age,
        age_hours=age_hours,
        reach=1000,
        views=1200,
        likes=likes,
        comments=0,
        saved=0,
        shares=0,
        topic="t",
        hook_line="h",
    )


def rows(strong: str, posts: int = 30, lift: float = 0.6) -> list[PostPerformance]:
    dice = random.Random(3)
    pillars = [pillar.id for pillar in BRAND.pillars]
    return [
        performance(
            number,
            pillars[number % 3],
            round(100 * math.exp((lift if pillars[number % 3] == strong else 0) + dice.gauss(0, 0.2))),
        )
        for number in range(posts)
    ]


@pytest.mark.parametrize("strong", [pillar.id for pillar in BRAND.pillars])
def test_the_pillar_that_people_like_is_found_and_gets_a_larger_share(strong: str) -> None:
    found = learn(BRAND, WEEK.key, rows(strong), NOW)
    effect = found.effect(Factor.PILLAR, strong)
    base = BRAND.pillar(strong).weight
    assert effect is not None and effect.known and effect.multiple > 1.2
    assert found.mix[Factor.PILLAR][strong] > base
    assert set(effect.evidence) == {row.post for row in rows(strong) if row.pillar == strong}


def test_with_nothing_known_the_mix_is_the_strategy_and_nothing_is_claimed() -> None:
    found = learn(BRAND, WEEK.key, [], NOW)
    assert not any(effect.known for effect in found.effects)
    explore = BRAND.policies.exploration_share
    expected = {pillar.id: explore / 3 + (1 - explore) * pillar.weight for pillar in BRAND.pillars}
    assert found.mix[Factor.PILLAR] == pytest.approx(expected)


def test_absent_metrics_are_left_out_not_counted_as_zero() -> None:
    usable = rows("garden")
    blank = [performance(100 + number, "garden", None) for number in range(10)]
    assert learn(BRAND, WEEK.key, [*usable, *blank], NOW).effects == learn(BRAND, WEEK.key, usable, NOW).effects


def test_young_posts_are_read_through_the_growth_curve_not_counted_as_small() -> None:
    usable = rows("none", 30, 0.0)
    so_far = round(100 * (1 - math.exp(-24 / 30)))
    young = [performance(200 + n, "garden", so_far, age_hours=24, age=SnapshotAge.DAY) for n in range(10)]
    before, after = (
        learn(BRAND, WEEK.key, posts, NOW).effect(Factor.PILLAR, "garden") for posts in (usable, [*usable, *young])
    )
    assert before is not None and after is not None
    assert abs(after.log_effect - before.log_effect) < 0.1
    assert after.posts == before.posts + 10


def test_a_young_zero_is_hardly_evidence() -> None:
    young = [performance(200 + n, "garden", 0, age_hours=1, age=SnapshotAge.HOUR) for n in range(3)]
    effect = learn(BRAND, WEEK.key, [*rows("garden"), *young], NOW).effect(Factor.PILLAR, "garden")
    assert effect is not None and effect.known and effect.multiple > 1.2


def test_one_lucky_post_is_shrunk_towards_the_average() -> None:
    found = learn(BRAND, WEEK.key, [*rows("none", 12, 0.0), performance(50, "people", 5000)], NOW)
    effect = found.effect(Factor.PILLAR, "people")
    assert effect is not None and effect.multiple < 3


@given(
    strong=st.sampled_from([pillar.id for pillar in BRAND.pillars]),
    posts=st.integers(0, 30),
    seed=st.integers(0, 999),
)
def test_every_week_is_covered_whatever_was_learnt(strong: str, posts: int, seed: int) -> None:
    found = learn(BRAND, WEEK.key, rows(strong, posts), NOW)
    for factor, levels in levels_of(BRAND).items():
        assert sum(found.mix[factor].values()) == pytest.approx(1)
        assert set(found.mix[factor]) == set(levels)
    plan = allocate(BRAND, WEEK, found, seed)
    assert [item.position for item in plan] == list(range(1, BRAND.posting.posts_per_week + 1))
    assert len({item.slot for item in plan}) == len(plan)
    assert [item.scheduled_at for item in plan] == sorted(item.scheduled_at for item in plan)
    counts = Counter(item.pillar for item in plan)
    for pillar, share in found.mix[Factor.PILLAR].items():
        assert abs(counts[pillar] - share * len(plan)) < 1 + 1e-9


def test_a_plan_is_the_same_for_the_same_seed() -> None:
    found = learn(BRAND, WEEK.key, rows("garden"), NOW)
    assert allocate(BRAND, WEEK, found, 7) == allocate(BRAND, WEEK, found, 7)


def further(kind: FurtherKind, level: str, effect: float, sd: float) -> FurtherEffect:
    return FurtherEffect(kind=kind, level=level, log_effect=effect, log_sd=sd, posts=9, evidence=())


@pytest.mark.parametrize(
    ("effect", "sentence"),
    [
        (
            further(FurtherKind.PAIR, "pillar=rooms & hook=list", 0.3, 0.1),
            "pillar rooms with hook list: 35% more than both bring by themselves (1.15 to 1.59 x, 9 posts)",
        ),
        (
            further(FurtherKind.PAIR, "pillar=rooms & hook=list", 0.1, 0.1),
            "pillar rooms with hook list: not known yet (0.94 to 1.30 x, 9 posts)",
        ),
        (
            further(FurtherKind.FATIGUE, "hook", -0.1, 0.02),
            "The same hook again at once: 10% less than without the repetition (0.88 to 0.94 x, 9 posts)",
        ),
        (
            further(FurtherKind.SEASON, "now", 0.1, 0.2),
            "The coming week: not known yet (0.80 to 1.54 x, 9 posts)",
        ),
        (
            further(FurtherKind.DRIFT, "week", 0.05, 0.0),
            "Tastes move: an effect changes by about 5% a week; older posts count for less",
        ),
    ],
)
def test_what_is_known_beside_levels_in_words(effect: FurtherEffect, sentence: str) -> None:
    assert effect.sentence() == sentence


def test_of_every_kind_something_is_said_and_of_pairs_only_what_is_known() -> None:
    known = further(FurtherKind.PAIR, "pillar=rooms & hook=list", 0.3, 0.1)
    open_one = further(FurtherKind.PAIR, "pillar=rooms & hook=story", 0.0, 0.1)
    season = further(FurtherKind.SEASON, "now", 0.1, 0.2)
    assert told_of_further((open_one, known, season)) == (
        known.sentence(),
        FurtherKind.FATIGUE.unknown,
        season.sentence(),
        FurtherKind.DRIFT.unknown,
    )
    assert all("not known yet" in sentence for sentence in told_of_further(()))
