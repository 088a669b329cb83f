"""The first day of row 47; `make faults` lives through the whole month."""

from pathlib import Path

import pytest

from marketing_pipeline_tests.faults.growth_rows import ROWS
from marketing_pipeline_tests.faults.row import FaultRow


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row.number)
def test_row(row: FaultRow, tmp_path: Path) -> None:
    figure = row.run(row.fast, 1, tmp_path)
    assert figure.tries == figure.effects == row.fast
    assert figure.holds, figure
