"""The engine is sane for no post and for thousands, honours bounds, and finds what was planted beside plain levels."""

import math
import random
from collections import Counter
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest

from marketing_pipeline.domain.allocation import allocate
from marketing_pipeline.domain.creative import PostFormat
from marketing_pipeline.domain.identifiers import PostId
from marketing_pipeline.domain.learning import Factor, FurtherKind
from marketing_pipeline.domain.learning_engine import learn
from marketing_pipeline.domain.metrics import EarlyFigures, PostPerformance, SnapshotAge
from marketing_pipeline.domain.plan import Hook
from marketing_pipeline.domain.week import Week
from marketing_pipeline_tests.domain.brands import brand_content, make_brand

BRAND = make_brand()
NOW = datetime(2026, 11, 22, 18, tzinfo=UTC)
WEEK = Week.parse("2026-11-23")
PILLARS = [pillar.id for pillar in BRAND.pillars]
Effect = Callable[[PostPerformance], float]


def posts(count: int, effect: Effect, noise: float = 0.3, every_hours: float = 24.0) -> list[PostPerformance]:
    """So many posts, the newest a week old, with every figure drawn around the effect."""
    dice = random.Random(count)
    made: list[PostPerformance] = []
    for number in range(count):
        bare = PostPerformance(
            post=PostId(f"p{number:05d}"),
            brand=BRAND.brand_id,
            week="2026-11-09",
            published_at=NOW - timedelta(days=7.5, hours=every_hours * (count - 1 - number)),
            pillar=dice.choice(PILLARS),
            format=dice.choice(list(PostFormat)),
            hook=dice.choice(list(Hook)),
            slot=f"s{number % 7}",
            age=SnapshotAge.WEEK,
            age_hours=168,
            reach=None,
            views=None,
            likes=None,
            comments=None,
            saved=None,
            shares=None,
            topic="t",
            hook_line="h",
        )
        log = effect(bare)
        figures = {
            name: round(base * math.exp(log + dice.gauss(0, noise)))
            for name, base in (("reach", 2000), ("likes", 200), ("comments", 30), ("saved", 40), ("shares", 30))
        }
        made.append(bare.model_copy(update=figures))
    return made


def garden(row: PostPerformance) -> float:
    """An audience that likes one pillar."""
    return 0.6 if row.pillar == "garden" else 0.0


@pytest.mark.parametrize("count", [0, 1, 2, 5, 40, 10_000])
def test_any_number_of_posts_gives_finite_effects_and_a_plan(count: int) -> None:
    found = learn(BRAND, WEEK.key, posts(count, garden, every_hours=1 if count > 1000 else 24), NOW)
    assert all(math.isfinite(effect.log_effect) and effect.log_sd >= 0 for effect in found.effects)
    assert all(sum(shares.values()) == pytest.approx(1) for shares in found.mix.values())
    assert len({item.slot for item in allocate(BRAND, WEEK, found, 3)}) == BRAND.posting.posts_per_week


def test_several_figures_tell_more_than_one() -> None:
    rows = posts(40, garden, noise=0.5)
    likes = [row.model_copy(update=dict.fromkeys(("reach", "comments", "saved", "shares"))) for row in rows]
    every, one = (learn(BRAND, WEEK.key, given, NOW).effect(Factor.PILLAR, "garden") for given in (rows, likes))
    assert every is not None and one is not None
    assert every.log_sd < 0.8 * one.log_sd


def test_the_growth_curve_is_learnt_from_posts_measured_twice() -> None:
    slow = [
        row.model_copy(
            update={
                "earlier": (
                    EarlyFigures(
                        age=SnapshotAge.DAY,
                        age_hours=24,
                        **{
                            name: round(getattr(row, name) * 0.2)
                            for name in ("reach", "likes", "comments", "saved", "shares")
                        },
                    ),
                )
            }
        )
        for row in posts(40, lambda _: 0.0)
    ]
    young = [
        row.model_copy(
            update={
                "post": PostId(f"y{number}"),
                "pillar": "people",
                "age": SnapshotAge.DAY,
                "age_hours": 24.0,
                "published_at": NOW - timedelta(hours=24),
                **{name: round(getattr(row, name) * 0.2) for name in ("reach", "likes", "comments", "saved", "shares")},
            }
        )
        for number, row in enumerate(posts(6, lambda _: 0.0))
    ]
    before, after = (
        learn(BRAND, WEEK.key, rows, NOW).effect(Factor.PILLAR, "people") for rows in (slow, [*slow, *young])
    )
    assert before is not None and after is not None
    assert abs(after.log_effect - before.log_effect) < 0.15


def test_one_wild_post_does_not_turn_a_verdict() -> None:
    rows = posts(60, garden)
    wild = [row.model_copy(update={"likes": 90_000, "reach": 900_000, "shares": 9_000}) for row in rows[:1]]
    found = learn(BRAND, WEEK.key, [*wild, *rows[1:]], NOW)
    effect = found.effect(Factor.PILLAR, "garden")
    assert effect is not None and effect.known and effect.multiple > 1.2


def test_a_pair_that_does_well_together_is_found_and_its_posts_named() -> None:
    def together(row: PostPerformance) -> float:
        return 0.9 if row.pillar == "garden" and row.hook is Hook.LIST else 0.0

    found = learn(BRAND, WEEK.key, posts(200, together, noise=0.15), NOW)
    pairs = {item.level: item for item in found.further if item.kind is FurtherKind.PAIR}
    pair = pairs["pillar=garden & hook=list"]
    assert pair.log_effect > 0.2
    rows = {row.post for row in posts(200, together, noise=0.15) if row.pillar == "garden" and row.hook is Hook.LIST}
    assert set(pair.evidence) <= rows and pair.evidence


def test_what_was_true_long_ago_is_believed_less_where_tastes_move() -> None:
    def turned(row: PostPerformance) -> float:
        liked = "garden" if (NOW - row.published_at).days > 100 else "people"
        return 0.8 if row.pillar == liked else 0.0

    found = learn(BRAND, WEEK.key, posts(200, turned, noise=0.15), NOW)
    people, old = (found.effect(Factor.PILLAR, level) for level in ("people", "garden"))
    assert people is not None and old is not None
    assert people.log_effect > old.log_effect + 0.3
    assert any(item.kind is FurtherKind.DRIFT for item in found.further)


def test_no_level_fills_more_than_the_brand_allows() -> None:
    found = learn(BRAND, WEEK.key, posts(80, garden), NOW)
    places = BRAND.posting.posts_per_week
    for factor in (Factor.PILLAR, Factor.FORMAT, Factor.HOOK):
        assert max(found.mix[factor].values()) * places <= BRAND.policies.most_alike * places + 1e-9
    assert max(found.mix[Factor.PILLAR], key=lambda level: found.mix[Factor.PILLAR][level]) == "garden"


def test_a_pillar_keeps_its_least_share_whatever_was_learnt() -> None:
    content = brand_content()
    content["pillars"][2]["least_share"] = 2 / 7
    brand = make_brand(pillars=content["pillars"])
    found = learn(brand, WEEK.key, posts(80, garden), NOW)
    assert found.mix[Factor.PILLAR]["people"] >= 2 / 7 - 1e-9
    counts = Counter(item.pillar for item in allocate(brand, WEEK, found, 5))
    assert counts["people"] >= 1


def test_a_reason_says_only_what_is_known_and_names_what_is_tried() -> None:
    found = learn(BRAND, WEEK.key, posts(80, garden), NOW)
    for item in allocate(BRAND, WEEK, found, 3):
        levels = {
            Factor.PILLAR: item.pillar,
            Factor.FORMAT: item.format,
            Factor.HOOK: item.hook,
            Factor.SLOT: item.slot,
        }
        effects = [found.effect(factor, str(level)) for factor, level in levels.items()]
        for effect in effects:
            assert effect is not None
            assert (effect.sentence() in item.reason) is effect.known
            if not effect.known and effect.level == found.best_looking(effect.factor):
                assert f"{effect.factor} {effect.level}" not in item.reason
