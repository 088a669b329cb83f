"""What becomes of an effect whose publish run did not end in success."""

import logging
import random
from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from marketing_pipeline.channels.instagram_errors import FailureClass, InstagramFailure
from marketing_pipeline.channels.media_host import MediaFailure, MediaProblem
from marketing_pipeline.domain.approval import ApprovalState, Unauthorized, fingerprint_of, state_of
from marketing_pipeline.domain.brand import Brand
from marketing_pipeline.domain.effect import AttemptOutcome, Effect, EffectState
from marketing_pipeline.domain.errors import MarketingError
from marketing_pipeline.domain.identifiers import BrandId
from marketing_pipeline.execution.containers import WrongPost
from marketing_pipeline.execution.permission import Held
from marketing_pipeline.execution.publish import Bench, Doubt, PublishRun, Stalled
from marketing_pipeline.store.effect_rows import get_effect
from marketing_pipeline.store.holds import Holds
from marketing_pipeline.store.ledger import WORKER, AttemptEnd
from marketing_pipeline.store.publish_queue import PublishQueue

_log = logging.getLogger(__name__)


class Aftermath:
    """Turns the error that ended a run into the effect's next state. Each turn is one transaction."""

    def __init__(self, bench: Bench, holds: Holds, brands: Mapping[BrandId, Brand]) -> None:
        self._ledger = bench.ledger
        self._rules = bench.rules
        self._holds = holds
        self._brands = brands
        self._queue = PublishQueue(bench.ledger)

    def settle(self, run: PublishRun, error: Exception) -> None:
        """Write what `error` means for the effect of `run`. Raises Fenced."""
        if run.effect.state is EffectState.SUCCEEDED:
            _log.error("Effect %s is live; what followed met an error", run.effect.id, exc_info=error)
            return
        sent = run.effect.state is EffectState.SENDING
        match error:
            case Held():
                self._ledger.move(run.effect, EffectState.QUEUED, reason=error.message)
            case Unauthorized():
                self._refused(run.effect, error)
            case Stalled():
                run.take_back_sending()
                self._wait(run, error.message, attempt=(AttemptOutcome.NOT_DONE, error.message))
            case Doubt():
                self._unknown(run, str(error), restricted=False)
            case InstagramFailure() if sent:
                self._after_the_call(run, error)
            case InstagramFailure():
                self._before_the_call(run, error)
            case WrongPost():
                self._fail(run, str(error))
            case MediaFailure() if error.problem is not MediaProblem.UNREACHABLE:
                self._fail(run, str(error))
            case MarketingError() if not sent:
                self._wait(run, str(error))
            case _:
                _log.error("Effect %s met an unexpected error", run.effect.id, exc_info=error)
                self._unexpected(run, f"unexpected {type(error).__name__}: {error}", sent=sent)

    def _before_the_call(self, run: PublishRun, failure: InstagramFailure) -> None:
        if failure.stops_account:
            self._stop_account(run, failure, EffectState.QUEUED)
            return
        match failure.failure:
            case FailureClass.DEFER:
                self._wait(run, failure.message, failure.regain or self._rules.deferral, counted=False)
            case FailureClass.FIX_INPUT | FailureClass.HUMAN:
                self._fail(run, str(failure))
            case FailureClass.NEW_CONTAINER:
                self._start_over(run, failure)
            case FailureClass.RETRY | FailureClass.KEEP_POLLING | FailureClass.UNKNOWN_OUTCOME:
                self._wait(run, failure.message)

    def _after_the_call(self, run: PublishRun, failure: InstagramFailure) -> None:
        if failure.failure is FailureClass.UNKNOWN_OUTCOME:
            self._unknown(run, failure.message, restricted=failure.restricted)
            return
        # Whatever else the table knows of a publish call is a clear refusal: this call did nothing.
        run.take_back_sending()
        if failure.stops_account:
            self._stop_account(run, failure, EffectState.RETRY_WAIT, (AttemptOutcome.REFUSED, failure.message))
        elif failure.failure is FailureClass.DEFER:
            wait = failure.regain or self._rules.deferral
            self._wait(run, failure.message, wait, counted=False, attempt=(AttemptOutcome.NOT_DONE, failure.message))
        elif failure.failure is FailureClass.KEEP_POLLING:
            self._wait(run, failure.message, attempt=(AttemptOutcome.NOT_DONE, failure.message))
        else:
            self._fail(run, str(failure), (AttemptOutcome.REFUSED, failure.message))

    def _unknown(self, run: PublishRun, reason: str, *, restricted: bool) -> None:
        progress = run.progress.but(restricted=run.progress.restricted or restricted, unknown_since=None, clean_reads=0)
        columns = {"progress": progress.stored(), "not_before": self._ledger.moves.now(), "read_backs": 0}
        sent = run.effect.state is EffectState.SENDING
        attempt = (AttemptOutcome.UNKNOWN, reason) if sent else None
        self._ledger.move(run.effect, EffectState.UNKNOWN, reason=reason, attempt=attempt, columns=columns)

    def _unexpected(self, run: PublishRun, reason: str, *, sent: bool) -> None:
        if sent:
            self._unknown(run, reason, restricted=False)
        else:
            self._wait(run, reason)

    def _fail(self, run: PublishRun, reason: str, attempt: AttemptEnd | None = None) -> None:
        self._ledger.move(run.effect, EffectState.FAILED, reason=reason, attempt=attempt)

    def _wait(
        self,
        run: PublishRun,
        reason: str,
        delay: timedelta | None = None,
        *,
        counted: bool = True,
        attempt: AttemptEnd | None = None,
    ) -> None:
        """Again later. `counted` waits are bounded, and grow with jitter when no `delay` is given."""
        progress = run.progress
        if counted and progress.waits >= self._rules.waits:
            self._fail(run, f"given up after {progress.waits} waits: {reason}", attempt)
            return
        until = self._ledger.moves.now() + (delay or self._backoff(run.effect, progress.waits))
        waited = progress.but(waits=progress.waits + 1) if counted else progress
        columns: dict[str, Any] = {"progress": waited.stored(), "not_before": until}
        self._ledger.move(run.effect, EffectState.RETRY_WAIT, reason=reason, attempt=attempt, columns=columns)

    def _backoff(self, effect: Effect, waits: int) -> timedelta:
        full = min(self._rules.first_wait * 2**waits, self._rules.longest_wait)
        # The same effect draws the same jitter: a run can be replayed.
        return full * random.Random(f"{effect.id}:{waits}").uniform(0.75, 1.25)

    def _start_over(self, run: PublishRun, failure: InstagramFailure) -> None:
        if run.progress.containers >= self._rules.containers:
            self._fail(run, f"{run.progress.containers} containers came to nothing: {failure.message}")
            return
        run.forget_container()
        self._wait(run, failure.message)

    def _stop_account(
        self, run: PublishRun, failure: InstagramFailure, to: EffectState, attempt: AttemptEnd | None = None
    ) -> None:
        """Hold the account's whole channel until a person resumes it; the effect stays where it can go on."""
        effect, now = run.effect, self._ledger.moves.now()
        with self._ledger.database.write() as connection:
            self._holds.pause(connection, brand=effect.brand, channel=effect.channel, actor=WORKER, note=str(failure))
            columns = {"progress": run.progress.stored(), "not_before": now}
            self._ledger.move_within(connection, effect, to, reason=str(failure), attempt=attempt, columns=columns)

    def _refused(self, effect: Effect, refusal: Unauthorized) -> None:
        """The approval did not hold at the last moment. Where a person's decision would help, ask for it."""
        brand = self._brands.get(effect.brand)
        approvals = self._ledger.approvals
        with self._ledger.database.write() as connection:
            rows = approvals.rows_of(connection, effect.approval)
            sound = brand is not None and _is_sound(get_effect(connection, effect.id), brand)
            if brand is None or not sound or not approvals.signatures_hold(rows):
                self._ledger.move_within(connection, effect, EffectState.FAILED, reason=str(refusal))
                return
            lapsed = state_of(rows, self._ledger.moves.now()) is ApprovalState.EXPIRED
            to = EffectState.EXPIRED if lapsed else EffectState.CANCELLED
            self._queue.ask_again(connection, brand, effect, to, refusal.message)


def _is_sound(effect: Effect, brand: Brand) -> bool:
    same_account = effect.payload.account_id == brand.channels.instagram.account_id
    return same_account and fingerprint_of(effect.payload, brand.brand_id) == effect.fingerprint
