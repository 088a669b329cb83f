"""The safe publish algorithm: one claimed effect from its checks to a recorded outcome, with one publish call at most.

Each step is durable before the next. A failure before the call means that nothing happened; after it, everything but
a clear refusal is unknown and left to the read-backs.
"""

from dataclasses import dataclass
from datetime import timedelta

from marketing_pipeline.channels.instagram import InstagramClient
from marketing_pipeline.channels.instagram_answers import ContainerReading, ContainerStatus
from marketing_pipeline.channels.instagram_errors import FailureClass, InstagramFailure
from marketing_pipeline.channels.media_host import MediaHost
from marketing_pipeline.domain.clock import Clock
from marketing_pipeline.domain.effect import AttemptOutcome, Effect
from marketing_pipeline.domain.errors import MarketingError
from marketing_pipeline.domain.identifiers import Sha256
from marketing_pipeline.execution.containers import Containers
from marketing_pipeline.execution.new_media import new_media
from marketing_pipeline.execution.pauses import chance_of
from marketing_pipeline.execution.permission import Permission
from marketing_pipeline.execution.progress import PublishProgress
from marketing_pipeline.execution.rules import ExecutionRules
from marketing_pipeline.execution.steps import OnStep, Step
from marketing_pipeline.store.ledger import Ledger


class Stalled(MarketingError):
    """This worker stood still for so long that another may take over before its call would end. Nothing was sent."""


class Doubt(Exception):
    """Before a second sending it shows that the first may have been done after all."""


@dataclass(frozen=True)
class Bench:
    """What every publish run works with."""

    ledger: Ledger
    permission: Permission
    media_host: MediaHost
    clock: Clock
    rules: ExecutionRules
    on_step: OnStep
    owner: str


class PublishRun:
    """One claim of one effect."""

    def __init__(self, bench: Bench, client: InstagramClient, effect: Effect) -> None:
        self._bench = bench
        self._client = client
        self._effect = effect
        self._progress = PublishProgress.of(effect)
        self._containers = Containers(
            client, bench.media_host, bench.clock, bench.rules, self._save, bench.on_step, chance_of(effect)
        )

    @property
    def effect(self) -> Effect:
        """The effect as last written by this run."""
        return self._effect

    @property
    def token_sha256(self) -> Sha256:
        """The token that this run works with."""
        return self._client.token_sha256

    @property
    def progress(self) -> PublishProgress:
        """What is proved so far."""
        return self._progress

    def run(self) -> Effect:
        """Publish. Raises Fenced, Unauthorized, Doubt, MediaFailure, WrongPost or InstagramFailure.

        The state of `effect` then tells whether the call had gone out.
        """
        payload = self._effect.payload
        with self._bench.ledger.database.read() as connection:
            self._bench.permission.require(connection, self._effect)
        self._containers.require_quota(payload.account_id)
        self._progress = self._containers.make(payload, self._progress)
        self._require_ready(self._containers.watch(self._container))
        self._bench.on_step(Step.CONTAINER_READY)
        self._look_before_sending()
        self._bench.on_step(Step.BASELINE_READ)
        self._open_attempt()
        self._bench.on_step(Step.ATTEMPT_OPENED)
        self._require_time_left()
        media_id = self._client.publish(payload.account_id, self._container)
        self._bench.on_step(Step.ANSWERED)
        self._effect = self._bench.ledger.succeed(
            self._effect,
            media_id=media_id,
            published_at=self._bench.ledger.moves.now(),
            reason="published",
            attempt=(AttemptOutcome.SUCCEEDED, media_id),
        )
        self._bench.on_step(Step.RECORDED)
        return self._effect

    def take_back_sending(self) -> None:
        """The call was clearly refused: it does not count as a sending."""
        self._progress = self._progress.but(sends=self._progress.sends - 1)

    def forget_container(self) -> None:
        """The container is of no use: the next run makes another."""
        self._progress = self._progress.without_container()

    @property
    def _container(self) -> str:
        if self._progress.container is None:
            raise ValueError(f"effect {self._effect.id} has no container yet")
        return self._progress.container

    def _save(self, progress: PublishProgress) -> None:
        self._effect = self._bench.ledger.save_progress(self._effect, progress.stored(), self._bench.rules.lease)
        self._progress = progress

    def _require_ready(self, reading: ContainerReading) -> None:
        status = reading.status_code
        if status is ContainerStatus.FINISHED:
            return
        if status is ContainerStatus.PUBLISHED or (self._progress.sends > 0 and self._progress.unproved > 0):
            raise Doubt(f"the container says {status} before it was sent again")
        raise InstagramFailure(
            FailureClass.NEW_CONTAINER,
            f"The container says {status}" + (f": {reading.status}." if reading.status else "."),
            "Nothing to do: a new one is made.",
        )

    def _look_before_sending(self) -> None:
        """Before the first sending: remember the account's posts. Before another: see that none was added since."""
        bench, effect = self._bench, self._effect
        if self._progress.first_sent_at is None or not self._progress.unproved:
            now = bench.ledger.moves.now()
            seen = self._client.recent_media(effect.payload.account_id, now - bench.rules.clock_skew)
            self._save(self._progress.but(baseline=tuple(medium.id for medium in seen), first_sent_at=now))
        elif new_media(bench.ledger, self._client, effect, self._progress, bench.rules):
            raise Doubt("the account has a new post since the first call")
        else:
            self._save(self._progress)

    def _open_attempt(self) -> None:
        bench, effect = self._bench, self._effect
        progress = self._progress.but(sends=self._progress.sends + 1)
        self._effect = bench.ledger.open_attempt(
            effect,
            owner=bench.owner,
            request={"account": effect.payload.account_id, "creation_id": self._container},
            progress=progress.stored(),
            guard=lambda connection: bench.permission.require(connection, effect),
        )
        self._progress = progress

    def _require_time_left(self) -> None:
        until, needed = self._effect.lease_until, timedelta(seconds=self._bench.rules.call_seconds)
        if until is None or self._bench.ledger.moves.now() + needed > until:
            raise Stalled("The worker stood still before its call.", "Nothing to do: it is tried again.")
