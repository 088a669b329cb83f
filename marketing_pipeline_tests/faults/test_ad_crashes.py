"""Fast shares of the rows about dying and standing still, and the mutant that must fail them."""

from importlib.util import find_spec
from pathlib import Path

import pytest

if not (find_spec("google") and find_spec("google.ads")):
    pytest.skip("the extra `ads` is not installed", allow_module_level=True)

from marketing_pipeline_tests.faults.ad_crashes import ROWS, crash_at_points
from marketing_pipeline_tests.faults.row import FaultRow


@pytest.mark.parametrize("row", ROWS, ids=lambda row: f"{row.number} {row.fault}")
def test_the_row_holds(row: FaultRow, tmp_path: Path) -> None:
    figure = row.run(row.fast, 7, tmp_path)
    assert (figure.tries, figure.effects, figure.parked) == (row.fast, row.fast, 0), figure
    assert figure.holds, figure


def test_without_reading_back_the_row_about_crashes_fails(tmp_path: Path) -> None:
    figure = crash_at_points(5, 7, tmp_path, blind=True)
    assert figure.double > 0 and not figure.holds, figure
