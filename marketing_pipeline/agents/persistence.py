"""How often a question is asked again, and after which wait: bounded for each kind of failure."""

from typing import Any

from marketing_pipeline.agents.connection import ModelSettings
from marketing_pipeline.agents.exchange import Exchange
from marketing_pipeline.agents.failures import REPAIRABLE, TRANSIENT
from marketing_pipeline.agents.question import Turn
from marketing_pipeline.domain.model_call import CallOutcome

BACKOFF_FACTOR = 4


class Persistence:
    """What is left to try for one question: one repair, one longer answer, and the settings' transient retries."""

    def __init__(self, settings: ModelSettings) -> None:
        self._settings = settings
        self._repairs = 1
        self._lengthenings = 1
        self._failed_sends = 0

    def after(self, turn: Turn, exchange: Exchange[Any]) -> tuple[Turn, float] | None:
        """The next try and the seconds to wait before it, or None when it is time to give up."""
        if exchange.outcome in REPAIRABLE and self._repairs:
            self._repairs -= 1
            return turn.repaired(exchange.text, exchange.problems), 0.0
        longer = turn.with_more_room()
        if exchange.outcome is CallOutcome.TRUNCATED and self._lengthenings and longer.max_tokens > turn.max_tokens:
            self._lengthenings -= 1
            return longer, 0.0
        wait = self.wait_before_again(exchange)
        return None if wait is None else (turn.again(), wait)

    def wait_before_again(self, exchange: Exchange[Any]) -> float | None:
        """Seconds before the very same is sent once more, or None where that is of no use or was done enough."""
        if exchange.outcome not in TRANSIENT or self._failed_sends >= self._settings.transient_retries:
            return None
        wait = self._wait_seconds(exchange.retry_after)
        self._failed_sends += 1
        return None if wait > self._settings.longest_wait_seconds else wait

    def _wait_seconds(self, asked_for: float | None) -> float:
        own = self._settings.backoff_seconds * BACKOFF_FACTOR**self._failed_sends
        return min(own, self._settings.longest_wait_seconds) if asked_for is None else max(own, asked_for)
