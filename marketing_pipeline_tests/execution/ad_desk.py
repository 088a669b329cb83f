"""A desk that changes ads, for tests: one home, its control plane, an executor, and a small ad account in memory."""

from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import insert

from marketing_pipeline.domain.ad_change import (
    AdChangeKind,
    AdChangeProposal,
    ApplyAdChange,
    Forecast,
    RiskClass,
    change_id,
)
from marketing_pipeline.domain.ad_platform import (
    AdAccountFacts,
    AdChangeEvent,
    AdFailureClass,
    AdPlatform,
    AdPlatformFailure,
)
from marketing_pipeline.domain.approval import ApprovalState, Decision
from marketing_pipeline.domain.brand import Brand
from marketing_pipeline.domain.clock import Clock
from marketing_pipeline.domain.effect import AdEffect
from marketing_pipeline.domain.identifiers import ApprovalId
from marketing_pipeline.execution.ad_permission import AdPermission
from marketing_pipeline.execution.ad_read_back import AdDrain
from marketing_pipeline.execution.apply_ad_change import AdBench, AdExecutor
from marketing_pipeline.execution.rules import ExecutionRules
from marketing_pipeline.execution.steps import OnStep, go_on
from marketing_pipeline.store.ad_change_row import AdChange, get_ad_change
from marketing_pipeline.store.ad_decisions import AdDecided
from marketing_pipeline.store.ad_effect_rows import list_ad_effects
from marketing_pipeline.store.ad_sweep import AdSweep
from marketing_pipeline.store.control_plane import ControlPlane
from marketing_pipeline.store.database import Database
from marketing_pipeline.store.tables import ad_changes
from marketing_pipeline_tests.domain.brands import make_brand

KEY = b"a key that lives outside the database"
CUSTOMER = "1234567890"
BUDGET = f"customers/{CUSTOMER}/campaignBudgets/7"
POUND = 1_000_000
CAPS: dict[str, Any] = {
    "change_percent": 50,
    "change_amount": 30,
    "raise_per_day": 100,
    "account_daily_budget": 1000,
    "budget_floor": 2,
    "budget_ceiling": 200,
    "bid_ceiling": 3,
}
_NEGATIVE = AdChangeKind.ADD_NEGATIVE_KEYWORD
NO_POLICY: dict[str, Any] = {}


def ad_brand(caps: dict[str, Any] | None = None, **policy: Any) -> Brand:
    """The tea room with an ad account and a policy; `caps` change single caps."""
    channels = {
        "instagram": {"account_id": "1784140000", "handle": "@tearoom"},
        "google_ads": {"customer_id": CUSTOMER, "monthly_budget": 3000},
    }
    ads = {"caps": {**CAPS, **(caps or {})}, **policy}
    return make_brand(channels=channels, policies={"ads": ads})


def budget_change(before: int | str = 20 * POUND, after: int | str = 24 * POUND, **changes: Any) -> ApplyAdChange:
    """A budget from twenty to twenty-four pounds a day."""
    content: dict[str, Any] = {
        "change_kind": AdChangeKind.SET_BUDGET,
        "customer_id": CUSTOMER,
        "resource": BUDGET,
        "field": "amount_micros",
        "before": str(before),
        "after": str(after),
        "currency": "GBP",
    }
    return ApplyAdChange.model_validate({**content, **changes})


def negative(words: str) -> ApplyAdChange:
    """A negative keyword for one campaign, such as "EXACT:free posters"."""
    return budget_change(
        "", words, change_kind=_NEGATIVE, resource=f"customers/{CUSTOMER}/campaigns/5", field="negative_keyword"
    )


def _place_of(change: ApplyAdChange) -> str:
    """Where the value is kept: each negative keyword of a campaign is a thing of its own."""
    return f"{change.resource} {change.after or change.before}" if change.change_kind is _NEGATIVE else change.resource


class MemoryAds:
    """An ad account in memory. `calls` is its journal; `failing` raises before a call, `losing` after it."""

    def __init__(self, clock: Clock, **values: str) -> None:
        self.clock = clock
        self.values = {BUDGET: str(20 * POUND), **values}
        self.currency, self.zone = "GBP", "Europe/London"
        self.total = 100 * POUND
        self.shared_by = 1
        self.status = "ENABLED"
        self.events: list[tuple[str, AdChangeEvent]] = []
        self.calls: list[tuple[str, str, str]] = []
        self.failing: dict[str, AdFailureClass] = {}
        self.losing = False

    @property
    def applied(self) -> list[tuple[str, str]]:
        """Resource and value of each change that was really made."""
        return [(resource, value) for name, resource, value in self.calls if name == "apply"]

    def account(self, customer: str) -> AdAccountFacts:
        self._maybe_fail("account")
        return AdAccountFacts(
            customer_id=customer, currency=self.currency, time_zone=self.zone, daily_budget_micros=self.total
        )

    def read_value(self, change: ApplyAdChange) -> str | None:
        self._maybe_fail("read")
        return self.values.get(_place_of(change), "" if change.change_kind is _NEGATIVE else None)

    def validate(self, change: ApplyAdChange) -> None:
        self._maybe_fail("validate")
        self.calls.append(("validate", change.resource, change.after))

    def apply(self, change: ApplyAdChange) -> str:
        self._maybe_fail("apply")
        self.calls.append(("apply", change.resource, change.after))
        self.somebody_sets(_place_of(change), change.after)
        if self.losing:
            raise AdPlatformFailure(AdFailureClass.UNKNOWN_OUTCOME, "The connection broke.", "Read back.")
        return f"request-{len(self.calls)}"

    def budget_reference_count(self, change: ApplyAdChange) -> int:
        return self.shared_by

    def bidding_status(self, change: ApplyAdChange) -> str:
        return self.status

    def recent_change_events(self, change: ApplyAdChange, since: datetime) -> tuple[AdChangeEvent, ...]:
        self._maybe_fail("events")
        if change.change_kind is _NEGATIVE:
            return ()  # as with the real one: it is added and removed, and reading it tells all
        return tuple(event for name, event in self.events if name == change.resource and event.at >= since)

    def somebody_sets(self, resource: str, value: str) -> None:
        """Change a value, with its line in the history."""
        event = AdChangeEvent(
            at=self.clock.now(),
            user="u@shop.example",
            client_type="GOOGLE_ADS_WEB_CLIENT",
            before=self.values.get(resource),
            after=value,
        )
        self.events.append((resource, event))
        self.values[resource] = value

    def _maybe_fail(self, call: str) -> None:
        failure = self.failing.get(call)
        if failure is not None:
            raise AdPlatformFailure(failure, f"{call} failed.", "Wait.", code=f"test.{failure}")


class AdDesk:
    """Everything that changes the ads of one brand."""

    def __init__(self, database: Database, clock: Any, platform: AdPlatform, brand: Brand | None = None) -> None:
        self.database = database
        self.clock = clock
        self.platform = platform
        self.brand = brand or ad_brand()
        self.plane = ControlPlane.of(database, KEY)
        self.ledger, self.decisions = self.plane.ad_ledger, self.plane.ad_decisions

    def propose(
        self, change: ApplyAdChange | None = None, *, hours: float = 72, by: str = "analyst", **fields: Any
    ) -> AdChange:
        """A proposal in the database, waiting for a decision or passed by policy."""
        payload, now = change or budget_change(), self.clock.now()
        content: dict[str, Any] = {
            "id": change_id(self.brand.brand_id, payload, f"{now.isoformat()}{payload.resource}"),
            "brand": self.brand.brand_id,
            "week": "2026-11-16",
            "payload": payload,
            "label": "Budget of the spring campaign",
            "reason": "It earns more for each pound than the others.",
            "evidence": (),
            "forecast": Forecast(metric="conversions", days=14, expected=3, low=1, high=5),
            "risk": RiskClass.HIGH,
            "proposed_at": now,
            "expires_at": now + timedelta(hours=hours),
        }
        store(self.database, AdChangeProposal.model_validate({**content, **fields}))
        self.decisions.ask(content["id"], self.brand, actor=by)
        return self.change(content["id"])

    def approve(self, change: AdChange, actor: str = "ann", **others: Any) -> AdDecided:
        """Approve as a person who has seen it as it is."""
        return self.decide(change, Decision.APPROVE, actor, **others)

    def decide(self, change: AdChange, decision: Decision, actor: str = "ann", **others: Any) -> AdDecided:
        request = self.request_of(change)
        content: dict[str, Any] = {
            "brand": self.brand,
            "actor": actor,
            "source": "cli",
            "note": "seen",
            "saw": self.state_of(change),
            "fingerprint": change.fingerprint,
        }
        return self.decisions.decide(request, decision, **{**content, **others})

    def approved(self, change: ApplyAdChange | None = None, **fields: Any) -> AdChange:
        """A proposal that a person approved."""
        proposed = self.propose(change, **fields)
        self.approve(proposed)
        return self.change(proposed.id)

    def executor(self, rules: ExecutionRules | None = None, on_step: OnStep = go_on) -> AdExecutor:
        return AdExecutor(self.bench(rules, on_step))

    def bench(self, rules: ExecutionRules | None = None, on_step: OnStep = go_on) -> AdBench:
        brands = {self.brand.brand_id: self.brand}
        return AdBench(
            ledger=self.ledger,
            permission=AdPermission(self.ledger, self.plane.holds, brands),
            platform_for=lambda _: self.platform,
            rules=rules or ExecutionRules(),
            on_step=on_step,
            owner="test run",
        )

    def drain(self, on_step: OnStep = go_on) -> None:
        """Sweep and read back what is due now."""
        bench = self.bench(on_step=on_step)
        AdDrain(bench, AdSweep(self.ledger, {self.brand.brand_id: self.brand})).run()

    def settle(self, hours: float = 2, on_step: OnStep = go_on) -> None:
        """Drain again and again while time passes."""
        for _ in range(round(hours * 30)):
            self.drain(on_step)
            self.clock.sleep(120)

    def change(self, change: str) -> AdChange:
        with self.database.read() as connection:
            return get_ad_change(connection, change)

    def effect(self, change: AdChange) -> AdEffect:
        """The newest effect of a change."""
        with self.database.read() as connection:
            return list_ad_effects(connection, subject=change.id)[-1]

    def request_of(self, change: AdChange) -> ApprovalId:
        found = self.change(change.id).approval
        assert found is not None
        return found

    def state_of(self, change: AdChange) -> ApprovalState:
        with self.database.read() as connection:
            return self.decisions.state_of(connection, self.request_of(change), self.brand.policies.ads)


def store(database: Database, proposal: AdChangeProposal) -> None:
    """Write a proposal as the analysis does."""
    payload = proposal.payload
    row: dict[str, Any] = {
        **proposal.model_dump(include={"id", "brand", "week", "label", "reason", "risk", "rolls_back"}),
        "proposed_at": proposal.proposed_at,
        "expires_at": proposal.expires_at,
        "customer_id": payload.customer_id,
        "kind": payload.change_kind,
        **payload.model_dump(include={"resource", "field", "before", "after", "currency"}),
        "payload": payload.model_dump(mode="json"),
        "fingerprint": proposal.fingerprint,
        "evidence": list(proposal.evidence),
        "forecast": proposal.forecast.model_dump(mode="json"),
        "state": "proposed",
        "state_reason": "proposed",
        "updated_at": proposal.proposed_at,
    }
    with database.write() as connection:
        connection.execute(insert(ad_changes).values(**row))
