"""What becomes of an effect whose publish run did not end in success."""

import logging
from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from sqlalchemy import Connection

from marketing_pipeline.channels.instagram_errors import FailureClass, InstagramFailure
from marketing_pipeline.channels.media_host import MediaFailure, MediaProblem
from marketing_pipeline.domain.approval import ApprovalState, Unauthorized, fingerprint_of, state_of
from marketing_pipeline.domain.brand import Brand
from marketing_pipeline.domain.effect import AttemptOutcome, Effect, EffectState
from marketing_pipeline.domain.errors import MarketingError
from marketing_pipeline.domain.identifiers import BrandId, Sha256
from marketing_pipeline.execution.containers import WrongPost, WrongTime
from marketing_pipeline.execution.pauses import backoff, chance_of, no_sooner
from marketing_pipeline.execution.permission import Held
from marketing_pipeline.execution.progress import PublishProgress
from marketing_pipeline.execution.publish import Bench, Doubt, PublishRun, Stalled
from marketing_pipeline.store.effect_rows import get_effect
from marketing_pipeline.store.holds import Holds
from marketing_pipeline.store.latest_time import latest_time
from marketing_pipeline.store.ledger import WORKER, AttemptEnd
from marketing_pipeline.store.publish_queue import PublishQueue
from marketing_pipeline.store.token_rows import refuse_token
from marketing_pipeline.store.turns import rest

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
            case WrongTime():
                self._put_off(run.effect, str(error), run.progress, self._deferral(run.effect, None), None)
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
                self._rest_account(run, failure)
            case FailureClass.FIX_INPUT | FailureClass.HUMAN:
                self._fail(run, str(failure))
            case FailureClass.NEW_CONTAINER:
                self._start_over(run, failure)
            case FailureClass.RETRY | FailureClass.KEEP_POLLING | FailureClass.UNKNOWN_OUTCOME:
                self._wait(run, failure.message, failure.regain)

    def _after_the_call(self, run: PublishRun, failure: InstagramFailure) -> None:
        if failure.failure is FailureClass.UNKNOWN_OUTCOME:
            self._unknown(run, failure.message, restricted=failure.restricted)
            return
        # Whatever else the table knows of a publish call is a clear refusal: this call did nothing.
        run.take_back_sending()
        if failure.stops_account:
            self._stop_account(run, failure, EffectState.RETRY_WAIT, (AttemptOutcome.REFUSED, failure.message))
        elif failure.failure is FailureClass.DEFER:
            self._rest_account(run, failure, (AttemptOutcome.NOT_DONE, failure.message))
        elif failure.failure is FailureClass.KEEP_POLLING:
            self._wait(run, failure.message, failure.regain, (AttemptOutcome.NOT_DONE, failure.message))
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
        self, run: PublishRun, reason: str, told: timedelta | None = None, attempt: AttemptEnd | None = None
    ) -> None:
        """Again after a pause that grows, and is no shorter than the channel `told`; so many times and no more."""
        progress, chance = run.progress, chance_of(run.effect)
        if progress.waits >= self._rules.waits:
            self._fail(run, f"given up after {progress.waits} waits: {reason}", attempt)
            return
        pause = backoff(self._rules.first_wait, self._rules.longest_wait, progress.waits, chance)
        pause = max(pause, no_sooner(told or timedelta(0), chance))
        self._put_off(run.effect, reason, progress.but(waits=progress.waits + 1), pause, attempt)

    def _rest_account(self, run: PublishRun, failure: InstagramFailure, attempt: AttemptEnd | None = None) -> None:
        """Again when a window has opened that is not of our making, however often.

        The limit is the account's: until then nothing else of it is claimed either, and other accounts go on.
        """
        effect, until = run.effect, self._ledger.moves.now() + self._deferral(run.effect, failure.regain)
        columns: dict[str, Any] = {"progress": run.progress.stored(), "not_before": until}
        with self._ledger.database.write() as connection:
            rest(connection, effect.brand, until, failure.message, self._ledger.moves.now())
            self._ledger.move_within(
                connection, effect, EffectState.RETRY_WAIT, reason=failure.message, attempt=attempt, columns=columns
            )

    def _deferral(self, effect: Effect, told: timedelta | None) -> timedelta:
        return no_sooner(told or self._rules.deferral, chance_of(effect))

    def _put_off(
        self, effect: Effect, reason: str, progress: PublishProgress, pause: timedelta, attempt: AttemptEnd | None
    ) -> None:
        columns: dict[str, Any] = {"progress": progress.stored(), "not_before": self._ledger.moves.now() + pause}
        self._ledger.move(effect, EffectState.RETRY_WAIT, reason=reason, attempt=attempt, columns=columns)

    def _start_over(self, run: PublishRun, failure: InstagramFailure) -> None:
        if run.progress.containers >= self._rules.containers:
            self._fail(run, f"{run.progress.containers} containers came to nothing: {failure.message}")
            return
        run.forget_container()
        self._wait(run, failure.message)

    def _stop_account(
        self, run: PublishRun, failure: InstagramFailure, to: EffectState, attempt: AttemptEnd | None = None
    ) -> None:
        """Hold the account's whole channel; the effect stays where it can go on.

        A person lifts the hold, or, where it is the token that is refused, another token does.
        """
        effect, now = run.effect, self._ledger.moves.now()
        with self._ledger.database.write() as connection:
            if not failure.token_refused:
                brand, channel, note = effect.brand, effect.channel, str(failure)
                self._holds.pause(connection, brand=brand, channel=channel, actor=WORKER, note=note)
            elif not self._refuse_token(connection, effect, run.token_sha256, failure):
                # Another token is in use by now: this run was the last with the old one.
                now += self._rules.first_wait
            columns = {"progress": run.progress.stored(), "not_before": now}
            self._ledger.move_within(connection, effect, to, reason=str(failure), attempt=attempt, columns=columns)

    def not_read_back(self, effect: Effect, failure: InstagramFailure, token_sha256: Sha256) -> None:
        """The channel takes no call for now: no look was had, so none counts. Raises Fenced."""
        if failure.token_refused:
            with self._ledger.database.write() as connection:
                self._refuse_token(connection, effect, token_sha256, failure)
        pause = no_sooner(failure.regain or self._rules.deferral, chance_of(effect))
        progress, next_read = PublishProgress.of(effect).not_looked(pause), self._ledger.moves.now() + pause
        self._ledger.keep_unknown(effect, reason=str(failure), progress=progress.stored(), next_read=next_read)

    def _refuse_token(
        self, connection: Connection, effect: Effect, token_sha256: Sha256, failure: InstagramFailure
    ) -> bool:
        return refuse_token(
            connection,
            self._holds,
            channel=effect.channel,
            brand=effect.brand,
            token_sha256=token_sha256,
            why=str(failure),
            now=self._ledger.moves.now(),
        )

    def _refused(self, effect: Effect, refusal: Unauthorized) -> None:
        """The approval did not hold at the last moment. Where a person's decision would help, ask for it."""
        brand = self._brands.get(effect.brand)
        approvals = self._ledger.approvals
        with self._ledger.database.write() as connection:
            rows = approvals.rows_of(connection, effect.approval)
            sound = brand is not None and _is_sound(get_effect(connection, effect.id), brand)
            genuine = approvals.signatures_hold(rows) and approvals.nothing_is_cut(connection, rows)
            if brand is None or not (sound and genuine):
                self._ledger.move_within(connection, effect, EffectState.FAILED, reason=str(refusal))
                return
            lapsed = state_of(rows, latest_time(connection, self._ledger.moves.now())) is ApprovalState.EXPIRED
            to = EffectState.EXPIRED if lapsed else EffectState.CANCELLED
            self._queue.ask_again(connection, brand, effect, to, refusal.message)


def _is_sound(effect: Effect, brand: Brand) -> bool:
    same_account = effect.payload.account_id == brand.channels.instagram.account_id
    return same_account and fingerprint_of(effect.payload, brand.brand_id) == effect.fingerprint
