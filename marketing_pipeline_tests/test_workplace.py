"""One installation, opened: what it puts right when it is used."""

from datetime import timedelta
from pathlib import Path

import pytest

from marketing_pipeline.domain.brand import Brand
from marketing_pipeline.domain.model_call import CallOutcome
from marketing_pipeline.store.tables import model_calls
from marketing_pipeline.workplace.providers import GIVEN_UP_AFTER
from marketing_pipeline_tests.end_to_end.company import FIRST_WEEK, company
from marketing_pipeline_tests.fixtures import TEST_BRANDS


@pytest.mark.parametrize(("waited", "closed"), [(GIVEN_UP_AFTER + timedelta(minutes=1), True), (timedelta(0), False)])
def test_calls_that_a_killed_run_left_open_are_closed_and_keep_their_cost(
    tmp_path: Path, small_brands: dict[str, Brand], waited: timedelta, closed: bool
) -> None:
    with company(tmp_path, small_brands["bakery"], brands=TEST_BRANDS) as people:
        people.learn_and_plan(FIRST_WEEK, write=False)
        workplace = people.workplace
        with workplace.database.write() as connection:
            left_open = {"outcome": CallOutcome.IN_FLIGHT, "cost_micros": None, "started_at": workplace.clock.now()}
            connection.execute(model_calls.update().values(**left_open))
        workplace.clock.sleep(waited.total_seconds())
        workplace.providers.language_model()
        with workplace.database.read() as connection:
            rows = connection.execute(model_calls.select()).all()
    assert {(row.outcome == CallOutcome.ABANDONED, row.cost_micros) for row in rows} == {(closed, None)}
    assert all(row.reserved_micros > 0 for row in rows)
