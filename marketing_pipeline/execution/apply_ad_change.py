"""Applying one approved ad change: read, compare, dry run, one absolute call, read back, record.

Each step is durable before the next. A failure before the call means that nothing happened; after it, everything but
a clear refusal is unknown, and is read back before anything is sent again.
"""

from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from marketing_pipeline.domain.ad_authorize import LiveAdState, drifted
from marketing_pipeline.domain.ad_platform import AdAccountFacts, AdPlatform, AdPlatformFailure
from marketing_pipeline.domain.ad_value import readable
from marketing_pipeline.domain.brand import Brand
from marketing_pipeline.domain.effect import AdEffect, AttemptOutcome, EffectState
from marketing_pipeline.domain.errors import MarketingError
from marketing_pipeline.domain.log_context import about
from marketing_pipeline.execution.ad_aftermath import AdAftermath
from marketing_pipeline.execution.ad_permission import AdPermission
from marketing_pipeline.execution.publish import Stalled
from marketing_pipeline.execution.rules import ExecutionRules
from marketing_pipeline.execution.steps import OnStep, Step
from marketing_pipeline.store.ad_change_row import get_ad_change, last_applied_at
from marketing_pipeline.store.ad_effect_rows import active_ad_effect, get_ad_effect, parked_raises
from marketing_pipeline.store.ad_ledger import AdLedger
from marketing_pipeline.store.ad_reservations import CapReached
from marketing_pipeline.store.effect_moves import Fenced

PlatformFor = Callable[[Brand], AdPlatform]


class NothingApproved(MarketingError):
    """The change has no approved effect: there is nothing to apply, and nothing was applied."""


class NotVisible(Exception):
    """The call was answered well, and the account does not show the new value."""


@dataclass(frozen=True)
class AdBench:
    """What every run that applies an ad change works with."""

    ledger: AdLedger
    permission: AdPermission
    platform_for: PlatformFor
    rules: ExecutionRules
    on_step: OnStep
    owner: str


class AdExecutor:
    """The one place from which ad changes go out, one change at a time."""

    def __init__(self, bench: AdBench) -> None:
        self._bench = bench
        self._ledger = bench.ledger
        self._aftermath = AdAftermath(bench.ledger, bench.rules)

    def apply(self, change: str) -> AdEffect:
        """Apply the approved effect of a change; returns it as it stands afterwards, whatever came of it.

        Raises NothingApproved when nothing is approved; NotClaimable, CapReached or AdPlatformFailure when it must
        wait; Unauthorized without a policy or a standing approval; NotFound. Then nothing was sent.
        """
        waiting = self._waiting(change)
        with about(run=self._bench.owner, brand=waiting.brand, effect=waiting.id, ad_change=change):
            return self._apply(waiting)

    def _apply(self, waiting: AdEffect) -> AdEffect:
        brand = self._bench.permission.brand(waiting)
        with self._ledger.database.read() as connection:
            policy = self._bench.permission.require_standing(connection, waiting)
        try:
            platform = self._bench.platform_for(brand)
            account = platform.account(waiting.payload.customer_id)
            zone = ZoneInfo(account.time_zone)
            claimed = self._ledger.claim(
                waiting.id, self._bench.owner, self._bench.rules.lease, caps=policy.caps, zone=zone
            )
        except CapReached as full:
            self._ledger.put_off(waiting, reason=str(full), until=full.until)
            raise
        except AdPlatformFailure as failure:
            rest = self._ledger.moves.now() + self._bench.rules.deferral
            self._ledger.put_off(waiting, reason=str(failure), until=failure.regain or rest)
            raise
        run = AdRun(self._bench, platform, claimed)
        self._bench.on_step(Step.CLAIMED)
        try:
            run.run(account)
        except Fenced:
            pass  # another worker holds it: the outcome is theirs to find
        except Exception as error:
            # Whatever it was, it is written down: nothing stays claimed.
            with suppress(Fenced):
                self._aftermath.settle(run.effect, error)
        with self._ledger.database.read() as connection:
            return get_ad_effect(connection, waiting.id)

    def apply_once(self, change: str) -> str:
        """Apply a change unless it is made already; returns why it is not applied, or an empty text when it is."""
        try:
            effect = self.apply(change)
        except MarketingError as refusal:
            with self._ledger.database.read() as connection:
                made = get_ad_change(connection, change).applied_at is not None
            return "" if made else str(refusal)
        return "" if effect.state is EffectState.SUCCEEDED else f"{effect.state}: {effect.state_reason}"

    def _waiting(self, change: str) -> AdEffect:
        with self._ledger.database.read() as connection:
            known, effect = get_ad_change(connection, change), active_ad_effect(connection, change)
        if effect is None:
            raise NothingApproved(
                f"Ad change {change} is {known.state}: nothing is approved, so nothing is applied.",
                "`marketing approvals list` shows what waits.",
            )
        return effect


class AdRun:
    """One claim of one ad effect."""

    def __init__(self, bench: AdBench, platform: AdPlatform, effect: AdEffect) -> None:
        self._bench = bench
        self._ledger = bench.ledger
        self._platform = platform
        self.effect = effect

    def run(self, account: AdAccountFacts) -> None:
        """Apply. Raises Fenced, Unauthorized, Stalled, NotVisible or AdPlatformFailure.

        The state of `effect` then tells whether the call had gone out.
        """
        change = self.effect.payload
        value = self._platform.read_value(change)
        if value == change.after:
            reason = "the account has this value already: no call was made"
            self.effect = self._ledger.succeed(self.effect, reason=reason)
            return
        if value is None or value != change.before:
            raise drifted(change, value)
        self._bench.on_step(Step.BASELINE_READ)
        live = self._look(account, value)
        with self._ledger.database.read() as connection:
            self._bench.permission.require(connection, self.effect, live)
        self._platform.validate(change)
        self._bench.on_step(Step.CHECKED)
        self._open_attempt(live)
        self._bench.on_step(Step.ATTEMPT_OPENED)
        self._require_time_left()
        request_id = self._platform.apply(change)
        self._bench.on_step(Step.ANSWERED)
        self.effect = self._ledger.save_progress(
            self.effect, {**self.effect.progress, "request_id": request_id}, self._bench.rules.lease
        )
        seen = self._platform.read_value(change)
        self._bench.on_step(Step.READ_BACK_DONE)
        if seen != change.after:
            raise NotVisible(f"the call was answered well, yet the live value is {readable(change, seen)}")
        self.effect = self._ledger.succeed(
            self.effect, reason="applied and read back", attempt=(AttemptOutcome.SUCCEEDED, request_id)
        )
        self._bench.on_step(Step.RECORDED)

    def _look(self, account: AdAccountFacts, value: str) -> LiveAdState:
        change = self.effect.payload
        with self._ledger.database.read() as connection:
            mine = last_applied_at(connection, get_ad_change(connection, self.effect.subject))
            parked = parked_raises(connection, self.effect)
        return LiveAdState(
            account=account,
            value=value,
            shared_by=self._platform.budget_reference_count(change),
            bidding_status=self._platform.bidding_status(change),
            last_changed_at=self._last_changed(mine),
            unproved_raise_micros=parked,
        )

    def _last_changed(self, mine: datetime | None) -> datetime | None:
        """Cool-down counts everybody's edits, as far as the change history shows them."""
        now = self._ledger.moves.now()
        events = self._platform.recent_change_events(self.effect.payload, now - self._bench.rules.change_history)
        return max([*(event.at for event in events), *([mine] if mine else [])], default=None)

    def _open_attempt(self, live: LiveAdState) -> None:
        change, effect = self.effect.payload, self.effect
        self.effect = self._ledger.open_attempt(
            effect,
            owner=self._bench.owner,
            request={"resource": change.resource, change.field: change.after},
            progress={**effect.progress, "sent_at": self._ledger.moves.now().isoformat()},
            guard=lambda connection: self._bench.permission.require(connection, effect, live),
        )

    def _require_time_left(self) -> None:
        until, needed = self.effect.lease_until, timedelta(seconds=self._bench.rules.call_seconds)
        if until is None or self._ledger.moves.now() + needed > until:
            raise Stalled("The worker stood still before its call.", "Nothing to do: it is tried again.")
