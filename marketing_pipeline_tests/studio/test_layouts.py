"""Turns of the arrangements: posts with the same template keep out of each other's way."""

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from marketing_pipeline.domain.creative import Template
from marketing_pipeline.domain.week import Week
from marketing_pipeline.studio.fingerprint import hash_distance, perceptual_hash
from marketing_pipeline.studio.layouts import ARRANGEMENTS, arrangement_of, in_turn
from marketing_pipeline.studio.thresholds import NEAR
from marketing_pipeline_tests.studio.bakery import brief_for, rendered

WEEK = Week(date(2026, 11, 16))
templates = st.sampled_from(list(Template))
seeds = st.integers(0, 1_000_000)
rhythms = st.integers(1, 21)


@given(templates, seeds, seeds, rhythms, st.integers(1, 20), st.integers(1, 5))
def test_near_posts_of_a_week_never_share_an_arrangement(
    template: Template, one: int, other: int, rhythm: int, position: int, apart: int
) -> None:
    first = in_turn(brief_for(template, seed=one), WEEK, position, rhythm)
    second = in_turn(brief_for(template, seed=other), WEEK, position + apart, rhythm)
    same = arrangement_of(first) == arrangement_of(second)
    assert same is (apart % ARRANGEMENTS[template] == 0)


@given(templates, seeds, rhythms, st.integers(1, 21))
def test_the_same_place_of_the_next_week_looks_otherwise(
    template: Template, seed: int, rhythm: int, position: int
) -> None:
    brief = brief_for(template, seed=seed)
    this, following = (in_turn(brief, WEEK.plus(weeks), position, rhythm) for weeks in (0, 1))
    assert arrangement_of(this) != arrangement_of(following)


@given(templates, seeds, rhythms, st.integers(1, 21))
def test_only_the_seed_changes_and_little_of_it(template: Template, seed: int, rhythm: int, position: int) -> None:
    brief = brief_for(template, seed=seed)
    turned = in_turn(brief, WEEK, position, rhythm)
    assert turned.model_copy(update={"artwork_seed": seed}) == brief
    assert abs(turned.artwork_seed - seed) < ARRANGEMENTS[template]
    assert 0 <= turned.artwork_seed <= 1_000_000
    assert in_turn(turned, WEEK, position, rhythm) == turned


@pytest.mark.parametrize("template", list(Template))
def test_each_arrangement_is_its_own_picture(template: Template) -> None:
    assert ARRANGEMENTS[template] >= 3
    hashes = [
        perceptual_hash(rendered(brief_for(template, seed=seed)).pictures[0].jpeg)
        for seed in range(ARRANGEMENTS[template])
    ]
    assert min(hash_distance(a, b) for number, a in enumerate(hashes) for b in hashes[:number]) > NEAR
