"""The first week of the simulated year; `make faults` lives through all of it."""

from pathlib import Path

import pytest

from marketing_pipeline_tests.faults.year_rows import ROWS


@pytest.mark.slow
def test_every_planned_post_is_published_once_or_names_a_reason_and_an_owner(tmp_path: Path) -> None:
    [row] = ROWS
    figure = row.run(row.fast, 1, tmp_path)
    assert figure.holds, figure
    assert figure.effects > figure.tries / 2, "most posts go out"
    assert "0 crashes" not in figure.note
