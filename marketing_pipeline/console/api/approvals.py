"""The gate: what waits for a decision, and deciding about exactly what was seen."""

from enum import StrEnum
from typing import Annotated, Any

from fastapi import APIRouter, Query
from pydantic import Field

from marketing_pipeline.console.api.caller import BrandQuery, Caller, Command, Id, Limit, Note, brands_for
from marketing_pipeline.domain.approval import ApprovalState, Decision
from marketing_pipeline.store.approval_request import ApprovalRequest
from marketing_pipeline.store.request_list import RequestQuery, find_requests

router = APIRouter(prefix="/approvals", tags=["approvals"])


class Verdict(StrEnum):
    """What a person may decide."""

    APPROVE = "approve"
    REJECT = "reject"
    REVOKE = "revoke"


class Judgement(Command):
    """A decision, bound to what was seen."""

    decision: Verdict
    saw: Annotated[ApprovalState, Field(description="The state in which you saw it")]
    fingerprint: Annotated[str, Field(min_length=64, max_length=64, description="Of what you saw")]
    note: Note = ""
    drop: Annotated[bool, Field(description="Reject: drop the post instead of sending it back")] = False


@router.get("")
def list_requests(
    desk: Caller,
    brand: BrandQuery = None,
    kind: Annotated[str | None, Query(max_length=96, description="Such as publish_post")] = None,
    state: Annotated[ApprovalState | None, Query(description="Left out: every state")] = None,
    limit: Limit = 50,
) -> list[ApprovalRequest]:
    """Approval requests: what waits, by the moment at which it lapses; the rest newest first."""
    query = RequestQuery(brands=brands_for(desk, brand), kind=kind, state=state)
    with desk.place.database.read() as connection:
        return find_requests(connection, query, desk.now, limit)


@router.get("/{request}")
def show(desk: Caller, request: Id) -> dict[str, Any]:
    """What a request is about, its fingerprint, and who decided what."""
    return desk.place.gate.asked(desk.person, request).as_json()


@router.post("/{request}/decision")
def decide(desk: Caller, request: Id, act: Judgement) -> dict[str, Any]:
    """Approve, reject or revoke it. 409 when somebody was faster, or it is about something else than you saw."""
    settled = desk.place.gate.decide(
        desk.person,
        request,
        Decision(act.decision),
        note=act.note,
        saw=act.saw,
        fingerprint=act.fingerprint,
        drop=act.drop,
    )
    return {
        "said": settled.said,
        "state": settled.state,
        "too_late": settled.too_late,
        "next_step": settled.next_step,
    }
