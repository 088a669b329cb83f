"""The console's rounds: every few seconds it looks at everything, watches for alerts, and shows that it lives."""

import logging
import threading
from collections import deque
from contextlib import ExitStack, suppress
from dataclasses import dataclass
from datetime import timedelta
from types import TracebackType
from typing import Self

from sqlalchemy.exc import SQLAlchemyError

from marketing_pipeline.channels.notifications import Notifier, Tone
from marketing_pipeline.domain.clock import SystemClock
from marketing_pipeline.domain.clock_reading import ClockReading
from marketing_pipeline.domain.errors import MarketingError
from marketing_pipeline.domain.health import Area, Health, Level, bad
from marketing_pipeline.domain.heartbeat import ServerKind
from marketing_pipeline.operations.alert_message import plain
from marketing_pipeline.operations.dagster_history import DagsterHistory
from marketing_pipeline.operations.installation import since_start
from marketing_pipeline.settings import Settings
from marketing_pipeline.workplace import Workplace
from marketing_pipeline.workplace.brands import BrandFiles

EVERY_SECONDS = 15.0
GRACE_SECONDS = 60.0
"""After a start of everything the daemon needs so long to show its first sign of life: nobody is alarmed by that."""
MISSED = 4
"""A result older than so many rounds is no result."""
BEAT_EVERY = timedelta(seconds=18)
"""A round may take a while where a service that is to be told does not answer. Three missed beats, and the minute of
the sensor that tells of a dead console, stay below two minutes."""
AGAIN_SECONDS = 3600.0
COMPARED = 5
"""Clocks are held against those of so many rounds ago: a clock that was set shows for a minute."""
_LOG = "See `<home>/logs/console.txt`."
log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Round:
    """What one round saw. `at` in seconds since the machine started."""

    health: Health
    at: float


class Rounds:
    """Makes its rounds in a thread. Each opens the installation anew: brands and databases change while it runs."""

    def __init__(self, settings: Settings, every: float = EVERY_SECONDS, grace: float = GRACE_SECONDS) -> None:
        self._settings = settings
        self._brand_files = BrandFiles(settings.brands)
        self._every = every
        self._tells_from = since_start() + grace
        self._last: Round | None = None
        self._clocks: deque[ClockReading] = deque(maxlen=COMPARED)
        self._told_at: dict[str, float] = {}
        self._ended = threading.Event()
        self._thread = threading.Thread(target=self._run, name="rounds", daemon=True)
        self._history: DagsterHistory | None = None

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._ended.set()
        self._thread.join(self._every)
        try:
            with Workplace.open(self._settings) as workplace:
                workplace.health.installation().beats.goodbye(ServerKind.CONSOLE)
        except MarketingError as refusal:
            log.warning("No goodbye could be written: %s", refusal)

    @property
    def history(self) -> DagsterHistory | None:
        """What Dagster knows, once it has a history."""
        return self._history

    @property
    def newest(self) -> Health | None:
        """What the last round saw; None before the first, and where none has ended for too long."""
        last = self._last
        patience = MISSED * self._every + BEAT_EVERY.total_seconds()
        return None if last is None or since_start() - last.at > patience else last.health

    def _run(self) -> None:
        with ExitStack() as stack:
            self._once(stack)
            while not self._ended.wait(self._every):
                self._once(stack)

    def _once(self, stack: ExitStack) -> None:
        health: Health | None = None
        try:
            with Workplace.open(self._settings, self._brand_files) as workplace:
                if self._history is None:
                    self._history = stack.enter_context(workplace.health.opened_history())
                if self._last is None:
                    _show_up(workplace)
                self._clocks.append(workplace.health.installation().read_clocks())
                health = workplace.health.examine(self._history, self._clocks[0])
                self._note(health)
                workplace.health.beat(ServerKind.CONSOLE, BEAT_EVERY)
                if since_start() >= self._tells_from:
                    workplace.health.watch(health, self._history)
        except Exception as error:  # a round that fails is the very thing to tell of
            log.error("The round failed", exc_info=error)
            self._note(_failed(error, health))
            self._tell_directly(_failed(error, health))

    def _note(self, health: Health) -> None:
        self._last = Round(health, since_start())

    def _tell_directly(self, health: Health) -> None:
        """Tell people without the alerts, which need a database: once, and again each hour."""
        ill = [finding for finding in health.findings if finding.level is Level.BAD]
        key, now = " ".join(finding.area for finding in ill), since_start()
        if now - self._told_at.get(key, -AGAIN_SECONDS) < AGAIN_SECONDS:
            return
        self._told_at[key] = now
        lines = [f"{plain(finding.what)}\nWhat to do: {plain(finding.mend)}" for finding in ill]
        title = f"[critical] Alerts cannot be kept: {plain(ill[0].what)}"
        Notifier(self._settings.notify_urls).send(title, "\n\n".join(lines), Tone.FAILURE)


def _show_up(workplace: Workplace) -> None:
    """Beat before the first look, or it would find that this very console never ran, or has ended.

    What keeps the beat from being written, such as a full disk, is found by the look, and told at its end.
    """
    with suppress(MarketingError, SQLAlchemyError, OSError):
        workplace.health.beat(ServerKind.CONSOLE, BEAT_EVERY)


def _failed(error: Exception, seen: Health | None) -> Health:
    """What was seen before the round failed, and that it failed."""
    known = isinstance(error, MarketingError)
    what, mend = (error.message, error.mend) if known else (f"The round failed: {type(error).__name__}.", _LOG)
    before = seen.findings if seen else ()
    return Health(at=SystemClock().now(), findings=(*before, bad(Area.DATABASE, what, mend)))
