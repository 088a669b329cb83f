"""Fast shares of the rows about approvals."""

from importlib.util import find_spec
from pathlib import Path

import pytest

if not (find_spec("google") and find_spec("google.ads")):
    pytest.skip("the extra `ads` is not installed", allow_module_level=True)

from marketing_pipeline_tests.faults.ad_gate import ROWS
from marketing_pipeline_tests.faults.row import FaultRow


@pytest.mark.parametrize("row", ROWS, ids=lambda row: f"{row.number} {row.fault}")
def test_the_row_holds(row: FaultRow, tmp_path: Path) -> None:
    figure = row.run(row.fast, 7, tmp_path)
    assert figure.tries == row.fast, figure
    assert figure.holds, figure
