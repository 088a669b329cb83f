"""An experiment from its statement to its verdict: the better level is found, and nothing where nothing differs."""

from collections import Counter
from datetime import timedelta
from pathlib import Path

import pytest

from marketing_pipeline.domain.brand import Brand
from marketing_pipeline.domain.creative import PostFormat
from marketing_pipeline.domain.experiment import Experiment, ExperimentState, Question, Verdict
from marketing_pipeline.domain.experiment_readout import Readout
from marketing_pipeline.domain.learning import Factor
from marketing_pipeline.domain.person import Person, Role
from marketing_pipeline.sandbox.tastes import Tastes
from marketing_pipeline.workflows.collect_metrics import collect_metrics
from marketing_pipeline_tests.end_to_end.company import FIRST_WEEK, Company, company

EDITOR = Person(name="ed", role=Role.EDITOR, source="console")
LIKED = {PostFormat.CAROUSEL: 0.7, PostFormat.SQUARE: -0.7}


def question(people: Company, first_week: str) -> Question:
    """The question whether carousels bring more than squares."""
    return Question(
        brand=people.brand.brand_id,
        factor=Factor.FORMAT,
        level="carousel",
        against="square",
        ratio=2.0,
        hypothesis="People swipe.",
        first_week=first_week,
    )


def stated(people: Company) -> Experiment:
    """That question, from the first week on."""
    return people.workplace.experiments.state(EDITOR, question(people, FIRST_WEEK.key))


def lived(people: Company, weeks: int) -> list[Readout]:
    """Play the weeks, looking before each is planned as the weekly run does, and once when all is measured."""
    desk, brand = people.workplace.experiments, people.brand.brand_id
    seen: list[Readout] = []
    for number in range(weeks):
        week = FIRST_WEEK.plus(number)
        seen += desk.look(brand)
        people.learn_and_plan(week)
        people.publish_and_measure(week)
    people.workplace.clock.step_to(people.workplace.clock.now() + timedelta(days=8))
    collect_metrics(people.at(FIRST_WEEK), people.workplace.providers.instagram(people.brand))
    return [*seen, *desk.look(brand)]


@pytest.mark.slow
def test_the_better_level_is_found_and_the_week_is_the_learners_again(tmp_path: Path, brand: Brand) -> None:
    with company(tmp_path, brand, Tastes(formats=LIKED)) as people:
        experiment = stated(people)
        seen = lived(people, 3)
        decided = people.workplace.experiments.readout(EDITOR, experiment.id)
        assert decided.experiment.state is ExperimentState.DECIDED
        assert decided.verdict is Verdict.LEVEL_BETTER
        assert [each.experiment.state for each in seen[:-1]] == [ExperimentState.PLANNED] + [
            ExperimentState.RUNNING
        ] * (len(seen) - 2)
        by_week = Counter((row.post.week, row.post.arm) for row in decided.posts)
        assert set(by_week.values()) == {3}
        assert all(row.post.level_now(Factor.FORMAT) == row.post.level for row in decided.posts)
        noise = people.workplace.experiments.layout(question(people, FIRST_WEEK.plus(9).key)).noise
        assert noise.posts == 3 * brand.posting.posts_per_week and 0.1 < noise.sd < 0.6
        _, plan = people.learn_and_plan(FIRST_WEEK.plus(4))
        assert not any(experiment.id in post.assignment.reason for post in plan.posts)


@pytest.mark.slow
def test_where_nothing_differs_nothing_is_found(tmp_path: Path, brand: Brand) -> None:
    with company(tmp_path, brand, Tastes()) as people:
        experiment = stated(people)
        lived(people, 2)
        found = people.workplace.experiments.readout(EDITOR, experiment.id)
        assert found.verdict in (Verdict.OPEN, Verdict.ALIKE)
        assert len(found.steps) == 6
