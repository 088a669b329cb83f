import asyncio
import multiprocessing
import os
import threading
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from marketing_pipeline.domain.clock import SteppedClock
from marketing_pipeline.store.clock import ClockUnreadable, DurableClock, SimulatedTime
from marketing_pipeline_tests.fixtures import NOW

REAL = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "home" / "clock.json"


@pytest.fixture
def real() -> SteppedClock:
    """What stands for the real time of the machine."""
    return SteppedClock(REAL)


def _step_often(file: Path, steps: int) -> None:
    clock = DurableClock(file)
    for _ in range(steps):
        clock.step_to(clock.now() + timedelta(seconds=1))


def test_without_a_file_it_is_real_time(file: Path, real: SteppedClock) -> None:
    clock = DurableClock(file, real)
    assert clock.now() == REAL
    clock.sleep(5)
    asyncio.run(clock.pause(5))
    assert clock.now() == REAL + timedelta(seconds=10)
    assert not clock.is_stepped
    clock.require_real()
    assert not file.exists()


def test_simulated_time_moves_only_when_told_and_every_process_sees_it(file: Path, real: SteppedClock) -> None:
    clock, other = DurableClock(file, real), DurableClock(file, real)
    clock.start_stepped(NOW)
    assert other.now() == NOW
    assert other.is_stepped
    other.sleep(90)
    assert clock.now() == NOW + timedelta(seconds=90)
    clock.step_to(NOW + timedelta(days=1))
    assert other.now() == NOW + timedelta(days=1)
    assert DurableClock(file, real).now() == NOW + timedelta(days=1)


def test_a_step_back_leaves_the_clock_where_it_is(file: Path) -> None:
    clock = DurableClock(file)
    clock.start_stepped(NOW)
    clock.step_to(NOW - timedelta(days=1))
    assert clock.now() == NOW


def test_pauses_that_begin_together_overlap(file: Path) -> None:
    clock = DurableClock(file)
    clock.start_stepped(NOW)

    async def wait() -> None:
        await asyncio.gather(*(clock.pause(seconds) for seconds in (60, 20, 40)))

    asyncio.run(wait())
    assert clock.now() == NOW + timedelta(seconds=60)


def test_starting_again_goes_on_from_where_it_stood(file: Path) -> None:
    clock = DurableClock(file)
    clock.start_stepped(NOW)
    clock.sleep(3600)
    clock.start_stepped(NOW)
    assert clock.now() == NOW + timedelta(hours=1)
    clock.start_stepped(NOW + timedelta(days=1))
    assert clock.now() == NOW + timedelta(days=1)


def test_real_time_follows_simulated_time(file: Path, real: SteppedClock) -> None:
    clock = DurableClock(file, real)
    clock.start_stepped(NOW)
    clock.follow_real_time()
    assert clock.now() == REAL
    real.sleep(7)
    assert clock.now() == REAL + timedelta(seconds=7)
    clock.require_real()


def test_real_time_never_goes_back_behind_simulated_time(file: Path, real: SteppedClock) -> None:
    clock = DurableClock(file, real)
    clock.start_stepped(REAL + timedelta(days=3))
    clock.follow_real_time()
    assert clock.now() == REAL + timedelta(days=3)
    real.sleep(7)
    assert clock.now() == REAL + timedelta(days=3, seconds=7)
    clock.follow_real_time()
    assert clock.now() == REAL + timedelta(days=3, seconds=7)


def test_a_home_that_lived_in_real_time_is_not_thrown_back_by_a_simulation(file: Path, real: SteppedClock) -> None:
    clock = DurableClock(file, real)
    clock.follow_real_time()
    clock.start_stepped(NOW)
    assert clock.now() == REAL


@pytest.mark.parametrize("ahead", [timedelta(days=-6), timedelta(days=6)], ids=["stepped", "real, but ahead"])
def test_live_services_refuse_simulated_time(file: Path, real: SteppedClock, ahead: timedelta) -> None:
    clock = DurableClock(file, real)
    clock.start_stepped(REAL + ahead)
    if ahead > timedelta(0):
        clock.follow_real_time()
    with pytest.raises(SimulatedTime, match=r"is simulated.*set MARKETING_HOME"):
        clock.require_real()


def test_real_time_cannot_be_moved(file: Path, real: SteppedClock) -> None:
    with pytest.raises(SimulatedTime, match="Real time cannot be moved"):
        DurableClock(file, real).step_to(REAL + timedelta(days=1))


@pytest.mark.parametrize(
    "text",
    ["", "{", "[]", '{"mode": "odd"}', '{"mode": "stepped"}', '{"mode": "stepped", "now": "2026-11-16T09:00:00"}'],
)
def test_a_damaged_file_is_said(file: Path, text: str) -> None:
    file.parent.mkdir()
    file.write_text(text)
    for use in (DurableClock(file).now, DurableClock(file).follow_real_time, DurableClock(file).require_real):
        with pytest.raises(ClockUnreadable, match=r"cannot be read.*Restore it"):
            use()


def test_a_home_that_cannot_be_written_is_said(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(ClockUnreadable, match="cannot be"):
        DurableClock(tmp_path / "file" / "clock.json").start_stepped(NOW)


def test_every_change_has_a_time_of_its_own_in_the_file_system(file: Path) -> None:
    clock = DurableClock(file)
    clock.start_stepped(NOW)
    # As coarse as file systems may be: the change before this one bears a time that is still to come.
    os.utime(file, ns=(2**62, 2**62))
    clock.step_to(NOW + timedelta(seconds=1))
    assert file.stat().st_mtime_ns > 2**62


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=40)
@given(
    acts=st.lists(
        st.tuples(st.sampled_from(["step", "sleep", "start", "real", "tick"]), st.integers(-5000, 5000)), max_size=12
    )
)
def test_time_never_runs_backwards(file: Path, acts: list[tuple[str, int]]) -> None:
    file.unlink(missing_ok=True)
    real = SteppedClock(REAL)
    clock = DurableClock(file, real)
    clock.start_stepped(REAL)
    seen = clock.now()
    for act, seconds in acts:
        moment = REAL + timedelta(seconds=seconds)
        if act == "step" and clock.is_stepped:
            clock.step_to(moment)
        elif act == "sleep":
            clock.sleep(abs(seconds))
        elif act == "start":
            clock.start_stepped(moment)
        elif act == "real":
            clock.follow_real_time()
        elif act == "tick":
            real.sleep(abs(seconds))
        assert clock.now() >= seen
        seen = clock.now()


def test_threads_that_sleep_at_once_never_lose_the_longest(file: Path) -> None:
    clock = DurableClock(file)
    clock.start_stepped(NOW)
    threads = [threading.Thread(target=clock.step_to, args=(NOW + timedelta(seconds=n),)) for n in range(1, 17)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(10)
    assert clock.now() == NOW + timedelta(seconds=16)


def test_processes_that_step_at_once_agree(file: Path) -> None:
    DurableClock(file).start_stepped(NOW)
    context = multiprocessing.get_context("spawn")
    workers = [context.Process(target=_step_often, args=(file, 40)) for _ in range(2)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join(30)
    assert [worker.exitcode for worker in workers] == [0, 0]
    assert NOW + timedelta(seconds=40) <= DurableClock(file).now() <= NOW + timedelta(seconds=80)
