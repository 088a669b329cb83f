"""Permission to change an ad account, read anew in the very transaction that says the call goes out."""

from collections.abc import Mapping
from datetime import datetime

from sqlalchemy import Connection

from marketing_pipeline.domain.ad_authorize import AdRequest, LiveAdState, authorize_ad_change, require_standing
from marketing_pipeline.domain.ad_change import AdChangeState
from marketing_pipeline.domain.ad_policy import AdPolicy
from marketing_pipeline.domain.approval import Unauthorized
from marketing_pipeline.domain.brand import Brand
from marketing_pipeline.domain.effect import AdEffect
from marketing_pipeline.domain.identifiers import BrandId
from marketing_pipeline.execution.permission import Held
from marketing_pipeline.store.ad_change_row import get_ad_change
from marketing_pipeline.store.ad_effect_rows import get_ad_effect
from marketing_pipeline.store.ad_ledger import AdLedger
from marketing_pipeline.store.holds import Holds
from marketing_pipeline.store.latest_time import latest_time

_MADE = frozenset({AdChangeState.APPLIED, AdChangeState.IMPROVED, AdChangeState.WORSE, AdChangeState.INCONCLUSIVE})


class AdPermission:
    """Asks `authorize_ad_change` with what the database, the brands and the account say now."""

    def __init__(self, ledger: AdLedger, holds: Holds, brands: Mapping[BrandId, Brand]) -> None:
        self._ledger = ledger
        self._holds = holds
        self._brands = brands

    def brand(self, effect: AdEffect) -> Brand:
        """Whose account it is. Raises Unauthorized when there is no such brand any more."""
        brand = self._brands.get(effect.brand)
        if brand is None:
            raise Unauthorized(f"There is no brand {effect.brand}.", "Put its folder back, or reject the change.")
        return brand

    def require_standing(self, connection: Connection, effect: AdEffect) -> AdPolicy:
        """The policy in force, when the approval stands; else raise Held or Unauthorized."""
        request = self._request(connection, effect)
        return require_standing(request, self.brand(effect), self._now(connection))

    def require(self, connection: Connection, effect: AdEffect, live: LiveAdState) -> None:
        """Return when the change may be made to an account that is as `live` says; else raise Held or Unauthorized."""
        request = self._request(connection, effect)
        authorize_ad_change(request, self.brand(effect), live, self._now(connection))

    def _now(self, connection: Connection) -> datetime:
        """Approvals end by the later of the clocks: one that has lapsed does not live again with a clock set back."""
        return latest_time(connection, self._ledger.moves.now())

    def _request(self, connection: Connection, effect: AdEffect) -> AdRequest:
        current = get_ad_effect(connection, effect.id)
        change = get_ad_change(connection, effect.subject)
        same = current.payload == effect.payload == change.payload and current.approval == change.approval
        if not same or change.stored_fingerprint != current.fingerprint:
            raise Unauthorized("The change was edited under the worker.", "Run `marketing audit verify`.")
        held = self._holds.reason_for(connection, current.brand, current.channel)
        if held:
            raise Held(f"Held: {held}.", "Release it with `marketing resume`.")
        approvals = self._ledger.approvals
        rows = approvals.rows_of(connection, current.approval)
        undone = get_ad_change(connection, change.rolls_back) if change.rolls_back else None
        return AdRequest(
            subject=change.id,
            change=current.payload,
            fingerprint=current.fingerprint,
            evidence=change.evidence,
            undoes=undone.payload if undone is not None and undone.state in _MADE else None,
            expires_at=change.expires_at,
            approvals=rows,
            signatures_hold=approvals.signatures_hold(rows) and approvals.nothing_is_cut(connection, rows),
            held=held,
        )
