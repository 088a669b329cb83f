"""`marketing run week`: what is refused before anything is begun."""

from pathlib import Path

import pytest

from marketing_pipeline.assets.partitions import known_weeks
from marketing_pipeline_tests.cli.command_line import Run


@pytest.mark.parametrize("side", [0, 1])
def test_a_week_that_dagster_does_not_know_is_refused_with_the_range(
    marketing_home: Path, brands: Path, run: Run, side: int
) -> None:
    ends = known_weeks()
    outside = ends[side].plus((-1, 1)[side])
    said = run("run", "week", "--brand", "tea_room", "--week", outside.key)
    assert said.code == 2
    assert f"{ends[0].key} to {ends[1].key}" in said.words
    assert not marketing_home.exists()
