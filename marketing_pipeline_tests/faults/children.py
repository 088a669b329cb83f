"""Executors in processes of their own, that die, are killed, or are stopped and continued."""

import multiprocessing
import os
import signal
from collections.abc import Callable, Generator
from contextlib import contextmanager, suppress
from datetime import timedelta
from multiprocessing.connection import Connection
from multiprocessing.context import ForkServerContext, ForkServerProcess
from multiprocessing.synchronize import Barrier
from pathlib import Path

from marketing_pipeline.domain.clock import SystemClock
from marketing_pipeline.execution.steps import Step
from marketing_pipeline_tests.faults.agency import Agency, Office, brands_of

DIED = 17
READY = "ready"
_WAIT = timedelta(hours=1)
_PATIENCE = 60.0


def forkserver() -> ForkServerContext:
    """Children are forked from a clean process that has everything imported: quick, and free of this one's threads.

    It keeps the environment that it was begun in, and the modules that the first caller named: so it is given all that
    any child needs, and Dagster, which takes seconds to import, is imported once.
    """
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload([__name__, "marketing_pipeline_tests.faults.dagster_children"])
    return context


def _office(root: Path, url: str, brands: int) -> Office:
    return Office(root, url, brands_of(brands))


def _die_at(root: Path, url: str, brands: int, fatal: Step) -> None:
    def on_step(step: Step) -> None:
        if step is fatal:
            os._exit(DIED)

    _office(root, url, brands).executor(on_step=on_step).drain(wait=_WAIT)


def died_at(agency: Agency, fatal: Step) -> bool:
    """Drain in a child that ends itself at the first step of that name; whether it came to it."""
    child = forkserver().Process(target=_die_at, args=(agency.home.root, agency.url, len(agency.brands), fatal))
    child.start()
    child.join(_PATIENCE)
    assert child.exitcode in (0, DIED), f"the child ended with {child.exitcode}"
    return child.exitcode == DIED


def _tell_steps(root: Path, url: str, brands: int, told: Connection) -> None:
    office = _office(root, url, brands)
    told.send(READY)

    def on_step(step: Step) -> None:
        told.send(step.value)

    office.executor(on_step=on_step).drain(wait=_WAIT)


def killed_after(agency: Agency, seconds: float) -> list[Step]:
    """Drain in a child that is killed that long after it began; the steps that it had told of."""
    heard, told = multiprocessing.Pipe(duplex=False)
    arguments = (agency.home.root, agency.url, len(agency.brands), told)
    child = forkserver().Process(target=_tell_steps, args=arguments)
    child.start()
    told.close()
    with heard:
        assert heard.recv() == READY
        child.join(seconds)
        child.kill()
        child.join(_PATIENCE)
        steps: list[Step] = []
        with suppress(EOFError):
            while True:
                steps.append(Step(heard.recv()))
        return steps


def _stop_at(root: Path, url: str, brands: int, still: Step, told: Connection) -> None:
    stopped: list[Step] = []

    def on_step(step: Step) -> None:
        if step is still and not stopped:
            stopped.append(step)
            told.send(step.value)
            os.kill(os.getpid(), signal.SIGSTOP)

    _office(root, url, brands).executor(on_step=on_step).drain()


@contextmanager
def stopped_at(agency: Agency, still: Step) -> Generator[ForkServerProcess]:
    """A child that drains and stands still at that step inside the block; then it goes on to its end."""
    heard, told = multiprocessing.Pipe(duplex=False)
    arguments = (agency.home.root, agency.url, len(agency.brands), still, told)
    child = forkserver().Process(target=_stop_at, args=arguments)
    child.start()
    told.close()
    with heard:
        assert heard.poll(_PATIENCE) and heard.recv() == still
    _wait_until(lambda: _state_of(child.pid) == "T")
    try:
        yield child
    finally:
        os.kill(child.pid or 0, signal.SIGCONT)
        child.join(_PATIENCE)
    assert child.exitcode == 0


def _state_of(pid: int | None) -> str:
    return Path(f"/proc/{pid}/stat").read_text(encoding="utf-8").rpartition(")")[2].split()[0]


def _wait_until(reached: Callable[[], bool]) -> None:
    real, waited = SystemClock(), 0.0
    while not reached():
        assert waited < _PATIENCE
        real.sleep(0.005)
        waited += 0.005


def _compete(root: Path, url: str, brands: int, rounds: int, gate: Barrier) -> None:
    office = _office(root, url, brands)
    executor = office.executor(owner=f"process {os.getpid()}")
    for _ in range(rounds):
        gate.wait(_PATIENCE)
        executor.drain()
        gate.wait(_PATIENCE)


@contextmanager
def competitors(agency: Agency, processes: int, rounds: int) -> Generator[Callable[[], None]]:
    """So many executors; each call lets all of them drain at once and returns when they are done."""
    context = forkserver()
    gate = context.Barrier(processes + 1)
    arguments = (agency.home.root, agency.url, len(agency.brands), rounds, gate)
    children = [context.Process(target=_compete, args=arguments) for _ in range(processes)]
    for child in children:
        child.start()

    def one_round() -> None:
        gate.wait(_PATIENCE)
        gate.wait(_PATIENCE)

    yield one_round
    for child in children:
        child.join(_PATIENCE)
    assert [child.exitcode for child in children] == [0] * processes
