"""Threads of a test that are joined, and whose errors are raised."""

from collections.abc import Callable, Generator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager


@contextmanager
def running(*acts: Callable[[], None]) -> Generator[None]:
    """Threads that are joined at the end of the block; an error of theirs is raised there."""
    with ThreadPoolExecutor(len(acts)) as pool:
        started = [pool.submit(act) for act in acts]
        yield
    for each in started:
        each.result()
