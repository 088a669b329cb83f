"""Who may decide what about an ad change, as its request and the change stand now."""

from collections.abc import Sequence
from datetime import datetime

from marketing_pipeline.domain.ad_approval import (
    DAGSTER,
    may_approve,
    may_decide_in_dagster,
    people_who_approved,
)
from marketing_pipeline.domain.ad_change import AdChangeProposal, AdChangeState
from marketing_pipeline.domain.ad_policy import AdPolicy, ApprovalMode
from marketing_pipeline.domain.approval import ApprovalRow, ApprovalState, Decision, Unauthorized
from marketing_pipeline.domain.errors import RefusedTransition

_A, _S = AdChangeState, ApprovalState
# A later decision replaces an earlier one, until the change is claimed or its time is over.
_APPLIES_TO: dict[Decision, frozenset[ApprovalState]] = {
    Decision.APPROVE: frozenset({_S.PENDING, _S.REJECTED, _S.REVOKED, _S.EXPIRED}),
    Decision.REJECT: frozenset({_S.PENDING, _S.APPROVED, _S.REVOKED, _S.EXPIRED}),
    Decision.REVOKE: frozenset({_S.APPROVED}),
}
_OVER: dict[AdChangeState, str] = {
    _A.EXPIRED: "Nothing is decided about it any more: it is proposed anew while the figures ask for it.",
    _A.SUPERSEDED: "Decide about the newer change: `marketing ads list --state awaiting_approval`.",
    _A.DRIFTED: "The account has moved since: it is proposed anew from the live value.",
    _A.FAILED: "Nothing is decided about it any more: it is proposed anew while the figures ask for it.",
    _A.ROLLED_BACK: "It was made and taken back.",
    **dict.fromkeys(
        (_A.APPLIED, _A.IMPROVED, _A.WORSE, _A.INCONCLUSIVE),
        "It is made. Take it back with `marketing ads rollback`.",
    ),
}


def require_may_decide(
    change: AdChangeProposal,
    rows: Sequence[ApprovalRow],
    decision: Decision,
    *,
    policy: AdPolicy,
    state: ApprovalState,
    actor: str,
    source: str,
    now: datetime,
) -> None:
    """Return when `actor` may take this decision about a request in `state`, by way of `source`.

    `rows` are those of the request. Raises RefusedTransition for a decision that does not apply (any more), and
    Unauthorized for a person or a place that may not decide.
    """
    if state not in _APPLIES_TO.get(decision, frozenset()):
        raise RefusedTransition(f"Request {rows[0].id} is {state}: {decision} does not apply.", "Nothing was done.")
    if decision is Decision.APPROVE and now >= change.expires_at:
        raise RefusedTransition(f"The proposal ended {change.expires_at:%Y-%m-%d %H:%M} UTC.", "Propose it anew.")
    if source == DAGSTER and not may_decide_in_dagster(policy, change.payload):
        raise Unauthorized("This change is not decided in Dagster.", "Decide with `marketing approvals`.")
    rules = policy.approvals
    if rules.mode is ApprovalMode.TEAM and actor not in rules.approvers:
        raise Unauthorized(f"{actor} is no approver of {change.brand}.", "policies.ads.approvals names them.")
    if decision is Decision.APPROVE and not may_approve(policy, actor, rows[0].actor):
        raise Unauthorized(f"{actor} proposed it and may not approve it.", "Ask another approver.")
    if decision is Decision.APPROVE and actor in people_who_approved(rows, now):
        raise RefusedTransition(f"{actor} has approved it already.", "Another approver must approve, too.")


def require_not_over(change: str, state: AdChangeState, reason: str) -> None:
    """Raise RefusedTransition, with the `reason` for which it is over, for a change that no decision can move."""
    if state in _OVER:
        raise RefusedTransition(f"Ad change {change} is {state}: {reason.rstrip('.')}.", _OVER[state])
