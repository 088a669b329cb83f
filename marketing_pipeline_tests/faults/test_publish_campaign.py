"""The fast share of the publish campaign."""

from pathlib import Path

from marketing_pipeline_tests.faults.publish_campaign import ROWS


def test_publishes_under_random_faults(tmp_path: Path) -> None:
    [row] = ROWS
    figure = row.run(row.fast, 1, tmp_path)
    assert figure.tries == row.fast
    assert figure.holds, figure
