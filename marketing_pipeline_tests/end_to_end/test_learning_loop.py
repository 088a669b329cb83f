"""Learnings are learnt: what the audience likes decides the recommended mix, and through it the next plan."""

from collections import Counter
from pathlib import Path

import pytest

from marketing_pipeline.domain.brand import Brand
from marketing_pipeline.domain.creative import PostFormat
from marketing_pipeline.domain.learning import Factor, Learnings
from marketing_pipeline.domain.plan import WeeklyPlan
from marketing_pipeline.sandbox.tastes import Tastes
from marketing_pipeline_tests.end_to_end.company import FIRST_WEEK, company

WEEKS = 3
LIKED, DISLIKED = 0.8, -0.8


@pytest.fixture
def two_pillars(brand: Brand) -> tuple[str, str]:
    """The two pillars with the most alike weights: the strategy itself prefers neither much."""
    ranked = sorted(brand.pillars, key=lambda pillar: -pillar.weight)
    return ranked[0].id, ranked[1].id


def lived(root: Path, brand: Brand, likes: str, dislikes: str) -> tuple[Learnings, WeeklyPlan]:
    """Three weeks with an audience of that taste, and what is learnt and planned after them."""
    tastes = Tastes(
        pillars={likes: LIKED, dislikes: DISLIKED},
        formats={PostFormat.CAROUSEL: LIKED if likes < dislikes else DISLIKED},
    )
    with company(root, brand, tastes) as people:
        for number in range(WEEKS):
            people.learn_and_plan(FIRST_WEEK.plus(number))
            people.publish_and_measure(FIRST_WEEK.plus(number))
        account = brand.channels.instagram.account_id
        assert len(people.world.journal.publishes(account)) == WEEKS * brand.posting.posts_per_week
        return people.learn_and_plan(FIRST_WEEK.plus(WEEKS))


@pytest.mark.slow
def test_swapping_the_tastes_reverses_the_recommended_mix_and_the_next_plan(
    tmp_path: Path, brand: Brand, two_pillars: tuple[str, str]
) -> None:
    first, second = two_pillars
    learnt, plan = lived(tmp_path / "as_is", brand, first, second)
    swapped_learnt, swapped_plan = lived(tmp_path / "swapped", brand, second, first)
    mix, swapped_mix = learnt.mix[Factor.PILLAR], swapped_learnt.mix[Factor.PILLAR]
    assert mix[first] > mix[second]
    assert swapped_mix[second] > swapped_mix[first]
    count = Counter(post.assignment.pillar for post in plan.posts)
    swapped_count = Counter(post.assignment.pillar for post in swapped_plan.posts)
    assert count[first] > swapped_count[first]
    assert count[second] < swapped_count[second]
    carousel = learnt.mix[Factor.FORMAT][PostFormat.CAROUSEL], swapped_learnt.mix[Factor.FORMAT][PostFormat.CAROUSEL]
    assert (carousel[0] > carousel[1]) is (first < second)
