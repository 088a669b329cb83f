"""A short run of the lives that posts and effects may lead, and the row of the campaign."""

from pathlib import Path

from marketing_pipeline_tests.faults.post_life import ROWS, live_many_lives


def test_no_order_of_acts_breaks_a_promise() -> None:
    live_many_lives(examples=25, steps=40)


def test_the_campaign_lives_them_by_its_seed(tmp_path: Path) -> None:
    [row] = ROWS
    figure = row.run(2, 1, tmp_path)
    assert (figure.tries, figure.holds) == (2, True)
