"""Children that start in milliseconds with the genuine client imported: forks of a process that has no threads.

The fork server of `multiprocessing` is one for the whole process and knows only what was preloaded at its first use,
whoever came first; importing google-ads anew would take each child seconds.
"""

import importlib
import multiprocessing
import os
import sys
import traceback
from collections.abc import Callable
from functools import cache
from multiprocessing.connection import Connection
from typing import Any

_PRELOADED = (
    "google.ads.googleads.client",
    "google.ads.googleads.v26.services.services.google_ads_service",
    "marketing_pipeline.channels.google_ads.client",
    "marketing_pipeline_tests.faults.ad_children",
)
_FAILED = 1


class Nursery:
    """Starts children and waits for them."""

    def __init__(self) -> None:
        context = multiprocessing.get_context("spawn")
        self._pipe, other = context.Pipe()
        self._process = context.Process(target=_serve, args=(other,), daemon=True)
        self._process.start()

    def start(self, body: Callable[..., None], *given: Any) -> int:
        """Run `body(*given)` in a child of its own; returns the child's process id."""
        self._pipe.send((body, given))
        return int(self._pipe.recv())

    def wait(self, child: int) -> int:
        """The exit code of a child, as it ends: below zero for the signal that ended it."""
        self._pipe.send(child)
        return os.waitstatus_to_exitcode(self._pipe.recv())

    def wait_stopped(self, child: int) -> bool:
        """Whether the child came to stand still by a signal, rather than to its end."""
        self._pipe.send(-child)
        return os.WIFSTOPPED(self._pipe.recv())

    def run(self, body: Callable[..., None], *given: Any) -> int:
        """Run a child to its end; its exit code."""
        return self.wait(self.start(body, *given))


@cache
def nursery() -> Nursery:
    """The one nursery of this process, for as long as it lives."""
    return Nursery()


def _serve(pipe: "Connection[Any, Any]") -> None:
    for name in _PRELOADED:
        importlib.import_module(name)
    while True:
        try:
            order = pipe.recv()
        except EOFError:
            return
        if isinstance(order, int):
            pipe.send(os.waitpid(abs(order), os.WUNTRACED if order < 0 else 0)[1])
            continue
        child = os.fork()
        if child == 0:
            pipe.close()
            _live(*order)
        pipe.send(child)


def _live(body: Callable[..., None], given: tuple[Any, ...]) -> None:
    code = _FAILED
    try:
        body(*given)
        code = 0
    except BaseException:
        traceback.print_exc()
        sys.stderr.flush()
    finally:
        # Nothing of the parent's is cleaned up here.
        os._exit(code)
