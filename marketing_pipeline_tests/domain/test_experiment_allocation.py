"""A week with experiments in it: arms in pairs by the draw, the brand's bounds kept, the rest as ever."""

from collections import Counter
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from marketing_pipeline.domain.allocation import allocate
from marketing_pipeline.domain.brand import Brand
from marketing_pipeline.domain.experiment import Design, Experiment
from marketing_pipeline.domain.experiment_allocation import Trial
from marketing_pipeline.domain.experiment_arm import Arm
from marketing_pipeline.domain.experiment_design import Room, room_for
from marketing_pipeline.domain.learning import Factor, levels_of
from marketing_pipeline.domain.learning_engine import learn
from marketing_pipeline_tests.domain.brands import brand_content, make_brand, pillar
from marketing_pipeline_tests.domain.trials import WEEK, an_experiment
from marketing_pipeline_tests.fixtures import NOW

SEVEN: dict[str, Any] = {"posts_per_week": 7, "slots": brand_content()["posting"]["slots"]}
ONE = {**SEVEN, "posts_per_week": 1}
BRAND = make_brand(posting=SEVEN)
BOUND = make_brand(
    posting=SEVEN,
    pillars=[pillar("garden", 0.3), pillar("brewing", 0.3), {**pillar("people", 0.4), "least_share": 0.4}],
)


def trial_on(factor: Factor, brand: Brand = BRAND, drawn: int = 0, left: int = 20, **changes: Any) -> Trial:
    level, against = levels_of(brand)[factor][:2]
    room = room_for(brand, factor, level, against)
    design = {"design": room.design, "block_posts": room.block_posts}
    named = {"id": f"experiment-{factor}", "factor": factor, "level": level, "against": against}
    return Trial(an_experiment(**{**named, **design, **changes}), frozenset(range(1, drawn + 1)), left)


def planned(brand: Brand, *trials: Trial, seed: int = 1, week: Any = WEEK) -> Any:
    return allocate(brand, week, learn(brand, week.key, [], NOW), seed, trials)


@settings(max_examples=60, deadline=None)
@given(
    seed=st.integers(0, 500),
    factors=st.sets(st.sampled_from(Factor), min_size=1),
    brand=st.sampled_from([BRAND, BOUND]),
    left=st.integers(0, 9),
)
def test_both_arms_come_equally_often_within_the_brands_bounds(
    seed: int, factors: set[Factor], brand: Brand, left: int
) -> None:
    trials = [trial_on(factor, brand, left=left) for factor in sorted(factors)]
    posts = planned(brand, *trials, seed=seed)
    assert len({post.slot for post in posts}) == 7 == len(posts)
    for trial in trials:
        experiment = trial.experiment
        arms = [(arm, post) for post in posts for arm in post.arms if arm.experiment == experiment.id]
        blocks: dict[int, list[Arm]] = {}
        for arm, post in arms:
            assert getattr(post, experiment.factor.value) == arm.level == experiment.level_of(arm.arm)
            assert f"Experiment {experiment.id}" in post.reason
            blocks.setdefault(arm.block, []).append(arm.arm)
        room = room_for(brand, experiment.factor, experiment.level, experiment.against)
        assert all(sorted(block) == sorted(Arm) for block in blocks.values())
        assert sorted(blocks) == list(range(1, 1 + min(room.blocks, left)))
    for factor in (Factor.PILLAR, Factor.FORMAT, Factor.HOOK):
        assert max(Counter(getattr(post, factor.value) for post in posts).values()) <= 4.2
    assert brand is BRAND or sum(post.pillar == "people" for post in posts) >= 2


def test_without_experiments_weeks_are_as_they_were() -> None:
    assert planned(BRAND) == planned(BRAND, trial_on(Factor.HOOK, left=0))


@pytest.mark.parametrize("factor", Factor)
def test_chance_decides_and_a_seed_repeats_it(factor: Factor) -> None:
    trial = trial_on(factor)
    firsts = Counter(
        next(arm.arm for post in planned(BRAND, trial, seed=seed) for arm in post.arms if arm.block == 1)
        for seed in range(60)
    )
    if factor is not Factor.SLOT:  # slots stand in the order of the week; there the draw is which post goes where
        assert 15 <= firsts[Arm.LEVEL] <= 45
    assert planned(BRAND, trial, seed=5) == planned(BRAND, trial, seed=5)


def test_of_two_slots_chance_decides_which_whole_post_goes_where() -> None:
    hooks = trial_on(Factor.HOOK)
    seen: Counter[tuple[Any, ...]] = Counter()
    for number in range(40):
        trial = trial_on(Factor.SLOT, id=f"experiment-{number}")
        posts = {post.slot: post for post in planned(BRAND, trial, hooks)}
        pair = [posts[slot] for slot in (trial.experiment.level, trial.experiment.against)]
        own = [arm.arm for post in pair for arm in post.arms if arm.experiment == trial.experiment.id]
        assert own == [Arm.LEVEL, Arm.AGAINST]
        others = [[arm for arm in post.arms if arm.experiment == hooks.experiment.id] for post in pair]
        seen[
            tuple((post.pillar, post.format, post.hook, str(arms)) for post, arms in zip(pair, others, strict=True))
        ] += 1
    [(one, count), (other, _)] = seen.most_common()
    assert one == other[::-1] and 10 <= 40 - count <= 20


@pytest.mark.parametrize("factor", Factor)
def test_with_one_post_a_week_weeks_are_paired(factor: Factor) -> None:
    brand = make_brand(posting=ONE)
    trial = trial_on(factor, brand)
    assert trial.experiment.design is Design.BY_WEEK
    arms = [planned(brand, trial, week=WEEK.plus(number))[0].arms[0] for number in range(12)]
    assert [arm.block for arm in arms] == [1, 1, 2, 2, 3, 3, 4, 4, 5, 5, 6, 6]
    pairs = list(zip(arms[::2], arms[1::2], strict=True))
    assert all({one.arm, other.arm} == set(Arm) for one, other in pairs)
    assert len({one.arm for one, _ in pairs}) == 2


def test_the_second_week_of_a_pair_is_drawn_although_no_pair_is_left() -> None:
    brand = make_brand(posting=ONE)
    last = trial_on(Factor.HOOK, brand, drawn=1, left=0)
    assert planned(brand, last, week=WEEK.plus(1))[0].arms
    assert not planned(brand, last, week=WEEK.plus(2))[0].arms


@pytest.mark.parametrize(
    ("brand", "trial"),
    [
        (BRAND, trial_on(Factor.PILLAR, level="gone")),
        (BRAND, trial_on(Factor.SLOT, against="gone")),
        (make_brand(posting=ONE), trial_on(Factor.HOOK)),
        (make_brand(posting=ONE), trial_on(Factor.SLOT)),
    ],
    ids=["a pillar is gone", "a slot is gone", "one post a week is left", "one post a week is left, slots"],
)
def test_what_the_brand_no_longer_has_room_for_gets_no_posts(brand: Brand, trial: Trial) -> None:
    assert planned(brand, trial) == planned(brand)


def test_weeks_stay_paired_when_a_brand_posts_more() -> None:
    for factor in Factor:
        trial = trial_on(factor, make_brand(posting=ONE))
        arms = [arm for post in planned(BRAND, trial) for arm in post.arms]
        assert len(arms) == (factor is not Factor.SLOT) and len({post.slot for post in planned(BRAND, trial)}) == 7


def test_what_was_known_of_the_other_levels_is_noted() -> None:
    learnt = learn(BRAND, WEEK.key, [], NOW)
    effects = tuple(
        effect.model_copy(update={"log_effect": 0.5}) if effect.level == "portrait" else effect
        for effect in learnt.effects
    )
    learnt = learnt.model_copy(update={"effects": effects})
    posts = allocate(BRAND, WEEK, learnt, 1, [trial_on(Factor.HOOK)])
    for post in posts:
        assert all(arm.expected == (0.5 if post.format == "portrait" else 0.0) for arm in post.arms)
    own = allocate(BRAND, WEEK, learnt, 1, [trial_on(Factor.FORMAT, level="portrait", against="square")])
    assert all(arm.expected == 0.0 for post in own for arm in post.arms)


@pytest.mark.parametrize(
    ("brand", "factor", "room"),
    [
        (BRAND, Factor.HOOK, Room(Design.WITHIN_WEEK, 3, 1)),
        (BRAND, Factor.SLOT, Room(Design.WITHIN_WEEK, 1, 1)),
        (BOUND, Factor.PILLAR, Room(Design.WITHIN_WEEK, 2, 1)),
        (make_brand(posting=ONE), Factor.HOOK, Room(Design.BY_WEEK, 1, 1)),
        (make_brand(posting={**SEVEN, "posts_per_week": 2}), Factor.HOOK, Room(Design.WITHIN_WEEK, 1, 1)),
    ],
)
def test_room_in_a_week(brand: Brand, factor: Factor, room: Room) -> None:
    assert room_for(brand, factor, *levels_of(brand)[factor][:2]) == room


def test_an_experiment_of_another_experiment_has_another_draw() -> None:
    one, other = trial_on(Factor.HOOK), trial_on(Factor.HOOK, id="experiment-other")
    draws: list[list[Any]] = [[arm.arm for post in planned(BRAND, each) for arm in post.arms] for each in (one, other)]
    assert isinstance(one.experiment, Experiment) and draws[0] != draws[1]
