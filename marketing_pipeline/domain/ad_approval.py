"""Who must approve an ad change, whose word counts, and what the rows of a request add up to."""

import math
from collections.abc import Sequence
from datetime import datetime

from marketing_pipeline.domain.ad_change import AMOUNT_KINDS, AdChangeKind, ApplyAdChange
from marketing_pipeline.domain.ad_policy import AdPolicy, ApprovalMode
from marketing_pipeline.domain.approval import ApprovalRow, ApprovalState, Decision
from marketing_pipeline.domain.person import same_person

POLICY_ACTOR = "policy:"
DAGSTER = "dagster"
_ENDS = {
    Decision.REJECT: ApprovalState.REJECTED,
    Decision.REVOKE: ApprovalState.REVOKED,
    Decision.USED: ApprovalState.USED,
}


def change_percent(change: ApplyAdChange) -> float:
    """How much of `before` the amount changes by, in per cent; infinite where there is nothing to compare with."""
    before, after = float(change.before), float(change.after)
    return abs(after - before) / before * 100 if 0 < before < math.inf else math.inf


def quorum(policy: AdPolicy, change: ApplyAdChange) -> int:
    """How many different people must approve."""
    rules = policy.approvals
    large = change.change_kind in AMOUNT_KINDS and change_percent(change) > rules.quorum_above_percent
    return rules.quorum if large else 1


def passes_by_itself(policy: AdPolicy, change: ApplyAdChange) -> bool:
    """Whether policy lets the change pass without a person. A budget never does."""
    return change.change_kind in policy.by_itself and change.change_kind is not AdChangeKind.SET_BUDGET


def may_decide_in_dagster(policy: AdPolicy, change: ApplyAdChange) -> bool:
    """Whether the launchpad may carry the decision: one trusted operator, one approval needed, not switched off."""
    rules = policy.approvals
    return rules.in_dagster and rules.mode is ApprovalMode.SOLO and quorum(policy, change) == 1


def may_approve(policy: AdPolicy, actor: str, proposer: str) -> bool:
    """Whether a person's approval counts: anybody's in solo mode; a named person's in a team, never the proposer's."""
    if actor.startswith(POLICY_ACTOR):
        return False
    rules = policy.approvals
    return rules.mode is ApprovalMode.SOLO or (actor in rules.approvers and not same_person(actor, proposer))


def state_of_request(
    rows: Sequence[ApprovalRow], *, policy: AdPolicy | None, change: ApplyAdChange, now: datetime
) -> ApprovalState:
    """What the rows of one request, in sequence, add up to at `now`, under the policy in force.

    The last rejection, revocation or use counts; approvals count after it, each until it expires, from as many
    different people as the policy asks for. Without a policy nothing is approved.
    """
    end, standing = _since_the_last_end(rows)
    if end is not None and not standing:
        return end
    if not rows:
        return ApprovalState.PENDING
    alive = [row for row in standing if now < row.expires_at]
    if policy is not None and _enough(alive, policy, change, proposer=rows[0].actor):
        return ApprovalState.APPROVED
    lapsed = len(alive) < len(standing) or now >= rows[0].expires_at
    return ApprovalState.EXPIRED if lapsed else ApprovalState.PENDING


def people_who_approved(rows: Sequence[ApprovalRow], now: datetime) -> frozenset[str]:
    """Everybody whose approval stands."""
    return frozenset(row.actor for row in _since_the_last_end(rows)[1] if now < row.expires_at)


def _since_the_last_end(rows: Sequence[ApprovalRow]) -> tuple[ApprovalState | None, list[ApprovalRow]]:
    end: ApprovalState | None = None
    standing: list[ApprovalRow] = []
    for row in rows:
        if row.decision is Decision.APPROVE:
            standing.append(row)
        elif row.decision in _ENDS:
            end, standing = _ENDS[row.decision], []
    return end, standing


def _enough(rows: Sequence[ApprovalRow], policy: AdPolicy, change: ApplyAdChange, proposer: str) -> bool:
    if passes_by_itself(policy, change) and any(row.actor.startswith(POLICY_ACTOR) for row in rows):
        return True
    counted = [row for row in rows if row.source != DAGSTER or may_decide_in_dagster(policy, change)]
    people = {row.actor for row in counted if may_approve(policy, row.actor, proposer)}
    return len(people) >= quorum(policy, change)
