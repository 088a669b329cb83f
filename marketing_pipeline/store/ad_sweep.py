"""The sweep of ad changes: lapsed leases, approvals and proposals are put where they belong. Nothing is sent."""

from collections.abc import Mapping

from sqlalchemy import Select

from marketing_pipeline.domain.ad_approval import state_of_request
from marketing_pipeline.domain.ad_change import OPEN, AdChangeState
from marketing_pipeline.domain.approval import ApprovalState
from marketing_pipeline.domain.brand import Brand
from marketing_pipeline.domain.effect import EffectState
from marketing_pipeline.domain.effect_kind import EffectKind
from marketing_pipeline.domain.identifiers import BrandId, EffectId
from marketing_pipeline.store.ad_change_row import get_ad_change, lapsed_ad_changes
from marketing_pipeline.store.ad_effect_rows import get_ad_effect, waiting_ad_effects
from marketing_pipeline.store.ad_ledger import AdLedger
from marketing_pipeline.store.damaged_rows import set_apart
from marketing_pipeline.store.effect_rows import WAKING, lapsed

_A, _E = AdChangeState, EffectState


class AdSweep:
    """Runs in every drain. Each effect and each change is put right in a transaction of its own."""

    def __init__(self, ledger: AdLedger, brands: Mapping[BrandId, Brand]) -> None:
        self._ledger = ledger
        self._brands = brands

    def run(self) -> set[EffectId]:
        """Take over lapsed leases, then end what nobody decided or applied in time; returns the effects touched."""
        now = self._ledger.moves.now()
        touched = {EffectId(found) for found in self._ids(lapsed(now, EffectKind.APPLY_AD_CHANGE))}
        touched = {effect for effect in touched if self._take_over(effect)}
        touched |= {EffectId(found) for found in self._ids(waiting_ad_effects()) if self._disapprove(EffectId(found))}
        for change in self._ids(lapsed_ad_changes(now)):
            self._expire(change)
        return touched

    def _ids(self, wanted: Select[str]) -> list[str]:
        with self._ledger.database.read() as connection:
            return list(connection.scalars(wanted))

    def _take_over(self, effect_id: EffectId) -> bool:
        with set_apart(f"Ad effect {effect_id}"):
            return self._ledger.take_over(effect_id) is not None
        return False

    def _disapprove(self, effect_id: EffectId) -> bool:
        """End a waiting effect whose approval has lapsed; its change waits for a person again."""
        with set_apart(f"Ad effect {effect_id}"), self._ledger.database.write() as connection:
            effect = get_ad_effect(connection, effect_id)
            brand = self._brands.get(effect.brand)
            if effect.state not in WAKING or brand is None:
                return False
            rows = self._ledger.approvals.rows_of(connection, effect.approval)
            now = self._ledger.moves.now()
            state = state_of_request(rows, policy=brand.policies.ads, change=effect.payload, now=now)
            if state is not ApprovalState.EXPIRED:
                return False
            change = get_ad_change(connection, effect.subject)
            ends = _A.EXPIRED if now >= change.expires_at else _A.AWAITING_APPROVAL
            self._ledger.move_within(connection, effect, _E.EXPIRED, reason="its approval lapsed", change_to=(ends,))
            return True
        return False

    def _expire(self, change_id: str) -> None:
        with set_apart(f"Ad change {change_id}"), self._ledger.database.write() as connection:
            change = get_ad_change(connection, change_id)
            if change.state in OPEN and self._ledger.moves.now() >= change.expires_at:
                self._ledger.expire_within(connection, change, reason="nobody decided and applied it in time")
