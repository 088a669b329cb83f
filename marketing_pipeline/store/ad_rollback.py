"""Rollback: a new change made from the record of an applied one, which passes the same gate."""

from datetime import timedelta
from typing import Any

from sqlalchemy import insert, select

from marketing_pipeline.domain.ad_change import (
    AdChangeKind,
    AdChangeState,
    Forecast,
    RiskClass,
    change_id,
    fingerprint_of_change,
)
from marketing_pipeline.domain.brand import Brand
from marketing_pipeline.domain.errors import RefusedTransition
from marketing_pipeline.domain.week import Week
from marketing_pipeline.store.ad_change_row import AdChange, get_ad_change
from marketing_pipeline.store.ad_decisions import AdDecisions
from marketing_pipeline.store.ad_ledger import AdLedger
from marketing_pipeline.store.tables import ad_changes

_A, _K = AdChangeState, AdChangeKind
_MADE = frozenset({_A.APPLIED, _A.IMPROVED, _A.WORSE, _A.INCONCLUSIVE})
_ENDED = (_A.REJECTED, _A.EXPIRED, _A.SUPERSEDED, _A.DRIFTED, _A.FAILED)
_BACK = {
    _K.PAUSE_KEYWORD: _K.ENABLE_KEYWORD,
    _K.ENABLE_KEYWORD: _K.PAUSE_KEYWORD,
    _K.PAUSE_AD: _K.ENABLE_AD,
    _K.ENABLE_AD: _K.PAUSE_AD,
}


def propose_rollback(
    ledger: AdLedger, decisions: AdDecisions, change: str, brand: Brand, *, actor: str, note: str
) -> AdChange:
    """Propose that an applied change be taken back, to the exact value that stood before; a person must approve it.

    Asking twice returns the open one. Raises RefusedTransition for what is not applied, or when the brand has no
    policy for ads; NotFound.
    """
    policy = brand.policies.ads
    with ledger.database.write() as connection:
        made = get_ad_change(connection, change)
        if made.state not in _MADE or policy is None:
            raise RefusedTransition(
                f"Ad change {change} is {made.state}.",
                "Only an applied change of a brand with a policy is rolled back.",
            )
        before = connection.scalar(
            select(ad_changes.c.id).where(ad_changes.c.rolls_back == change, ad_changes.c.state.not_in(_ENDED))
        )
        if before is not None:
            return get_ad_change(connection, before)
        now, did = ledger.moves.now(), made.payload
        kind = _BACK.get(did.change_kind, did.change_kind)
        payload = did.model_copy(update={"change_kind": kind, "before": did.after, "after": did.before})
        expected, new = made.forecast, change_id(made.brand, payload, now.isoformat())
        forecast = Forecast(
            metric=expected.metric,
            days=expected.days,
            expected=-expected.expected,
            low=-expected.high,
            high=-expected.low,
        )
        row: dict[str, Any] = {
            "id": new,
            "brand": made.brand,
            "week": Week.containing(now, brand.zone).key,
            "customer_id": payload.customer_id,
            "kind": kind,
            "resource": payload.resource,
            "label": made.label,
            "field": payload.field,
            "before": payload.before,
            "after": payload.after,
            "currency": payload.currency,
            "payload": payload.model_dump(mode="json"),
            "fingerprint": fingerprint_of_change(payload),
            "reason": f"Takes back {change}: {note}",
            "evidence": list(made.evidence),
            "forecast": forecast.model_dump(mode="json"),
            "risk": RiskClass.HIGH if kind is _K.SET_BUDGET else made.risk,
            "state": _A.PROPOSED,
            "state_reason": f"rollback asked for by {actor}",
            "rolls_back": change,
            "proposed_at": now,
            "expires_at": now + timedelta(hours=policy.proposal_hours),
            "updated_at": now,
        }
        connection.execute(insert(ad_changes).values(**row))
        proposed = get_ad_change(connection, new)
        ledger.moves.audit.append(
            connection,
            actor=actor,
            action="ad_change.proposed",
            subject=new,
            brand=made.brand,
            detail={"rolls_back": change, "fingerprint": proposed.fingerprint},
        )
        decisions.ask_within(connection, proposed, brand, actor=actor)
        return get_ad_change(connection, new)
