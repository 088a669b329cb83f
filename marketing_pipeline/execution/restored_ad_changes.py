"""Comparing an ad account with a restored database: which changes were made after the copy was made.

Proved made: the field has the new value, or the change history shows that it was set to it since. Proved not made: a
settle window after effects were blocked the field has the old value and the history shows no such edit. Else a person
decides.
"""

from collections.abc import Callable

from marketing_pipeline.domain.ad_platform import AdChangeEvent, AdPlatform, AdPlatformFailure
from marketing_pipeline.domain.ad_value import readable
from marketing_pipeline.domain.brand import Brand
from marketing_pipeline.domain.effect import AdEffect, AttemptOutcome, EffectState
from marketing_pipeline.domain.errors import MarketingError
from marketing_pipeline.execution.restored import WAYS_TO_A_CLAIM, AccountCompared, Settlement
from marketing_pipeline.execution.rules import ExecutionRules
from marketing_pipeline.store.ad_effect_rows import list_ad_effects
from marketing_pipeline.store.ad_ledger import GOOGLE_ADS, AdLedger
from marketing_pipeline.store.effect_rows import ACTIVE
from marketing_pipeline.store.reconciliations import OpenReconciliation

_E = EffectState
_MOST = 100_000


class RestoredAdChanges:
    """Settles the ad effects of one brand after another."""

    def __init__(self, ledger: AdLedger, rules: ExecutionRules, opened: OpenReconciliation) -> None:
        self._ledger = ledger
        self._rules = rules
        self._opened = opened

    def compare(
        self, brand: Brand, platform_for: Callable[[Brand], AdPlatform], *, actor: str
    ) -> AccountCompared | None:
        """Read what each open change is about and settle it; None for a brand without a waiting change.

        What cannot be read is a problem, and changes nothing.
        """
        with self._ledger.database.read() as connection:
            effects = list_ad_effects(connection, brand=brand.brand_id, states=ACTIVE, limit=_MOST)
        if not effects:
            return None
        compared = AccountCompared(brand=brand.brand_id, channel=GOOGLE_ADS, account=effects[0].payload.customer_id)
        try:
            platform = platform_for(brand)
            looks = [self._look(platform, effect) for effect in effects]
        except (AdPlatformFailure, MarketingError) as failure:
            return compared.model_copy(update={"problem": str(failure)})
        until, settled, waiting = self._opened.started_at + self._rules.settle_window, list[Settlement](), False
        for effect, (value, events) in zip(effects, looks, strict=True):
            made = value == effect.payload.after or any(event.after == effect.payload.after for event in events)
            if made:
                settled.append(self._made(effect, value, actor))
            elif self._ledger.moves.now() < until:
                waiting = waiting or effect.state in WAYS_TO_A_CLAIM
            elif (each := self._not_made(effect, value, actor)) is not None:
                settled.append(each)
        return compared.model_copy(update={"settled": tuple(settled), "waits_until": until if waiting else None})

    def _look(self, platform: AdPlatform, effect: AdEffect) -> tuple[str | None, tuple[AdChangeEvent, ...]]:
        since = self._opened.since - self._rules.clock_skew
        return platform.read_value(effect.payload), platform.recent_change_events(effect.payload, since)

    def _made(self, effect: AdEffect, value: str | None, actor: str) -> Settlement:
        how = "the account has its value" if value == effect.payload.after else "the change history shows it"
        reason = f"made before or after the copy was made: {how}"
        with self._ledger.database.write() as connection:
            current = effect
            for state in WAYS_TO_A_CLAIM.get(effect.state, ()):
                current = self._ledger.move_within(connection, current, state, reason=reason, actor=actor)
            attempt = (AttemptOutcome.SUCCEEDED, reason) if current.state is _E.SENDING else None
            self._ledger.succeed_within(connection, current, reason=reason, attempt=attempt, actor=actor)
        return self._told(effect, _E.SUCCEEDED, reason)

    def _not_made(self, effect: AdEffect, value: str | None, actor: str) -> Settlement | None:
        """The end of one that is not made; None where it stays as it is: its own checks and read-backs go on."""
        if effect.state not in WAYS_TO_A_CLAIM or (value == effect.payload.before and effect.state is not _E.CLAIMED):
            return None
        if value == effect.payload.before:
            path, reason = (_E.QUEUED,), "not made: the account keeps the old value"
        else:
            path = (*WAYS_TO_A_CLAIM[effect.state], _E.UNKNOWN, _E.PARKED)
            reason = f"the live value is {readable(effect.payload, value)}: neither the old value nor the new one"
        with self._ledger.database.write() as connection:
            current = effect
            for state in path:
                current = self._ledger.move_within(connection, current, state, reason=reason, actor=actor)
        return self._told(effect, path[-1], reason)

    def _told(self, effect: AdEffect, now: EffectState, reason: str) -> Settlement:
        return Settlement(
            brand=effect.brand,
            account=effect.payload.customer_id,
            subject=effect.id,
            before=effect.state,
            now=now,
            reason=reason,
        )
