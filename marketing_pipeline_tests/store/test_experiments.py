"""Experiments as they are stored: steps that are not drawn are refused by domain and database alike."""

import pytest
from sqlalchemy import update
from sqlalchemy.exc import IntegrityError

from marketing_pipeline.domain.errors import RefusedTransition
from marketing_pipeline.domain.experiment import TRANSITIONS, ExperimentState, require_step
from marketing_pipeline.store.database import Database
from marketing_pipeline.store.experiments import get_experiment
from marketing_pipeline.store.tables import experiments
from marketing_pipeline_tests.domain.trials import an_experiment


@pytest.mark.parametrize("after", ExperimentState)
@pytest.mark.parametrize("before", ExperimentState)
def test_a_step_is_refused_by_domain_and_database_alike(
    database: Database, before: ExperimentState, after: ExperimentState
) -> None:
    stored = an_experiment(state=before)
    with database.write() as connection:
        connection.execute(experiments.insert().values(**stored.model_dump()))
    is_drawn = before is after or after in TRANSITIONS[before]
    refusals: list[str] = []
    try:
        with database.write() as connection:
            connection.execute(update(experiments).values(state=after))
    except IntegrityError as refused:
        refusals.append(str(refused))
    assert ["not drawn" in refusal for refusal in refusals] == [True] * (not is_drawn)
    if not is_drawn:
        with pytest.raises(RefusedTransition):
            require_step(stored, after)
    with database.read() as connection:
        assert get_experiment(connection, stored.id).state is (after if is_drawn else before)
