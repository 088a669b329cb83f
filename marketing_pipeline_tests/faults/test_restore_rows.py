"""The fast share of row 46."""

from pathlib import Path

import pytest

from marketing_pipeline_tests.faults.restore_rows import ROWS
from marketing_pipeline_tests.faults.row import FaultRow


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row.number)
def test_no_effect_runs_on_an_old_copy_until_it_is_reconciled(row: FaultRow, tmp_path: Path) -> None:
    figure = row.run(row.fast, 1, tmp_path)
    assert figure.tries >= row.fast
    assert figure.holds, figure
