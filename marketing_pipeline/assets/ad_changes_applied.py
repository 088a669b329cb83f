"""Ad changes on their way into the account: compared with it, approved by a person, applied. One partition a change."""

from typing import TYPE_CHECKING, Any

import dagster as dg
from pydantic import Field

from marketing_pipeline.domain.errors import MarketingError
from marketing_pipeline.workplace import Workplace

if TYPE_CHECKING:
    from marketing_pipeline.execution.ad_review import AdReview

AD_CHANGE = dg.DynamicPartitionsDefinition(name="ad_change")
"""Ids of ad changes: open ones, and closed ones for a while."""


class ManualApproval(dg.Config):
    """A decision made in the launchpad. Empty: nothing is decided, and the check shows what is asked for."""

    decision: str = Field(default="", description="approve, reject or revoke; empty to decide nothing")
    approver: str = Field(default="", description="Your name, as it is recorded with the decision")
    note: str = Field(default="", description="Why; a change of high risk is not approved without it")
    fingerprint: str = Field(default="", description="The fingerprint that the check showed you; any other is refused")


@dg.asset(partitions_def=AD_CHANGE, group_name="ads", kinds={"googleads"})
def ad_changes_compared(
    context: dg.AssetExecutionContext, workplace: dg.ResourceParam[Workplace]
) -> dg.MaterializeResult[Any]:
    """A proposed ad change held against the live account: what it changes, why, and whether the account has moved."""
    review = workplace.ads.review(context.partition_key)
    return dg.MaterializeResult(metadata=_metadata(review))


@dg.asset_check(asset=ad_changes_compared, partitions_def=AD_CHANGE, blocking=True)
def manual_approval(
    context: dg.AssetCheckExecutionContext, config: ManualApproval, workplace: dg.ResourceParam[Workplace]
) -> dg.AssetCheckResult:
    """The change is approved, and the account is as it was then. Approve here with the fingerprint that is shown."""
    change, refusal = context.partition_key, ""
    if config.decision:
        try:
            _decide(workplace, change, config)
        except (MarketingError, ValueError) as error:
            refusal = str(error)
    review = workplace.ads.review(change)
    problem = refusal or review.problem
    return dg.AssetCheckResult(
        passed=not problem,
        description=problem or f"{review.state}: {review.decided}",
        metadata=_metadata(review),
    )


@dg.asset(partitions_def=AD_CHANGE, group_name="ads", kinds={"googleads"}, deps=[ad_changes_compared])
def ad_changes_applied(
    context: dg.AssetExecutionContext, workplace: dg.ResourceParam[Workplace]
) -> dg.MaterializeResult[Any]:
    """An approved ad change made in the account, once, and read back. Without an approval nothing is applied."""
    change = context.partition_key
    problem = workplace.ads.apply(change, context.run.run_id)
    metadata = _metadata(workplace.ads.review(change))
    if problem:
        # Nothing here may be tried again by Dagster: the ledger alone knows what may.
        raise dg.Failure(description=problem, metadata=metadata, allow_retries=False)
    return dg.MaterializeResult(metadata=metadata)


def _decide(workplace: Workplace, change: str, config: ManualApproval) -> None:
    from marketing_pipeline.domain.approval import ApprovalState, Decision

    if not config.approver.strip():
        raise ValueError("Nobody is named as the approver. Write your name into `approver`.")
    if config.decision not in (Decision.APPROVE, Decision.REJECT, Decision.REVOKE):
        raise ValueError(f"{config.decision!r} is no decision. Write approve, reject or revoke.")
    decision = Decision(config.decision)
    review = workplace.ads.review(change)
    if decision is Decision.APPROVE and review.state in (ApprovalState.APPROVED, ApprovalState.USED):
        return
    if decision is Decision.APPROVE and review.moved:
        raise ValueError(review.problem)
    workplace.ads.decide(
        change, decision, actor=config.approver, source="dagster", note=config.note, fingerprint=config.fingerprint
    )


def _metadata(review: "AdReview") -> dict[str, Any]:
    from marketing_pipeline.domain.ad_value import field_in_words
    from marketing_pipeline.domain.approval import standing

    change = review.change
    return {
        "fingerprint": change.fingerprint,
        "approval": str(review.state),
        "what": f"{change.label}: {field_in_words(change.payload)}",
        "from": review.before,
        "to": review.after,
        "live now": review.live,
        "why": change.reason,
        "risk": change.risk.value,
        "state": standing(change.state, change.state_reason),
        "expires": change.expires_at.isoformat(),
        "how to approve": f"marketing approvals approve {change.approval}, or the config of manual_approval",
    }
