"""The fast share of rows 35 and 36, and the control that good answers are taken."""

from pathlib import Path

import pytest

from marketing_pipeline_tests.faults.agent_desk import CASES
from marketing_pipeline_tests.faults.model_rows import ROWS, goods_are_taken
from marketing_pipeline_tests.faults.row import FaultRow


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row.number)
def test_row(row: FaultRow, tmp_path: Path) -> None:
    figure = row.run(row.fast, 1, tmp_path)
    assert figure.tries >= row.fast
    assert figure.holds, figure


def test_every_agent_takes_its_good_answer() -> None:
    assert goods_are_taken() == len(CASES)
