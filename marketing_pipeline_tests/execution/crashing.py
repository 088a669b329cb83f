"""Executors in processes of their own, ended by force at a named step."""

import multiprocessing
import os
from collections.abc import Callable
from datetime import timedelta
from multiprocessing.context import ForkServerContext
from pathlib import Path

from marketing_pipeline.execution.steps import Step
from marketing_pipeline_tests.execution.desk import Desk

DIED = 17
WAIT = timedelta(hours=1)


def forkserver() -> ForkServerContext:
    """Children are forked from a clean process that has everything imported: quick, and free of this one's threads."""
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload([__name__])
    return context


def dying_at(fatal: Step) -> Callable[[Step], None]:
    """Ends the process at the first moment of that name, without any clean-up."""

    def on_step(step: Step) -> None:
        if step is fatal:
            os._exit(DIED)

    return on_step


def drain_and_die(root: Path, url: str, fatal: Step) -> None:
    """The body of a child."""
    Desk(root, url).executor(on_step=dying_at(fatal)).drain(wait=WAIT)


def die_in_a_child(desk: Desk, fatal: Step) -> int:
    """Drain in a child that dies at `fatal`; its exit code: DIED, or 0 when it never came to that step."""
    child = forkserver().Process(target=drain_and_die, args=(desk.home.root, desk.url, fatal))
    child.start()
    child.join(60)
    code = child.exitcode
    assert code is not None
    return code
