"""Fast shares of the rows in which several want the same at once."""

from importlib.util import find_spec
from pathlib import Path

import pytest

if not (find_spec("google") and find_spec("google.ads")):
    pytest.skip("the extra `ads` is not installed", allow_module_level=True)

from marketing_pipeline_tests.faults import ad_day_cap, ad_races
from marketing_pipeline_tests.faults.row import FaultRow


@pytest.mark.parametrize("row", [*ad_races.ROWS, *ad_day_cap.ROWS], ids=lambda row: f"{row.number} {row.fault}")
def test_the_row_holds(row: FaultRow, tmp_path: Path) -> None:
    figure = row.run(row.fast, 7, tmp_path)
    assert figure.tries == row.fast, figure
    assert figure.holds, figure
