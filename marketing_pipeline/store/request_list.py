"""Approval requests for a page: the few that are asked for, found by index however many there ever were."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from pydantic import BaseModel, ConfigDict
from sqlalchemy import ColumnElement, Connection, Select, and_, exists, func, or_, select

from marketing_pipeline.domain.ad_change import AdChangeState, ApplyAdChange
from marketing_pipeline.domain.ad_value import step
from marketing_pipeline.domain.approval import ApprovalState, Decision
from marketing_pipeline.domain.clock import aware
from marketing_pipeline.domain.identifiers import BrandId
from marketing_pipeline.store.approval_request import ApprovalRequest, request_of
from marketing_pipeline.store.tables import ad_changes, approvals, creatives, posts

_A, _D, _S = AdChangeState, Decision, ApprovalState
_first, _last, _later = (approvals.alias(name) for name in ("first", "last", "later"))
_WAITS_FOR_ANOTHER = and_(_last.c.decision == _D.APPROVE, ad_changes.c.state == _A.AWAITING_APPROVAL)
_ENDED = {_S.REJECTED: _D.REJECT, _S.REVOKED: _D.REVOKE, _S.USED: _D.USED}


class RequestQuery(BaseModel):
    """Which requests; None: all of them. What waits comes by the moment at which it lapses, the rest newest first."""

    model_config = ConfigDict(frozen=True)

    brands: frozenset[BrandId] | None = None
    kind: str | None = None
    state: ApprovalState | None = ApprovalState.PENDING


def find_requests(connection: Connection, query: RequestQuery, now: datetime, limit: int) -> list[ApprovalRequest]:
    """The first `limit` requests, each with the state that it is in at `now`."""
    by_lapse = (_last.c.expires_at, _last.c.id)
    newest = (_last.c.decided_at.desc(), _last.c.id)
    order = by_lapse if query.state is _S.PENDING else newest
    asked = (_first.c.note.label("why"), _first.c.decided_at.label("requested_at"), _first.c.actor.label("proposer"))
    wanted = _wanted(query, now, select(_last, *asked))
    rows = connection.execute(wanted.add_columns(ad_changes.c.state.label("ad")).order_by(*order).limit(limit))
    return [request_of(row, aware(now)) for row in rows]


def count_requests(connection: Connection, query: RequestQuery, now: datetime) -> int:
    """How many there are."""
    return connection.scalar(_wanted(query, now, select(func.count()))) or 0


def _wanted(query: RequestQuery, now: datetime, columns: Select[Any]) -> Select[Any]:
    newer = exists().where(_later.c.id == _last.c.id, _later.c.sequence > _last.c.sequence)
    wanted = (
        columns.select_from(_last)
        .join(_first, and_(_first.c.id == _last.c.id, _first.c.sequence == 1))
        .outerjoin(ad_changes, ad_changes.c.id == _last.c.subject)
        .where(~newer, _in_state(query.state, aware(now)))
    )
    if query.brands is not None:
        wanted = wanted.where(_last.c.brand.in_(query.brands))
    return wanted if query.kind is None else wanted.where(_last.c.kind == query.kind)


def _in_state(state: ApprovalState | None, now: datetime) -> ColumnElement[bool]:
    """What the last row of a request says where the request is in that state."""
    decision, alive = _last.c.decision, _last.c.expires_at > now
    if state is None:
        return decision.in_(list(_D))
    if state in _ENDED:
        return decision == _ENDED[state]
    if state is _S.EXPIRED:
        return and_(decision.in_((_D.REQUESTED, _D.APPROVE)), ~alive)
    if state is _S.APPROVED:
        return and_(decision == _D.APPROVE, alive, ~func.coalesce(_WAITS_FOR_ANOTHER, False))
    return and_(alive, decision.in_((_D.REQUESTED, _D.APPROVE)), or_(decision == _D.REQUESTED, _WAITS_FOR_ANOTHER))


@dataclass(frozen=True)
class RequestSubject:
    """What a request is about, in people's words; `picture` of a post, `step` of an ad change."""

    name: str
    step: str = ""
    picture: str | None = None


def subjects_of(connection: Connection, requests: Sequence[ApprovalRequest]) -> dict[str, RequestSubject]:
    """By id, the posts and ad changes that some requests are about."""
    wanted = {request.subject for request in requests}
    changes = connection.execute(
        select(ad_changes.c.id, ad_changes.c.label, ad_changes.c.payload).where(ad_changes.c.id.in_(wanted))
    )
    found = {row.id: RequestSubject(row.label, step(ApplyAdChange.model_validate(row.payload))) for row in changes}
    media = select(creatives.c.post, creatives.c.media).where(creatives.c.post.in_(wanted), creatives.c.chosen)
    pictures = {row.post: row.media[0]["sha256"] for row in connection.execute(media)}
    topics = connection.execute(select(posts.c.id, posts.c.topic).where(posts.c.id.in_(wanted)))
    return found | {row.id: RequestSubject(row.topic, picture=pictures.get(row.id)) for row in topics}
