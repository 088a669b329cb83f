"""Everything behind the wire: the accounts, what was done to them, the faults on order, and the truth."""

from collections.abc import Mapping
from datetime import date, timedelta
from pathlib import Path
from typing import Annotated, Any
from uuid import uuid4

from pydantic import BaseModel, ConfigDict, Field

from marketing_pipeline.domain.clock import Clock, SystemClock
from marketing_pipeline.domain.errors import NotFound
from marketing_pipeline.sandbox.google_ads.account import LiveAccount
from marketing_pipeline.sandbox.google_ads.account_plan import AdsAccount, CustomerId
from marketing_pipeline.sandbox.google_ads.api import from_fields, message_type
from marketing_pipeline.sandbox.google_ads.calls import Calls
from marketing_pipeline.sandbox.google_ads.draft import collection_of
from marketing_pipeline.sandbox.google_ads.faults import AdsFault, AdsFaultDesk, fault_of
from marketing_pipeline.sandbox.google_ads.gate import AdsCall, Gate
from marketing_pipeline.sandbox.google_ads.journal import SOMEBODY_ELSE, Actor, AdsEntry, AdsJournal
from marketing_pipeline.sandbox.google_ads.kinds import BY_COLLECTION, KINDS
from marketing_pipeline.sandbox.google_ads.mutations import Asked, Request, mutate
from marketing_pipeline.sandbox.google_ads.pages import Pages
from marketing_pipeline.sandbox.google_ads.rpcs import rpcs
from marketing_pipeline.sandbox.google_ads.services import Services
from marketing_pipeline.sandbox.google_ads.truth import Truth, truth
from marketing_pipeline.sandbox.google_ads.world import AdsWorld

SERVICES = ("GoogleAdsService", "RecommendationService", "CustomerService", *(kind.service for kind in KINDS))


class AdsSandboxConfig(BaseModel):
    """What the sandbox's Google Ads is made from."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    home: Annotated[Path, Field(description="The home; state is kept in its folder `sandbox`")]
    seed: int
    accounts: Annotated[tuple[AdsAccount, ...], Field(min_length=1)]
    port: Annotated[int, Field(ge=0, le=65_535, description="0: any free port")] = 0
    developer_token: Annotated[str, Field(min_length=1)] = "sandbox"
    manager_id: CustomerId = "9999999999"
    daily_operations: Annotated[int, Field(ge=1, description="15,000 is documented for basic access")] = 15_000
    change_event_lag_seconds: Annotated[float, Field(ge=0, description="Up to 180 is documented")] = 120
    certificates: Annotated[
        Path | None,
        Field(description="Where the authority is kept: a shared folder where one process meets several homes"),
    ] = None

    @property
    def folder(self) -> Path:
        """Where everything is kept."""
        return self.home / "sandbox"


class AdsPlatform:
    """The accounts of one home, without the network. Safe to use from several threads."""

    def __init__(self, config: AdsSandboxConfig, clock: Clock | None = None) -> None:
        self.config = config
        self._world = AdsWorld(config.folder, clock or SystemClock(), config.seed)
        self._journal = AdsJournal(self._world)
        self._accounts = self._open_accounts()
        self._desk = AdsFaultDesk(self._world)
        plans = {customer: account.plan for customer, account in self._accounts.items()}
        self._gate = Gate(self._world, plans, config.developer_token, config.manager_id, config.daily_operations)
        lag = timedelta(seconds=config.change_event_lag_seconds)
        services = Services(self._world, self._accounts, Pages(self._world, lag))
        self.rpcs = {service: rpcs(service) for service in SERVICES}
        by_name = {name: rpc for found in self.rpcs.values() for name, rpc in found.items()}
        self.answering = Calls(services, self._gate, self._desk, by_name, self._compete)

    def journal(self, customer: str | None = None, after: int = 0) -> list[AdsEntry]:
        """Every operation that anybody asked for, done or not, dry runs included, once all that is due has happened."""
        self.answering.settle()
        return self._journal.rows(customer, after)

    def applied(self, customer: str | None = None) -> list[AdsEntry]:
        """Every operation that took effect: the judge of what really happened."""
        self.answering.settle()
        return self._journal.applied(customer)

    def calls(self) -> list[AdsCall]:
        """Every call that arrived, in order."""
        return self._gate.calls()

    def order(self, fault: AdsFault | str) -> None:
        """Let a fault strike; a bare name strikes the next call. Raises UnknownFault."""
        self._desk.order(fault_of(fault) if isinstance(fault, str) else fault)

    def pending_faults(self) -> list[tuple[AdsFault, int]]:
        """Orders not yet used up, each with the times that remain."""
        return self._desk.pending()

    def clear_faults(self) -> None:
        """Forget every order."""
        self._desk.clear()

    def edit_elsewhere(self, resource: str, fields: Mapping[str, Any], actor: Actor = SOMEBODY_ELSE) -> None:
        """Somebody else sets fields of a resource: `{"amount_micros": 5_000_000}`. Raises NotFound or Refusal."""
        customer = resource.split("/")[1] if resource.startswith("customers/") else ""
        account = self._account(customer)
        kind = BY_COLLECTION[collection_of(resource, customer)]
        change = message_type(f"services.types.{kind.field}_service", f"{kind.message}Operation")()
        change.update.CopyFrom(from_fields(type(change.update), {**fields, "resource_name": resource}))
        change.update_mask.paths.extend(fields)
        asked = [Asked(kind, change, (("operations", 0),))]
        with self.answering.lock:
            self.answering.settle()
            mutate(self._world, account, Request(uuid4().hex[:22], kind.method, asked, False, False, actor))

    def truth(self, customer: str, first: date, last: date) -> Truth:
        """What is really so in an account, with anomalies and demand from `first` to `last`. For tests, benchmarks."""
        with self.answering.lock:
            return truth(self._account(customer), first, last)

    def close(self) -> None:
        """Let go of the file."""
        self._world.close()

    def _account(self, customer: str) -> LiveAccount:
        if customer not in self._accounts:
            raise NotFound(f"The sandbox has no account {customer!r}.", f"It has {', '.join(self._accounts)}.")
        return self._accounts[customer]

    def _open_accounts(self) -> dict[str, LiveAccount]:
        """The accounts as they were left."""
        opened: dict[str, LiveAccount] = {}
        for plan, moment in self._world.open_accounts(self.config.accounts):
            account = LiveAccount(self.config.seed, plan, moment)
            account.replay(self._journal.applied(plan.customer_id))
            opened[plan.customer_id] = account
        return opened

    def _compete(self, fault: AdsFault, customer: str) -> None:
        self.edit_elsewhere(fault.resource, {"amount_micros": fault.amount_micros})
