"""The fast share of rows 3 to 8, and the mutant that must fail."""

from pathlib import Path

import pytest

from marketing_pipeline_tests.faults.publish_answers import ROWS, reply_lost
from marketing_pipeline_tests.faults.row import FaultRow


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row.number)
def test_row(row: FaultRow, tmp_path: Path) -> None:
    figure = row.run(row.fast, 1, tmp_path)
    assert figure.tries >= row.fast
    assert figure.holds, figure


def test_without_the_read_back_posts_go_live_twice(tmp_path: Path) -> None:
    assert reply_lost(4, 1, tmp_path, blind=True).double == 4
