"""The pulse of a running process: a thread that beats, for as long as the work beside it moves on."""

import logging
import threading
import time
from collections.abc import Callable
from types import TracebackType
from typing import Self

from marketing_pipeline.domain.heartbeat import ServerKind
from marketing_pipeline.store.heartbeats import Heartbeats

EVERY_SECONDS = 15
log = logging.getLogger(__name__)


class Pulse:
    """Beats from a thread of its own, so that work that takes long still shows signs of life.

    With `patience` (seconds) it falls silent when nobody has called `moved_on` for so long: work that hangs shows.
    A beat that cannot be written is logged and never disturbs the work.
    """

    def __init__(
        self,
        beats: Heartbeats,
        name: str,
        kind: ServerKind,
        *,
        every: float = EVERY_SECONDS,
        patience: float | None = None,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        self._beats = beats
        self._name = name
        self._kind = kind
        self._every = every
        self._patience = patience
        self._monotonic = monotonic
        self._moved_at = monotonic()
        self._ended = threading.Event()
        self._thread = threading.Thread(target=self._run, name=f"pulse of {name}", daemon=True)

    def moved_on(self, _step: object = None) -> None:
        """The work has taken a step."""
        self._moved_at = self._monotonic()

    def __enter__(self) -> Self:
        self._beat()
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._ended.set()
        self._thread.join(self._every)
        self._quietly(lambda: self._beats.goodbye(self._name))

    def _run(self) -> None:
        while not self._ended.wait(self._every):
            if self._patience is None or self._monotonic() - self._moved_at < self._patience:
                self._beat()

    def _beat(self) -> None:
        self._quietly(lambda: self._beats.beat(self._name, self._kind, max(1, round(self._every))))

    def _quietly(self, act: Callable[[], None]) -> None:
        try:
            act()
        except Exception as error:  # signs of life never stop what they tell of
            log.warning("%s could not show a sign of life: %s", self._name, error)
