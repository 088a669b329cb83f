"""What the runs of an unattended installation do about one ad change, until it is settled."""

from contextlib import suppress
from datetime import timedelta

from marketing_pipeline.domain.effect import FINAL, AdEffect, EffectState
from marketing_pipeline.domain.errors import MarketingError
from marketing_pipeline.execution.rules import ExecutionRules
from marketing_pipeline.execution.steps import OnStep, go_on
from marketing_pipeline.store.ad_change_row import AdChange
from marketing_pipeline.store.effect_rows import WAKING
from marketing_pipeline_tests.execution.ad_desk import AdDesk

PATIENCE = timedelta(hours=60)
"""Virtual time within which every change that can succeed has to: two spent daily quotas and some rest."""
_SETTLED = FINAL | {EffectState.PARKED}
_MINUTE = 60


def settle(desk: AdDesk, change: AdChange, on_step: OnStep = go_on, rules: ExecutionRules | None = None) -> AdEffect:
    """Apply the change when it may be, sweep and read back when that is due, and let time pass in between."""
    until = desk.clock.now() + PATIENCE
    while (effect := desk.effect(change)).state not in _SETTLED and desk.clock.now() < until:
        moments = [moment for moment in (effect.not_before, effect.lease_until) if moment is not None]
        due = max(moments, default=None)
        if due is not None and due > desk.clock.now():
            desk.clock.step_to(due)
        if effect.state in WAKING:
            with suppress(MarketingError):
                desk.executor(rules, on_step).apply(change.id)
        else:
            desk.drain(on_step)
        if desk.effect(change) == effect:
            desk.clock.sleep(_MINUTE)
    return desk.effect(change)
