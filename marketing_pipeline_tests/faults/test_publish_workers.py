"""The fast share of rows 9 and 10."""

from pathlib import Path

import pytest

from marketing_pipeline_tests.faults.publish_workers import ROWS
from marketing_pipeline_tests.faults.row import FaultRow


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row.number)
def test_row(row: FaultRow, tmp_path: Path) -> None:
    figure = row.run(row.fast, 1, tmp_path)
    assert figure.tries >= row.fast
    assert figure.holds, figure
