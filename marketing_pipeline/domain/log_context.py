"""What a piece of work is about, carried along with it, so that every log line and stored call can say so."""

from collections.abc import Generator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from types import MappingProxyType

NAMES = ("run", "brand", "week", "post", "effect", "ad_change", "agent")
"""In the order in which a log line names them."""
_NOTHING: Mapping[str, str] = MappingProxyType({})
_ids: ContextVar[Mapping[str, str]] = ContextVar("ids", default=_NOTHING)


@contextmanager
def about(
    *,
    run: str | None = None,
    brand: str | None = None,
    week: str | None = None,
    post: str | None = None,
    effect: str | None = None,
    ad_change: str | None = None,
    agent: str | None = None,
) -> Generator[None]:
    """Name what the block works on. Blocks nest: the inner one adds to the outer one; None leaves a name as it is.

    Tasks of asyncio inherit the names; threads do not, and name their work themselves.
    """
    before = _ids.get()
    given = (run, brand, week, post, effect, ad_change, agent)
    _ids.set({**before, **{name: value for name, value in zip(NAMES, given, strict=True) if value}})
    try:
        yield
    finally:
        # Set, not reset: a generator that Dagster ends may be ended in another context than it began in.
        _ids.set(before)


def ids() -> Mapping[str, str]:
    """The names in force here, in the order of `NAMES`."""
    known = _ids.get()
    return {name: known[name] for name in NAMES if name in known}
