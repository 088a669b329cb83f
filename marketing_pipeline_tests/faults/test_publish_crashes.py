"""The fast share of rows 1 and 2, and the mutant that must fail."""

from pathlib import Path

import pytest

from marketing_pipeline.execution.steps import Step
from marketing_pipeline_tests.faults.publish_crashes import POINTS, ROWS, every_point
from marketing_pipeline_tests.faults.row import FaultRow


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row.number)
def test_row(row: FaultRow, tmp_path: Path) -> None:
    figure = row.run(row.fast, 1, tmp_path)
    assert figure.tries >= row.fast
    assert figure.holds, figure


def test_without_the_read_back_posts_go_live_twice(tmp_path: Path) -> None:
    until_the_answer = POINTS.index(Step.ANSWERED) + 1
    assert every_point(until_the_answer, 1, tmp_path, blind=True).double > 0
