"""The fast share of rows 40 and 41."""

from pathlib import Path

import pytest

from marketing_pipeline_tests.faults import console_rows, network_rows
from marketing_pipeline_tests.faults.row import FaultRow

ROWS = (*network_rows.ROWS, *console_rows.ROWS)


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row.number)
def test_row(row: FaultRow, tmp_path: Path) -> None:
    figure = row.run(row.fast, 1, tmp_path)
    assert figure.tries >= row.fast
    assert figure.holds, figure
