"""Fast shares of the rows about answers that never come, and of the campaign; and the mutant that must fail."""

from importlib.util import find_spec
from pathlib import Path

import pytest

if not (find_spec("google") and find_spec("google.ads")):
    pytest.skip("the extra `ads` is not installed", allow_module_level=True)

from marketing_pipeline_tests.faults import ad_campaign, ad_replies
from marketing_pipeline_tests.faults.ad_replies import lost_after_the_commit
from marketing_pipeline_tests.faults.row import FaultRow


@pytest.mark.parametrize("row", [*ad_replies.ROWS, *ad_campaign.ROWS], ids=lambda row: f"{row.number} {row.fault}")
def test_the_row_holds(row: FaultRow, tmp_path: Path) -> None:
    figure = row.run(row.fast, 7, tmp_path)
    assert figure.tries == row.fast, figure
    assert figure.holds, figure


def test_without_reading_back_the_row_about_lost_replies_fails(tmp_path: Path) -> None:
    figure = lost_after_the_commit(4, 7, tmp_path, blind=True)
    assert figure.double > 0 and not figure.holds, figure
