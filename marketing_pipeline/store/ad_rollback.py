"""Rollback: a new change made from the record of an applied one, which passes the same gate."""

from datetime import timedelta

from sqlalchemy import Connection, select

from marketing_pipeline.domain.ad_change import (
    AdChangeKind,
    AdChangeProposal,
    AdChangeState,
    Forecast,
    RiskClass,
    change_id,
)
from marketing_pipeline.domain.ad_value import step
from marketing_pipeline.domain.approval import ApprovalRow, Decision, standing
from marketing_pipeline.domain.brand import Brand
from marketing_pipeline.domain.errors import RefusedTransition
from marketing_pipeline.domain.week import Week
from marketing_pipeline.store.ad_change_row import AdChange, get_ad_change
from marketing_pipeline.store.ad_proposals import AdProposals
from marketing_pipeline.store.approvals import Approvals
from marketing_pipeline.store.tables import ad_changes

_A, _K = AdChangeState, AdChangeKind
MADE = frozenset({_A.APPLIED, _A.IMPROVED, _A.WORSE, _A.INCONCLUSIVE})
"""States of a change that stands in the account, and so can be taken back."""
_ENDED = (_A.REJECTED, _A.EXPIRED, _A.SUPERSEDED, _A.DRIFTED, _A.FAILED)
_BACK = {
    _K.PAUSE_KEYWORD: _K.ENABLE_KEYWORD,
    _K.ENABLE_KEYWORD: _K.PAUSE_KEYWORD,
    _K.PAUSE_AD: _K.ENABLE_AD,
    _K.ENABLE_AD: _K.PAUSE_AD,
}
_UNDO, _REDO = "Take back: ", "Make again: "
_LONGEST_LABEL, _LONGEST_REASON = 200, 800


def propose_rollback(proposals: AdProposals, change: str, brand: Brand, *, actor: str, note: str) -> AdChange:
    """Propose that an applied change be taken back, to the exact value that stood before; a person must approve it.

    A rollback is taken back the same way. Asking twice returns the open one; what else is open for the field is
    superseded. Raises RefusedTransition for what is not applied, or when the brand has no policy for ads; NotFound.
    """
    ledger, policy = proposals.ledger, brand.policies.ads
    with ledger.database.write() as connection:
        made = get_ad_change(connection, change)
        if made.state not in MADE or policy is None:
            raise RefusedTransition(
                f"Ad change {change} is {standing(made.state, made.state_reason).rstrip('.')}.",
                "Only an applied change of a brand with a policy is rolled back.",
            )
        before = connection.scalar(
            select(ad_changes.c.id).where(ad_changes.c.rolls_back == change, ad_changes.c.state.not_in(_ENDED))
        )
        if before is not None:
            return get_ad_change(connection, before)
        now, did, expected = ledger.moves.now(), made.payload, made.forecast
        kind = _BACK.get(did.change_kind, did.change_kind)
        payload = did.model_copy(update={"change_kind": kind, "before": did.after, "after": did.before})
        proposal = AdChangeProposal(
            id=change_id(made.brand, payload, now.isoformat()),
            brand=made.brand,
            week=Week.containing(now, brand.zone).key,
            payload=payload,
            label=_label(made),
            reason=f"{note}: {story_of(connection, ledger.approvals, made)}"[:_LONGEST_REASON],
            evidence=made.evidence,
            forecast=Forecast(
                metric=expected.metric,
                days=expected.days,
                expected=-expected.expected,
                low=-expected.high,
                high=-expected.low,
            ),
            risk=RiskClass.HIGH if kind is _K.SET_BUDGET else made.risk,
            rolls_back=change,
            proposed_at=now,
            expires_at=now + timedelta(hours=policy.proposal_hours),
        )
        return proposals.store_within(connection, proposal, brand, actor=actor)


def story_of(connection: Connection, approvals: Approvals, made: AdChange) -> str:
    """What an applied change did, who proposed and approved it, and when it was made: all from the record."""
    rows: tuple[ApprovalRow, ...] = () if made.approval is None else approvals.rows_of(connection, made.approval)
    people = ", ".join(dict.fromkeys(row.actor for row in rows if row.decision is Decision.APPROVE))
    proposer = rows[0].actor if rows else "nobody known"
    when = "" if made.applied_at is None else f" {made.applied_at:%Y-%m-%d %H:%M} UTC"
    return (
        f"{made.id} set {step(made.payload)}; proposed by {proposer}, approved by {people or 'nobody'}, applied{when}"
    )


def _label(made: AdChange) -> str:
    """A rollback takes back; a rollback of a rollback makes again, and so on."""
    for words, other in ((_UNDO, _REDO), (_REDO, _UNDO)):
        if made.rolls_back is not None and made.label.startswith(words):
            return f"{other}{made.label.removeprefix(words)}"
    return f"{_UNDO}{made.label}"[:_LONGEST_LABEL]
