"""What becomes of an ad effect whose run did not end in success."""

import logging
import random
from datetime import timedelta
from typing import Any

from marketing_pipeline.domain.ad_authorize import Drifted, NotApproved, NotYet
from marketing_pipeline.domain.ad_change import AdChangeState
from marketing_pipeline.domain.ad_platform import AdFailureClass, AdPlatformFailure
from marketing_pipeline.domain.approval import ApprovalState, Unauthorized
from marketing_pipeline.domain.effect import AdEffect, AttemptOutcome, EffectState
from marketing_pipeline.domain.errors import MarketingError
from marketing_pipeline.execution.permission import Held
from marketing_pipeline.execution.publish import Stalled
from marketing_pipeline.execution.rules import ExecutionRules
from marketing_pipeline.store.ad_ledger import AdLedger
from marketing_pipeline.store.attempts import AttemptEnd

_log = logging.getLogger(__name__)
_A, _E = AdChangeState, EffectState
_WAITS = "waits"


class AdAftermath:
    """Turns the error that ended a run into the next state of effect and change. Each turn is one transaction."""

    def __init__(self, ledger: AdLedger, rules: ExecutionRules) -> None:
        self._ledger = ledger
        self._rules = rules

    def settle(self, effect: AdEffect, error: Exception) -> None:
        """Write what `error` means. Raises Fenced."""
        if effect.state is _E.SUCCEEDED:
            _log.error("Effect %s is applied; what followed met an error", effect.id, exc_info=error)
        elif isinstance(error, Stalled):
            self._wait(effect, error.message, attempt=(AttemptOutcome.NOT_DONE, error.message))
        elif effect.state is _E.SENDING:
            self._after_the_call(effect, error)
        elif isinstance(error, Unauthorized):
            self._refused(effect, error)
        elif isinstance(error, AdPlatformFailure):
            self._before_the_call(effect, error)
        elif isinstance(error, MarketingError):
            self._wait(effect, str(error))
        else:
            _log.error("Effect %s met an unexpected error", effect.id, exc_info=error)
            self._wait(effect, f"unexpected {type(error).__name__}: {error}")

    def _refused(self, effect: AdEffect, refusal: Unauthorized) -> None:
        reason = refusal.message
        match refusal:
            case Held():
                self._ledger.move(effect, _E.QUEUED, reason=reason)
            case Drifted():
                self._ledger.end(effect, _E.FAILED, _A.DRIFTED, reason=reason)
            case NotYet(until=until):
                left = timedelta(0) if until is None else until - self._ledger.moves.now()
                self._wait(effect, reason, max(self._rules.rest, left), counted=False)
            case NotApproved(state=state) if state in (ApprovalState.REJECTED, ApprovalState.EXPIRED):
                ends = _A.REJECTED if state is ApprovalState.REJECTED else _A.EXPIRED
                to = _E.CANCELLED if state is ApprovalState.REJECTED else _E.EXPIRED
                self._ledger.end(effect, to, _A.APPROVED, ends, reason=reason)
            case NotApproved():
                self._ledger.end(effect, _E.CANCELLED, _A.APPROVED, _A.AWAITING_APPROVAL, reason=reason)
            case _:
                self._ledger.move(effect, _E.FAILED, reason=str(refusal))

    def _before_the_call(self, effect: AdEffect, failure: AdPlatformFailure) -> None:
        match failure.failure:
            case AdFailureClass.REFUSED:
                self._ledger.move(effect, _E.FAILED, reason=str(failure))
            case AdFailureClass.DEFER | AdFailureClass.HUMAN:
                self._defer(effect, failure)
            case AdFailureClass.RETRY | AdFailureClass.UNKNOWN_OUTCOME:
                self._wait(effect, failure.message)

    def _after_the_call(self, effect: AdEffect, error: Exception) -> None:
        answered = "request_id" in effect.progress
        if isinstance(error, AdPlatformFailure) and not answered:
            end = (AttemptOutcome.NOT_DONE, error.message)
            match error.failure:
                case AdFailureClass.REFUSED:
                    attempt = (AttemptOutcome.REFUSED, error.message)
                    self._ledger.move(effect, _E.FAILED, reason=str(error), attempt=attempt)
                    return
                case AdFailureClass.DEFER | AdFailureClass.HUMAN:
                    self._defer(effect, error, attempt=end)
                    return
                case AdFailureClass.RETRY:
                    self._wait(effect, error.message, attempt=end)
                    return
                case AdFailureClass.UNKNOWN_OUTCOME:
                    pass
        reason = error.message if isinstance(error, AdPlatformFailure) else f"{type(error).__name__}: {error}"
        columns: dict[str, Any] = {"not_before": self._ledger.moves.now(), "read_backs": 0}
        attempt = (AttemptOutcome.UNKNOWN, reason)
        self._ledger.move(effect, _E.UNKNOWN, reason=reason, attempt=attempt, columns=columns)

    def _defer(self, effect: AdEffect, failure: AdPlatformFailure, attempt: AttemptEnd | None = None) -> None:
        now = self._ledger.moves.now()
        wait = self._rules.rest if failure.regain is None else max(failure.regain - now, timedelta(0))
        self._wait(effect, str(failure), wait, counted=False, attempt=attempt)

    def _wait(
        self,
        effect: AdEffect,
        reason: str,
        delay: timedelta | None = None,
        *,
        counted: bool = True,
        attempt: AttemptEnd | None = None,
    ) -> None:
        """Again later. `counted` waits are bounded, and grow with jitter when no `delay` is given."""
        waits = int(effect.progress.get(_WAITS, 0))
        if counted and waits >= self._rules.waits:
            self._ledger.move(effect, _E.FAILED, reason=f"given up after {waits} waits: {reason}", attempt=attempt)
            return
        progress = {**effect.progress, _WAITS: waits + 1} if counted else effect.progress
        until = self._ledger.moves.now() + (delay or self._backoff(effect, waits))
        columns: dict[str, Any] = {"progress": progress, "not_before": until}
        self._ledger.move(effect, _E.RETRY_WAIT, reason=reason, attempt=attempt, columns=columns)

    def _backoff(self, effect: AdEffect, waits: int) -> timedelta:
        full = min(self._rules.first_wait * 2**waits, self._rules.longest_wait)
        # The same effect draws the same jitter: a run can be replayed.
        return full * random.Random(f"{effect.id}:{waits}").uniform(0.75, 1.25)
