"""Approvals bound to a fingerprint, and `authorize`: the lock that every effect passes at the moment it runs."""

import hashlib
import json
from collections.abc import Sequence
from datetime import datetime
from enum import StrEnum
from typing import Annotated, Any

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field

from marketing_pipeline.domain.brand import Brand, ContentApproval
from marketing_pipeline.domain.effect import PublishPost
from marketing_pipeline.domain.errors import MarketingError
from marketing_pipeline.domain.identifiers import ApprovalId, BrandId, Sha256


class Decision(StrEnum):
    """What a row says. `used` is written when the effect it allowed has been sent."""

    REQUESTED = "requested"
    APPROVE = "approve"
    REJECT = "reject"
    REVOKE = "revoke"
    USED = "used"


_DONE: dict[str, str] = {Decision.APPROVE: "approved", Decision.REJECT: "rejected", Decision.REVOKE: "revoked"}
# The program's own ways, policy and system, are named by their actor.
_WAYS = {
    "cli": " from the command line",
    "console": " in the console",
    "api": " through the API",
    "mcp": " through MCP",
    "dagster": " in Dagster",
}


class ApprovalState(StrEnum):
    """Derived from the rows; never stored."""

    PENDING = "pending"
    APPROVED = "approved"
    REJECTED = "rejected"
    REVOKED = "revoked"
    EXPIRED = "expired"
    USED = "used"


class ApprovalRow(BaseModel):
    """One append-only decision about one fingerprint, signed with the key that lives outside the database."""

    model_config = ConfigDict(frozen=True)

    id: Annotated[ApprovalId, Field(description="The request this row belongs to")]
    sequence: int
    kind: str
    subject: str
    brand: BrandId
    fingerprint: Sha256
    decision: Decision
    actor: Annotated[str, Field(description="Who, or policy:<version>")]
    source: Annotated[str, Field(description="cli, console, api, dagster or policy")]
    note: str
    decided_at: AwareDatetime
    expires_at: AwareDatetime
    signature: str


class Unauthorized(MarketingError):
    """The effect may not run. Nothing was sent."""


def fingerprint_of(payload: PublishPost, brand: BrandId) -> Sha256:
    """SHA-256 over the canonical JSON of exactly what goes out: account, caption, alt text, pictures, AI label."""
    content: dict[str, Any] = {"brand": brand, **payload.model_dump(mode="json")}
    return Sha256(hashlib.sha256(json.dumps(content, sort_keys=True, separators=(",", ":")).encode()).hexdigest())


def state_of(rows: Sequence[ApprovalRow], now: datetime) -> ApprovalState:
    """The state that the rows of one request, in sequence, add up to at `now`. No rows means pending."""
    state, expires = ApprovalState.PENDING, None
    for row in rows:
        match row.decision:
            case Decision.REQUESTED:
                state, expires = ApprovalState.PENDING, row.expires_at
            case Decision.APPROVE:
                state, expires = ApprovalState.APPROVED, row.expires_at
            case Decision.REJECT:
                state = ApprovalState.REJECTED
            case Decision.REVOKE:
                state = ApprovalState.REVOKED
            case Decision.USED:
                state = ApprovalState.USED
    if state in (ApprovalState.PENDING, ApprovalState.APPROVED) and expires is not None and now >= expires:
        return ApprovalState.EXPIRED
    return state


def words_of(row: ApprovalRow) -> str:
    """A decision in one line: what, by whom, by which way and why."""
    return decided_in_words(row.decision, row.actor, row.source, row.note)


def decided_in_words(decision: str, actor: str, source: str, note: str) -> str:
    """The same of a row's parts."""
    way = _WAYS.get(source, "")
    return f"{_DONE.get(decision, decision)} by {actor}{way}" + (f": {note}" if note else "")


def standing(state: str, reason: str) -> str:
    """A state with its reason; where the reason begins with the state's own word, that word is said once."""
    return reason if reason.startswith(f"{state} ") else f"{state}: {reason}"


def authorize(
    *,
    payload: PublishPost,
    brand: Brand,
    fingerprint: Sha256,
    approvals: Sequence[ApprovalRow],
    signatures_hold: bool,
    held: str | None,
    now: datetime,
) -> None:
    """Allow one publish effect, or raise Unauthorized with the reason.

    It holds the payload against the fingerprint that was approved, the approval rows against their signatures and
    expiry, the brand's policy in force now, and every hold. Silence is a refusal.
    """
    if held:
        raise Unauthorized(f"Held: {held}.", "Release it with `marketing resume` or `marketing posts release`.")
    if fingerprint_of(payload, brand.brand_id) != fingerprint:
        raise Unauthorized("The content is not what was approved.", "Ask for a new approval of the changed post.")
    if payload.account_id != brand.channels.instagram.account_id:
        raise Unauthorized("The account is no longer the brand's.", "Check channels.instagram in brand.yaml.")
    if not signatures_hold:
        raise Unauthorized("An approval row was not written by this system.", "Run `marketing audit verify`.")
    matching = [row for row in approvals if row.fingerprint == fingerprint]
    state = state_of(matching, now)
    if state is not ApprovalState.APPROVED:
        raise Unauthorized(f"The approval is {state}.", "Decide with `marketing approvals approve ID`.")
    by_policy_alone = all(row.actor.startswith("policy:") for row in matching if row.decision is Decision.APPROVE)
    if by_policy_alone and brand.policies.content_approval is ContentApproval.ALL:
        raise Unauthorized("The brand's policy now asks for a person.", "Decide with `marketing approvals approve ID`.")
