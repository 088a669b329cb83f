"""The Instagram Graph API as the product uses it: containers, publishing, reading back, insights, tokens.

Each method is one call (insights: a few), made once: who may repeat it is decided by its caller, from the class of
the InstagramFailure that it raises.
"""

from datetime import datetime, timedelta

import httpx
from pydantic import SecretStr

from marketing_pipeline.channels.instagram_answers import (
    ContainerReading,
    Created,
    Insights,
    InsightsAnswer,
    Media,
    MediaPage,
    Quota,
    QuotaAnswer,
    RefreshedToken,
    TokenAnswer,
)
from marketing_pipeline.channels.instagram_errors import FailureClass, InstagramFailure, Phase
from marketing_pipeline.channels.instagram_listing import ListedPost, list_posts, read_post
from marketing_pipeline.channels.instagram_wire import VERSION, GraphWire
from marketing_pipeline.domain.channel_token import sha256_of
from marketing_pipeline.domain.clock import Clock, aware
from marketing_pipeline.domain.identifiers import Sha256
from marketing_pipeline.domain.metrics import CORE_METRICS, METRICS

_LIST_LIMIT = 50


class InstagramClient:
    """One account's access to the Graph API. Safe to share between threads.

    `base_url` is https://graph.instagram.com or the sandbox's; `timeout_seconds` bounds each whole call.
    """

    def __init__(
        self,
        base_url: str,
        token: SecretStr,
        clock: Clock,
        timeout_seconds: float = 30.0,
        transport: httpx.BaseTransport | None = None,
    ) -> None:
        self._clock = clock
        self._token_sha256 = sha256_of(token)
        self._wire = GraphWire(base_url, token, timeout_seconds, transport)

    def close(self) -> None:
        """Let go of the connections."""
        self._wire.close()

    @property
    def told_time(self) -> datetime | None:
        """The channel's own time, to the second, at its last answer; None where that told none."""
        return self._wire.told_time

    @property
    def token_sha256(self) -> Sha256:
        """Which token opens the account."""
        return self._token_sha256

    def quota(self, account: str) -> Quota:
        """The account's posting quota as Meta has it now."""
        path = f"/{VERSION}/{account}/content_publishing_limit"
        answer = self._wire.call(Phase.READ, "GET", path, {"fields": "quota_usage,config"}, QuotaAnswer).data[0]
        window = timedelta(seconds=answer.config.quota_duration)
        return Quota(used=answer.quota_usage, total=answer.config.quota_total, window=window)

    def create_image_container(
        self, account: str, *, image_url: str, caption: str, alt_text: str, is_ai_generated: bool
    ) -> str:
        """Make a container for a single picture; returns its id. Nothing is visible yet."""
        parameters = {"image_url": image_url, "caption": caption, "alt_text": alt_text}
        return self._create(account, {**parameters, **_ai_label(is_ai_generated)})

    def create_carousel_item(self, account: str, *, image_url: str, alt_text: str) -> str:
        """Make a child of a carousel; returns its id. Children carry no caption and no AI label."""
        return self._create(account, {"image_url": image_url, "alt_text": alt_text, "is_carousel_item": "true"})

    def create_carousel(self, account: str, *, children: tuple[str, ...], caption: str, is_ai_generated: bool) -> str:
        """Make a carousel of 2 to 10 children, in order; returns its id."""
        parameters = {"media_type": "CAROUSEL", "children": ",".join(children), "caption": caption}
        return self._create(account, {**parameters, **_ai_label(is_ai_generated)})

    def container_status(self, container: str) -> ContainerReading:
        """Where a container stands."""
        fields = {"fields": "status_code,status"}
        return self._wire.call(Phase.READ, "GET", f"/{VERSION}/{container}", fields, ContainerReading)

    def publish(self, account: str, container: str) -> str:
        """Make a container's post live; returns the media id. Everything but a clear refusal is `unknown_outcome`."""
        path, parameters = f"/{VERSION}/{account}/media_publish", {"creation_id": container}
        return self._wire.call(Phase.PUBLISH, "POST", path, parameters, Created).id

    def media(self, media_id: str) -> Media:
        """One live post with its permalink."""
        fields = {"fields": "id,permalink,timestamp,media_type,media_product_type"}
        return self._wire.call(Phase.READ, "GET", f"/{VERSION}/{media_id}", fields, Media)

    def recent_media(self, account: str, since: datetime) -> tuple[Media, ...]:
        """The account's newest posts (at most 50) that are not older than `since`, newest first."""
        parameters = {"fields": "id,permalink,timestamp", "limit": str(_LIST_LIMIT)}
        page = self._wire.call(Phase.READ, "GET", f"/{VERSION}/{account}/media", parameters, MediaPage)
        return tuple(medium for medium in page.data if medium.timestamp >= aware(since))

    def posts_since(self, account: str, since: datetime) -> tuple[ListedPost, ...]:
        """Every post of the account that is not older than `since`, newest first, without captions."""
        return list_posts(self._wire, account, since)

    def post_with_caption(self, media_id: str) -> ListedPost:
        """One live post with its caption."""
        return read_post(self._wire, media_id)

    def insights(self, media_id: str, metrics: tuple[str, ...] = METRICS) -> Insights:
        """Lifetime figures of one post; an absent figure is None with its reason, never 0.

        One bad metric fails a whole request, so the safe core is asked for together and each other metric apart; a
        failed core is asked for one by one. Raises InstagramFailure where nothing could be read at all.
        """
        core = tuple(name for name in metrics if name in CORE_METRICS)
        answers = [*self._together(media_id, core)]
        for name in metrics:
            if name not in CORE_METRICS:
                answers += self._together(media_id, (name,))
        values = {name: figure for name, figure, _ in answers}
        missing = {name: reason for name, figure, reason in answers if figure is None}
        return Insights(values=values, missing=missing)

    def refresh_token(self) -> RefreshedToken:
        """A new 60-day token for this one, which must be at least 24 hours old and not expired."""
        parameters = {"grant_type": "ig_refresh_token"}
        # This call alone has no version in its path.
        answer = self._wire.call(Phase.READ, "GET", "/refresh_access_token", parameters, TokenAnswer)
        # By the channel's own clock where it tells it: an end that this machine's wrong clock made up would stay wrong.
        issued = self.told_time or aware(self._clock.now())
        expires = issued + timedelta(seconds=answer.expires_in)
        return RefreshedToken(token=answer.access_token, issued_at=issued, expires_at=expires)

    def _create(self, account: str, parameters: dict[str, str]) -> str:
        return self._wire.call(Phase.CREATE, "POST", f"/{VERSION}/{account}/media", parameters, Created).id

    def _together(self, media_id: str, metrics: tuple[str, ...]) -> list[tuple[str, int | None, str]]:
        """Name, figure and reason for its absence of each metric, asked for together, or apart if that fails."""
        if not metrics:
            return []
        path, parameters = f"/{VERSION}/{media_id}/insights", {"metric": ",".join(metrics)}
        try:
            answer = self._wire.call(Phase.READ, "GET", path, parameters, InsightsAnswer)
        except InstagramFailure as failure:
            if _is_no_answer(failure):
                raise
            if len(metrics) == 1:
                return [(metrics[0], None, failure.message)]
            return [part for name in metrics for part in self._together(media_id, (name,))]
        found = {entry.name: entry.figure() for entry in answer.data}
        return [(name, found.get(name), "Instagram gave no figure.") for name in metrics]


def _ai_label(is_ai_generated: bool) -> dict[str, str]:
    return {"is_ai_generated": "true"} if is_ai_generated else {}


def _is_no_answer(failure: InstagramFailure) -> bool:
    """Whether it says nothing about one metric. Code 10 here means too few viewers, not a missing permission."""
    if failure.code in (10, 100) and failure.subcode != 33:
        return False
    return failure.failure in (FailureClass.RETRY, FailureClass.DEFER) or failure.stops_account
