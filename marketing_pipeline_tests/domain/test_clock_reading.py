"""Two readings of the clocks: what stands, jumps or goes back is named; what is as it should be is not."""

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from marketing_pipeline.domain.clock_reading import TOLERANCE_SECONDS, ClockReading
from marketing_pipeline_tests.fixtures import NOW


def reading(monotonic: float, wall: float, home: float, *, boot: str = "a", simulated: bool = False) -> ClockReading:
    """A reading so many seconds after NOW."""
    return ClockReading(
        boot=boot,
        monotonic=1_000 + monotonic,
        wall=NOW + timedelta(seconds=wall),
        home=NOW + timedelta(seconds=home),
        simulated=simulated,
    )


@pytest.mark.parametrize(
    ("later", "problem"),
    [
        (reading(60, 0, 0), "in 60 s the machine's clock stood still"),
        (reading(60, -3_600, -3_600), "the time of this home went back"),
        (reading(60, 60, 0), "in 60 s the time of this home stood still"),
        (reading(60, 7_260, 7_260), "in 60 s the machine's clock went on by 7260 s"),
        (reading(60, -60, 60), "in 60 s the machine's clock went back by 60 s"),
        (reading(5, 9_000, 9_000, boot="b"), ""),
        (reading(60, 60, 0, simulated=True), ""),
        (reading(60, 60, 86_400, simulated=True), ""),
    ],
)
def test_what_is_wrong_is_named(later: ClockReading, problem: str) -> None:
    found = later.problem_since(reading(0, 0, 0))
    assert found.startswith(problem) and bool(found) == bool(problem)


@given(passed=st.floats(0, 1e6), drift=st.floats(-0.9 * TOLERANCE_SECONDS, 0.9 * TOLERANCE_SECONDS))
def test_small_corrections_are_no_trouble(passed: float, drift: float) -> None:
    shown = max(0.0, passed + drift)
    assert reading(passed, shown, shown).problem_since(reading(0, 0, 0)) == ""
