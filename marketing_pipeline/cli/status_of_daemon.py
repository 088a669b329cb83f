"""Whether anything happens by itself: a line of the status where Dagster has run here and its daemon does not."""

from collections.abc import Iterator

from marketing_pipeline.cli.checks_of_home import has_dagster
from marketing_pipeline.cli.status_row import Kind, StatusRow
from marketing_pipeline.domain.clock import SystemClock
from marketing_pipeline.domain.effect import EffectState
from marketing_pipeline.domain.heartbeat import ServerKind
from marketing_pipeline.store.effect_rows import list_effects
from marketing_pipeline.store.heartbeats import Heartbeats
from marketing_pipeline.workplace import Workplace

_WAIT_FOR_IT = (EffectState.QUEUED, EffectState.RETRY_WAIT, EffectState.UNKNOWN)


def daemon_rows(workplace: Workplace) -> Iterator[StatusRow]:
    """One line when the sensors are silent; it is a trouble when something waits for them."""
    real = SystemClock()
    newest = next(iter(Heartbeats(workplace.database, real).read(ServerKind.CODE_LOCATION)), None)
    silent = newest is None or newest.ended_at is not None or newest.is_silent(real.now())
    if not silent or not has_dagster(workplace.home.root):
        return
    with workplace.database.read() as connection:
        waiting = list_effects(connection, states=_WAIT_FOR_IT)
    left = f"; effects that wait for it: {len(waiting)}" if waiting else ""
    detail = f"Dagster's daemon does not run: nothing happens by itself{left}"
    yield StatusRow(kind=Kind.DAEMON, ok=not waiting, detail=detail, mend="`marketing up`")
