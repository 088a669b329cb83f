"""What waits for a person: decisions, posts that only a person brings on, alerts; the most urgent first."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime

from sqlalchemy import Connection

from marketing_pipeline.console import links
from marketing_pipeline.console.desk import Desk
from marketing_pipeline.domain.ad_value import step
from marketing_pipeline.domain.alert import Alert, AlertKind, Severity
from marketing_pipeline.domain.approval import ApprovalState
from marketing_pipeline.domain.effect import EffectState
from marketing_pipeline.domain.effect_kind import EffectKind
from marketing_pipeline.domain.identifiers import BrandId, Sha256
from marketing_pipeline.domain.post import PostState
from marketing_pipeline.store.ad_effect_rows import list_ad_effects
from marketing_pipeline.store.approval_request import ApprovalRequest
from marketing_pipeline.store.post_lists import ListedPost, listed_posts, stuck_posts
from marketing_pipeline.store.request_list import (
    RequestQuery,
    RequestSubject,
    count_requests,
    find_requests,
    subjects_of,
)

MOST = 25
"""Shown of each kind of thing that waits: whoever has more of one begins with these."""
_TOLD_ELSEWHERE = frozenset(
    {
        AlertKind.APPROVAL_WAITING,
        AlertKind.APPROVAL_EXPIRING,
        AlertKind.EFFECT_PARKED,
        AlertKind.POST_BELOW_BAR,
        AlertKind.POST_MISSED,
        AlertKind.UNHEALTHY,
    }
)
"""Alerts whose cause has a line of its own on the page."""
_NEVER = datetime.max.replace(tzinfo=UTC)
_KINDS = {"publish_post": "approve a post", "apply_ad_change": "approve an ad change"}


@dataclass(frozen=True)
class Waiting:
    """One thing that waits. `lapses`: after that it is too late, or it is asked for anew; None: it stays."""

    key: str
    what: str
    tone: str
    title: str
    detail: str
    url: str
    brand: BrandId | None
    lapses: datetime | None = None
    lapses_word: str = "lapses"
    picture: Sha256 | None = None
    has_picture: bool = False
    is_past: bool = False
    at_once: bool = False

    @property
    def rank(self) -> tuple[bool, bool, datetime, str]:
        """Its place in the list: what cannot wait, then by the moment at which it lapses; what is too late last."""
        return not self.at_once, self.is_past, self.lapses or _NEVER, self.key


@dataclass(frozen=True)
class WaitingList:
    """Everything that waits, most urgent first, and how many decisions there are beyond those shown."""

    shown: tuple[Waiting, ...]
    more: int


def what_waits(desk: Desk, connection: Connection) -> WaitingList:
    """What waits for the person of this desk, of the brands that the page is about."""
    brands, now = desk.shown_brands, desk.now
    query = RequestQuery(brands=frozenset(brands), state=ApprovalState.PENDING)
    requests = find_requests(connection, query, now, MOST)
    total = count_requests(connection, query, now) if len(requests) == MOST else len(requests)
    asked = {request.subject: request for request in requests if request.kind == EffectKind.PUBLISH_POST}
    stuck = stuck_posts(connection, brands, now, MOST)
    known = listed_posts(connection, asked.keys()) | {post.id: post for post in stuck}
    about = subjects_of(connection, requests)
    found = [
        *(_request(request, known.get(request.subject), about.get(request.subject), now) for request in requests),
        *(_post(post, now) for post in stuck if post.id not in asked),
        *_parked_ads(connection, desk),
        *(_alert(alert) for alert in _alerts(desk)),
    ]
    return WaitingList(tuple(sorted(found, key=lambda item: item.rank)), total - len(requests))


def _request(request: ApprovalRequest, post: ListedPost | None, about: RequestSubject | None, now: datetime) -> Waiting:
    due = post.scheduled_at if post and post.scheduled_at > now else None
    below = post is not None and post.meets_bar is False
    return Waiting(
        key=request.id,
        what="below the bar" if below else _KINDS.get(request.kind, request.kind),
        tone="warn",
        title=_title(about) if about else request.subject,
        detail=request.why,
        url=links.approval_url(request.id),
        brand=request.brand,
        lapses=min(due, request.expires_at) if due else request.expires_at,
        lapses_word="its slot is" if due and due < request.expires_at else "lapses",
        picture=post.picture if post else None,
        has_picture=post is not None,
    )


def _title(about: RequestSubject) -> str:
    return f"{about.name}: {about.step}" if about.step else about.name


def _post(post: ListedPost, now: datetime) -> Waiting:
    parked = post.state is PostState.PARKED
    late = post.is_late(now) and post.state not in (PostState.MISSED, PostState.FAILED, PostState.NEEDS_HUMAN)
    return Waiting(
        key=post.id,
        what="not made in time" if late else post.state,
        tone="bad" if parked or post.state in (PostState.FAILED, PostState.MISSED) else "warn",
        title=post.topic,
        detail=post.state_reason,
        url=links.post_url(post.id),
        brand=post.brand,
        lapses=post.scheduled_at,
        lapses_word="its slot was" if post.scheduled_at <= now else "its slot is",
        picture=post.picture,
        has_picture=True,
        is_past=post.scheduled_at <= now,
        at_once=parked,
    )


def _parked_ads(connection: Connection, desk: Desk) -> Iterator[Waiting]:
    only = desk.brand.brand_id if desk.brand else None
    for effect in list_ad_effects(connection, brand=only, states=(EffectState.PARKED,), limit=MOST):
        if effect.brand in desk.shown_brands:
            yield Waiting(
                key=effect.id,
                what="parked",
                tone="bad",
                title=step(effect.payload),
                detail=effect.state_reason,
                url=links.ad_change_url(effect.subject),
                brand=effect.brand,
                at_once=True,
            )


def _alerts(desk: Desk) -> tuple[Alert, ...]:
    # What is of no one brand may tell of brands that they do not see.
    mine = desk.shown_brands if desk.person.brands is not None else (None, *desk.shown_brands)
    return desk.place.health.alerts.standing(mine, without=_TOLD_ELSEWHERE, limit=MOST)


def _alert(alert: Alert) -> Waiting:
    taken = f" Taken on by {alert.acknowledged_by}." if alert.acknowledged_by else ""
    return Waiting(
        key=alert.id,
        what=f"{alert.severity} alert",
        tone="bad" if alert.severity is Severity.CRITICAL else "warn",
        title=alert.title,
        detail=f"{alert.mend}{taken}",
        url="/health",
        brand=alert.brand,
        at_once=alert.severity is Severity.CRITICAL and not alert.acknowledged_by,
    )
