"""By which way people act: what is done within is on the audit log with it, however deep the row is written."""

from collections.abc import Generator
from contextlib import contextmanager
from contextvars import ContextVar

_SURFACE: ContextVar[str] = ContextVar("surface", default="")


@contextmanager
def acting_by(surface: str) -> Generator[None]:
    """Within, each audit row whose writer names no `source` is given this one, such as cli, console, api or mcp."""
    before = _SURFACE.set(surface)
    try:
        yield
    finally:
        _SURFACE.reset(before)


def surface() -> str:
    """The way by which somebody acts now; empty for the program itself."""
    return _SURFACE.get()
