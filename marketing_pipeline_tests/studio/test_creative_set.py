"""The set that the checks are measured on: labels are the generator's, and each planted defect can be found."""

import random
from itertools import islice

import pytest

from benchmarks.creatives.broken import KINDS
from benchmarks.creatives.good import SHAPES, Made, good_creatives
from benchmarks.creatives.houses import houses
from benchmarks.creatives.planted import Planted
from benchmarks.creatives.shares import wilson
from benchmarks.creatives.verdicts import failed_checks

TRAINING = 5


@pytest.fixture(scope="module")
def goods() -> list[Made]:
    return list(islice(good_creatives(TRAINING, houses()), len(SHAPES)))


def test_good_ones_go_through_every_template_and_format_and_raise_no_alarm(goods: list[Made]) -> None:
    assert {(made.brief.template, made.brief.format) for made in goods} <= set(SHAPES)
    assert len({made.brief.template for made in goods}) == len({template for template, _ in SHAPES})
    assert not [failed for made in goods if (failed := failed_checks(Planted(made), None))]


@pytest.mark.parametrize("name", [name for name, kind in KINDS.items() if not kind.needs_reader])
def test_a_planted_defect_of_each_kind_is_found_by_a_check_that_is_meant_for_it(name: str, goods: list[Made]) -> None:
    kind, dice = KINDS[name], random.Random(name)
    planted = next(one for made in goods[2:] * 3 if (one := kind.plant(made, dice)) is not None)
    found = {result.name for result in failed_checks(planted, None)}
    assert planted.refused or found & kind.checks


def test_the_same_seed_makes_the_same_set() -> None:
    first, again = (next(good_creatives(TRAINING, houses())) for _ in range(2))
    assert first.brief == again.brief
    assert first.creative.pictures[0].jpeg == again.creative.pictures[0].jpeg


@pytest.mark.parametrize(
    ("found", "of", "low", "high"), [(0, 66, 0.0, 0.055), (180, 180, 0.979, 1.0), (95, 100, 0.888, 0.978)]
)
def test_intervals_are_wilsons(found: int, of: int, low: float, high: float) -> None:
    assert wilson(found, of) == (pytest.approx(low, abs=6e-4), pytest.approx(high, abs=6e-4))
