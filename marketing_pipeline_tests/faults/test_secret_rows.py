"""The fast share of row 42."""

from pathlib import Path

import pytest

from marketing_pipeline_tests.faults.row import FaultRow
from marketing_pipeline_tests.faults.secret_rows import ROWS


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row.number)
def test_row(row: FaultRow, tmp_path: Path) -> None:
    figure = row.run(row.fast, 1, tmp_path)
    assert figure.tries >= row.fast
    assert figure.holds, figure
