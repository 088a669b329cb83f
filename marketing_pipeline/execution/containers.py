"""From an approved post to a container that is ready to publish. Nothing is visible yet: each step may be repeated."""

import random
from collections.abc import Callable
from datetime import datetime, timedelta
from functools import partial

from tenacity import Retrying, retry_if_exception, stop_after_attempt

from marketing_pipeline.channels.instagram import InstagramClient
from marketing_pipeline.channels.instagram_answers import ContainerReading, ContainerStatus
from marketing_pipeline.channels.instagram_errors import FailureClass, InstagramFailure
from marketing_pipeline.channels.media_host import MediaFailure, MediaHost, MediaProblem
from marketing_pipeline.domain.caption import ALT_TEXT_LIMIT, CAPTION_LIMIT, HASHTAG_LIMIT
from marketing_pipeline.domain.clock import Clock, aware
from marketing_pipeline.domain.effect import PublishPost
from marketing_pipeline.domain.errors import MarketingError
from marketing_pipeline.domain.identifiers import Sha256
from marketing_pipeline.execution.pauses import backoff
from marketing_pipeline.execution.progress import PublishProgress
from marketing_pipeline.execution.rules import ExecutionRules
from marketing_pipeline.execution.steps import OnStep, Step


class WrongPost(MarketingError):
    """The post breaks a rule of the channel that we know of: it is not even tried."""


class WrongTime(MarketingError):
    """This machine's clock and the channel's are too far apart to know what is due. Nothing was sent."""


class Containers:
    """Makes and watches the containers of one effect. `save` makes progress durable."""

    def __init__(
        self,
        client: InstagramClient,
        media_host: MediaHost,
        clock: Clock,
        rules: ExecutionRules,
        save: Callable[[PublishProgress], None],
        on_step: OnStep,
        chance: random.Random,
    ) -> None:
        self._client = client
        self._media_host = media_host
        self._clock = clock
        self._rules = rules
        self._save = save
        self._on_step = on_step
        self._chance = chance

    def require_quota(self, account: str) -> None:
        """Read the account's posting quota. Raises InstagramFailure, to be deferred, when none is left.

        Raises WrongTime where the answer shows that this machine's clock is off.
        """
        asked_at = aware(self._clock.now())
        quota = self._client.quota(account)
        self._require_same_time(asked_at)
        if quota.left < 1:
            raise InstagramFailure(
                FailureClass.DEFER,
                f"The account has used its {quota.total} posts of the last {quota.window}.",
                "Nothing to do: it is tried again.",
            )

    def _require_same_time(self, asked_at: datetime) -> None:
        told, skew = self._client.told_time, self._rules.clock_skew
        answered_at = aware(self._clock.now())
        if told is not None and not asked_at - skew <= told <= answered_at + skew:
            raise WrongTime(
                f"This machine's clock says {answered_at:%Y-%m-%d %H:%M} UTC, Instagram's {told:%Y-%m-%d %H:%M}.",
                "Set the clock: until then nothing is published, neither early nor on a lapsed approval.",
            )

    def make(self, payload: PublishPost, progress: PublishProgress) -> PublishProgress:
        """Make what is missing of the post's container, each id stored as soon as it is known.

        Raises WrongPost, MediaFailure or InstagramFailure.
        """
        if progress.container is not None:
            return progress
        self._check(payload)
        self._on_step(Step.CHECKED)
        if len(payload.media) > 1:
            for sha256 in payload.media[len(progress.children) :]:
                child = self._create(partial(self._child, payload, sha256))
                self._on_step(Step.CHILD_MADE)
                progress = progress.but(children=(*progress.children, child))
                self._save(progress)
                self._on_step(Step.CHILD_STORED)
        container = self._create(partial(self._parent, payload, progress.children))
        self._on_step(Step.CONTAINER_MADE)
        progress = progress.but(container=container, containers=progress.containers + 1, sends=0)
        self._save(progress)
        self._on_step(Step.CONTAINER_STORED)
        return progress

    def watch(self, container: str) -> ContainerReading:
        """Look at a container until it has left IN_PROGRESS or patience ends; returns the last reading.

        A failed look is no proof of anything: the next one may succeed. Raises the last look's InstagramFailure.
        """
        reading: ContainerReading | None = None
        failure: InstagramFailure | None = None
        for pause in self._rules.polls:
            self._clock.sleep(pause)
            try:
                reading, failure = self._client.container_status(container), None
            except InstagramFailure as met:
                if met.failure is not FailureClass.RETRY:
                    raise
                failure = met
                continue
            if reading.status_code is not ContainerStatus.IN_PROGRESS:
                return reading
        if failure is not None or reading is None:
            raise failure or ValueError("rules.polls is empty")
        return reading

    def _check(self, payload: PublishPost) -> None:
        if len(payload.caption) > CAPTION_LIMIT or payload.caption.count("#") > HASHTAG_LIMIT:
            raise WrongPost("The caption is longer or has more hashtags than Instagram takes.", "Edit the post.")
        if len(payload.alt_text) > ALT_TEXT_LIMIT:
            raise WrongPost(f"The alt text is longer than {ALT_TEXT_LIMIT} characters.", "Edit the post.")
        for sha256 in payload.media:
            self._again(partial(self._media_host.check, sha256))

    def _child(self, payload: PublishPost, sha256: Sha256) -> str:
        url = self._media_host.public_url(sha256)
        return self._client.create_carousel_item(payload.account_id, image_url=url, alt_text=payload.alt_text)

    def _parent(self, payload: PublishPost, children: tuple[str, ...]) -> str:
        if children:
            return self._client.create_carousel(
                payload.account_id,
                children=children,
                caption=payload.caption,
                is_ai_generated=payload.is_ai_generated,
            )
        return self._client.create_image_container(
            payload.account_id,
            image_url=self._media_host.public_url(payload.media[0]),
            caption=payload.caption,
            alt_text=payload.alt_text,
            is_ai_generated=payload.is_ai_generated,
        )

    def _create(self, call: Callable[[], str]) -> str:
        made: list[str] = []
        self._again(lambda: made.append(call()))
        return made[-1]

    def _again(self, call: Callable[[], None]) -> None:
        """Make a call whose repetition harms nobody, up to `rules.tries` times."""
        first, longest = timedelta(seconds=self._rules.first_pause), timedelta(minutes=1)
        retrying = Retrying(
            stop=stop_after_attempt(self._rules.tries),
            wait=lambda state: backoff(first, longest, state.attempt_number - 1, self._chance).total_seconds(),
            sleep=self._clock.sleep,
            retry=retry_if_exception(_may_pass),
            reraise=True,
        )
        retrying(call)


def _may_pass(error: BaseException) -> bool:
    if isinstance(error, MediaFailure):
        return error.problem is MediaProblem.UNREACHABLE
    # A wait that the channel names is longer than a claim should last.
    return isinstance(error, InstagramFailure) and error.failure is FailureClass.RETRY and error.regain is None
