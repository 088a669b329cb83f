"""Reading back: looking at the channel again and again until an unknown outcome is proved one way, or parked."""

from collections.abc import Generator
from contextlib import contextmanager
from datetime import timedelta

from marketing_pipeline.channels.instagram import InstagramClient
from marketing_pipeline.channels.instagram_answers import ContainerStatus, Media
from marketing_pipeline.channels.instagram_errors import FailureClass, InstagramFailure
from marketing_pipeline.domain.effect import Effect, EffectState
from marketing_pipeline.execution.new_media import new_media
from marketing_pipeline.execution.progress import PublishProgress
from marketing_pipeline.execution.publish import Bench
from marketing_pipeline.execution.read_back import Evidence, Finding, Judgement, judge
from marketing_pipeline.execution.steps import Step
from marketing_pipeline.store.holds import Holds
from marketing_pipeline.store.ledger import WORKER


class Reconciliation:
    """Takes one read-back of one unknown effect at a time."""

    def __init__(self, bench: Bench, holds: Holds) -> None:
        self._bench = bench
        self._ledger = bench.ledger
        self._rules = bench.rules
        self._holds = holds

    def read_back(self, client: InstagramClient, effect: Effect) -> None:
        """Look once, and write what follows.

        Raises Fenced when another worker has taken over, and InstagramFailure, with nothing written, where the channel
        takes no calls for now: that is no look.
        """
        progress = self._begun(PublishProgress.of(effect))
        evidence = self._look(client, effect, progress)
        self._bench.on_step(Step.READ_BACK_DONE)
        if evidence.is_clean:
            progress = progress.but(clean_reads=progress.clean_reads + 1)
        found = judge(evidence, progress, self._ledger.moves.now(), self._rules)
        self._write(effect, progress, found)
        self._bench.on_step(Step.READ_BACK_STORED)

    def _begun(self, progress: PublishProgress) -> PublishProgress:
        if progress.unknown_since is not None:
            return progress
        return progress.but(unknown_since=self._ledger.moves.now(), unproved=progress.unproved + 1, clean_reads=0)

    def _look(self, client: InstagramClient, effect: Effect, progress: PublishProgress) -> Evidence:
        status: ContainerStatus | None = None
        seen: tuple[Media, ...] | None = None
        with _seen_or_not():
            status = client.container_status(progress.container or "").status_code
        with _seen_or_not():
            seen = new_media(self._ledger, client, effect, progress, self._rules)
        return Evidence(status=status, new_media=seen)

    def _write(self, effect: Effect, progress: PublishProgress, found: Judgement) -> None:
        match found.finding:
            case Finding.LIVE:
                media, now = found.media, self._ledger.moves.now()
                self._ledger.succeed(
                    effect,
                    media_id=media.id if media else None,
                    published_at=media.timestamp if media else progress.first_sent_at or now,
                    reason=found.reason,
                )
            case Finding.NOT_YET:
                next_read = self._ledger.moves.now() + self._pause(effect)
                self._ledger.keep_unknown(effect, reason=found.reason, progress=progress.stored(), next_read=next_read)
            case Finding.SEND_AGAIN:
                self._requeue(effect, progress, found)
            case Finding.NEW_CONTAINER:
                self._requeue(effect, progress.without_container(), found)
            case Finding.PARK:
                self._park(effect, progress, found)

    def _pause(self, effect: Effect) -> timedelta:
        delays = self._rules.read_delays
        return delays[min(effect.read_backs, len(delays)) - 1]

    def _requeue(self, effect: Effect, progress: PublishProgress, found: Judgement) -> None:
        settled = progress.but(unknown_since=None, clean_reads=0)
        columns = {"progress": settled.stored(), "not_before": None, "read_backs": 0}
        self._ledger.move(effect, EffectState.QUEUED, reason=found.reason, columns=columns)

    def _park(self, effect: Effect, progress: PublishProgress, found: Judgement) -> None:
        with self._ledger.database.write() as connection:
            if progress.restricted:
                note = "Instagram restricted the account (4/2207051): look at it in the app before resuming"
                self._holds.pause(connection, brand=effect.brand, channel=effect.channel, actor=WORKER, note=note)
            columns = {"progress": progress.stored(), "not_before": None}
            self._ledger.move_within(connection, effect, EffectState.PARKED, reason=found.reason, columns=columns)


@contextmanager
def _seen_or_not() -> Generator[None]:
    """What cannot be read is a finding of its own, save where nothing could be for now."""
    try:
        yield
    except InstagramFailure as failure:
        if failure.failure is FailureClass.DEFER or failure.token_refused:
            raise
