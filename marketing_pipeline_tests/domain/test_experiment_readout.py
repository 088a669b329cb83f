"""What counts in a readout, what is left out and why, and where the stopping rule leads."""

from datetime import timedelta
from typing import Any

import pytest

from marketing_pipeline.domain.errors import RefusedTransition
from marketing_pipeline.domain.experiment import (
    TRANSITIONS,
    Design,
    ExperimentInvalid,
    ExperimentState,
    Question,
    Verdict,
    require_step,
)
from marketing_pipeline.domain.experiment_arm import Arm
from marketing_pipeline.domain.experiment_design import PRIOR_NOISE, Noise, Room, layout_of, noise_of, require_levels
from marketing_pipeline.domain.experiment_post import Standing
from marketing_pipeline.domain.experiment_readout import Readout, interval_words, read
from marketing_pipeline.domain.identifiers import BrandId
from marketing_pipeline.domain.learning import Factor
from marketing_pipeline_tests.domain.brands import make_brand
from marketing_pipeline_tests.domain.trials import a_pair, a_post, an_experiment
from marketing_pipeline_tests.fixtures import NOW

LATER = NOW + timedelta(days=8)
QUESTION = Question(
    brand=BrandId("tea_room"), factor=Factor.HOOK, level="question", against="list", first_week="2026-11-16"
)
ROOM = Room(Design.WITHIN_WEEK, 3, 1)


def strong(blocks: int) -> Readout:
    """Pairs of which the level brings three times as much."""
    return read(an_experiment(), [post for block in range(1, blocks + 1) for post in a_pair(block, 299, 99)], LATER)


def test_pairs_add_up_to_a_verdict() -> None:
    assert strong(1).verdict is Verdict.OPEN and strong(1).ends_as() is None
    found = strong(9)
    assert found.last is not None and found.last.times == pytest.approx(3.0) and found.last.posts == 18
    assert found.verdict is Verdict.LEVEL_BETTER and found.ends_as() is ExperimentState.DECIDED
    assert "question brings more likes than list: 3.00 times, 90% interval" in found.sentence()
    worse = read(an_experiment(), [post for block in range(1, 10) for post in a_pair(block, 99, 299)], LATER)
    assert worse.verdict is Verdict.AGAINST_BETTER and "brings less likes" in worse.sentence()


def test_what_was_expected_of_other_levels_is_taken_off() -> None:
    first, second = a_pair(1, 299, 99)
    known = first.model_copy(update={"expected": 1.0})
    assert read(an_experiment(), [known, second], LATER).steps[0].difference == pytest.approx(
        read(an_experiment(), [first, second], LATER).steps[0].difference - 1.0
    )


@pytest.mark.parametrize(
    ("change", "standing", "why"),
    [
        ({}, Standing.COUNTED, ""),
        ({"hook": "story"}, Standing.COUNTED, ""),
        ({"published_at": NOW + timedelta(hours=20)}, Standing.COUNTED, ""),
        ({"state": "cancelled", "published_at": None}, Standing.LEFT_OUT, "cancelled"),
        ({"state": "failed", "published_at": None}, Standing.LEFT_OUT, "not published within 7 days"),
        ({"published_at": NOW + timedelta(days=7, hours=1)}, Standing.LEFT_OUT, "more than 7 days late"),
        ({"figure": None}, Standing.LEFT_OUT, "gave no such figure"),
        ({"figure": None, "measured": False}, Standing.WAITING, "not 7 days old"),
    ],
)
def test_which_posts_count(change: dict[str, Any], standing: Standing, why: str) -> None:
    found = read(an_experiment(), a_pair(1, 100, 100, **change), LATER)
    [changed] = [row for row in found.posts if row.post.arm is Arm.LEVEL]
    assert changed.standing is standing and why in changed.why
    assert len(found.steps) == (standing is Standing.COUNTED)
    assert found.lost_blocks == (standing is Standing.LEFT_OUT)


def test_a_post_that_is_never_measured_is_given_up() -> None:
    pair = a_pair(1, None, 100, measured=False)
    assert read(an_experiment(), pair, NOW + timedelta(days=30)).lost_blocks == 1


@pytest.mark.parametrize(
    ("change", "told"),
    [
        ({"hook": "story"}, "changed to hook story"),
        ({"slot": "s3"}, "moved to s3"),
        ({"published_at": NOW + timedelta(hours=7)}, "published late"),
        ({"published_at": NOW + timedelta(hours=5)}, ""),
    ],
)
def test_what_people_changed_is_told_and_counts_as_drawn(change: dict[str, Any], told: str) -> None:
    found = read(an_experiment(), [*a_pair(1, 299, 99, **change), *a_pair(2, 99, 99)], LATER)
    [changed] = [row for row in found.posts if row.post.block == 1 and row.post.arm is Arm.LEVEL]
    assert changed.deviation == told and len(found.steps) == 2
    assert found.as_published == pytest.approx(1.0 if told else 3**0.5)


def test_blocks_are_read_in_the_order_of_the_draw_up_to_the_first_that_waits() -> None:
    waiting = a_pair(2, None, None, measured=False)
    lost = a_pair(3, 100, 100, state="cancelled", published_at=None)
    found = read(an_experiment(), [*a_pair(4, 10, 10), *waiting, *a_pair(1, 100, 100), *lost], LATER)
    assert [step.block for step in found.steps] == [1]
    measured = read(an_experiment(), [*a_pair(4, 10, 10), *a_pair(2, 5, 5), *a_pair(1, 100, 100), *lost], LATER)
    assert [step.block for step in measured.steps] == [1, 2, 4] and measured.drawn_blocks == 4


def test_half_a_pair_of_weeks_waits_for_the_other_and_is_given_up_without_it() -> None:
    by_week = an_experiment(design=Design.BY_WEEK)
    half = a_post(1, Arm.LEVEL, 100)
    pair = [
        post.model_copy(update={"drawn_at": NOW + timedelta(days=14), "published_at": NOW + timedelta(days=14)})
        for post in a_pair(2, 100, 100)
    ]
    assert not read(by_week, [half, *pair], NOW + timedelta(days=10)).steps
    assert [step.block for step in read(by_week, [half, *pair], NOW + timedelta(days=25)).steps] == [2]


def test_an_experiment_ends_with_its_last_pair_or_its_last_week() -> None:
    equal = [post for block in range(1, 4) for post in a_pair(block, 100, 100)]
    assert read(an_experiment(), equal, LATER).ends_as() is None
    assert read(an_experiment(blocks=3), equal, LATER).ends_as() is ExperimentState.ENDED
    over = NOW + timedelta(weeks=12, days=10)
    assert read(an_experiment(), equal, over).ends_as() is ExperimentState.ENDED
    assert read(an_experiment(state=ExperimentState.PLANNED), [], LATER).ends_as() is None
    assert read(an_experiment(state=ExperimentState.PLANNED), [], over).ends_as() is ExperimentState.CANCELLED
    assert read(an_experiment(state=ExperimentState.STOPPED), equal, over).ends_as() is None


def test_the_balance_of_the_other_factors_is_counted() -> None:
    found = read(an_experiment(), [*a_pair(1, 9, 9, pillar="people"), *a_pair(2, 9, 9)], LATER)
    pillars = [(row.level, row.posts, row.posts_against) for row in found.balance if row.factor is Factor.PILLAR]
    assert pillars == [("garden", 1, 2), ("people", 1, 0)]
    assert Factor.HOOK not in {row.factor for row in found.balance}


def test_before_any_pair_nothing_is_known() -> None:
    found = read(an_experiment(), [], NOW)
    assert found.last is None and found.as_published is None and "Not known yet" in found.sentence()
    assert interval_words(None, None) == "still without limits"
    assert (interval_words(1.2, None), interval_words(None, 0.9), interval_words(1, 2)) == (
        "above 1.20",
        "below 0.90",
        "1.00 to 2.00",
    )


def test_only_drawn_steps_are_taken() -> None:
    for before in ExperimentState:
        for after in ExperimentState:
            if after in TRANSITIONS[before]:
                require_step(an_experiment(state=before), after)
            else:
                with pytest.raises(RefusedTransition, match=f"is {before} and cannot become {after}"):
                    require_step(an_experiment(state=before), after)


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"level": "riddle"}, "no hook 'riddle'"),
        ({"against": "question"}, "against itself"),
        ({"first_week": "2026-11-17"}, "names no week"),
        ({"first_week": "soon"}, "names no week"),
    ],
)
def test_what_cannot_be_asked(change: dict[str, str], words: str) -> None:
    require_levels(make_brand(), QUESTION)
    with pytest.raises(ExperimentInvalid, match=words):
        require_levels(make_brand(), QUESTION.model_copy(update=change))


def test_an_experiment_that_is_too_short_says_what_could_be_found() -> None:
    layout = layout_of(QUESTION, ROOM, Noise(0.4, 30))
    assert layout.posts_per_arm == layout.blocks and layout.weeks == -(-layout.blocks // 3) < layout.longest
    with pytest.raises(ExperimentInvalid, match="it may last 4") as refused:
        layout_of(QUESTION.model_copy(update={"most_weeks": 4}), ROOM, Noise(0.4, 30))
    found = float(refused.value.mend.split("(")[1].split()[0])
    reachable = QUESTION.model_copy(update={"most_weeks": 4, "ratio": found})
    assert layout_of(reachable, ROOM, Noise(0.4, 30)).weeks <= 4
    with pytest.raises(ExperimentInvalid) as hopeless:
        layout_of(QUESTION.model_copy(update={"most_weeks": 1}), ROOM, Noise(2.0, 30))
    assert "no effect can be found" in hopeless.value.mend


def test_the_noise_is_the_spread_within_weeks_or_a_prior() -> None:
    rows = [("2026-11-02", 1.0), ("2026-11-02", 2.0), ("2026-11-09", 7.0), ("2026-11-09", 8.0)]
    assert noise_of(rows) == Noise(PRIOR_NOISE, 0)
    many = [(f"2026-{month:02d}-01", 5.0 * month + side) for month in range(1, 10) for side in (-0.5, 0.5)]
    assert noise_of(many) == Noise(pytest.approx(0.5**0.5), 18)  # pyright: ignore[reportArgumentType]
