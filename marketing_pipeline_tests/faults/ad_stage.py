"""A stage for faults of ad changes: a home, a served account with room for many changes, and the genuine client."""

import logging
import tempfile
from collections.abc import Callable, Generator, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from marketing_pipeline.domain.ad_change import AdChangeKind, ApplyAdChange
from marketing_pipeline.domain.brand import Brand
from marketing_pipeline.domain.clock import Clock, SteppedClock
from marketing_pipeline.store.ad_change_row import AdChange
from marketing_pipeline.store.database import Database
from marketing_pipeline_tests.execution.ad_desk import CUSTOMER, AdDesk, ad_brand
from marketing_pipeline_tests.faults.control_planes import new_home

if TYPE_CHECKING:
    from marketing_pipeline.channels.google_ads.client import AdsClient
    from marketing_pipeline.sandbox.google_ads.server import GoogleAdsSandbox

NOON = datetime(2026, 6, 15, 11, tzinfo=UTC)
CAMPAIGNS = 20
ROOM = 5 * CAMPAIGNS
"""Changes that one stage has resources for: no two touch the same one, so that the journal tells them apart."""
CALL_SECONDS = 0.5
"""The client's time limit: an answer takes milliseconds here, and a hanging call should not take long."""
_WIDE: dict[str, Any] = {
    "changes_per_day": 200,
    "raise_per_day": 1_000_000,
    "account_daily_budget": 10_000_000,
    "budget_floor": 0.01,
    "budget_ceiling": 1_000_000,
    "bid_ceiling": 1_000,
    "change_amount": 1_000,
}
_K = AdChangeKind


def patient_brand(caps: dict[str, Any] | None = None, **policy: Any) -> Brand:
    """The tea room with caps that stand in nobody's way, approvals that live two weeks, and no cool-down."""
    usual = {"approvals": {"hours": 336}, "cool_down_days": 0}
    return ad_brand({**_WIDE, **(caps or {})}, **{**usual, **policy})


@dataclass
class AdStage:
    """One home with its control plane and its sandbox. The sandbox's journal is the judge."""

    root: Path
    sandbox: "GoogleAdsSandbox"
    desk: AdDesk
    client: "AdsClient"
    _payloads: Iterator[ApplyAdChange] = field(init=False)

    def __post_init__(self) -> None:
        self._payloads = self._all_payloads()

    def payload(self) -> ApplyAdChange:
        """A change of a resource that no other change of this stage touches, from its live value."""
        return next(self._payloads)

    def budgets(self) -> list[ApplyAdChange]:
        """A raise of each budget by a twentieth."""
        return list(self._money(_K.SET_BUDGET, "campaign_budget", "amount_micros"))

    def approved(self) -> AdChange:
        """A fresh change that a person approved."""
        return self.desk.approved(self.payload(), hours=336)

    def order(self, name: str, **fields: Any) -> None:
        """Let the sandbox strike: calls that change something, unless `fields` say otherwise."""
        from marketing_pipeline.sandbox.google_ads.faults import AdsFault

        content = {"method": "Mutate", **fields, "name": name}
        self.sandbox.order(AdsFault.model_validate(content).model_dump_json(exclude_unset=True))

    def sends(self) -> int:
        """Calls so far that asked for a change and were no dry run, answered or not."""
        return sum(call.method == "Mutate" and not call.validate_only for call in self.sandbox.calls())

    def edit(self, resource: str, micros: int) -> None:
        """Somebody else sets a budget."""
        self.sandbox.edit_elsewhere(resource, {"amount_micros": micros})

    @contextmanager
    def another_desk(self) -> Generator[AdDesk]:
        """A desk of the same home with a client of its own: a channel is not for several threads."""
        desk, client = self.desk, _client_of(self.root, self.desk.clock, CALL_SECONDS)
        yield AdDesk(desk.database, desk.clock, client, desk.brand)
        client.close()

    def _all_payloads(self) -> Iterator[ApplyAdChange]:
        kinds = zip(
            self._money(_K.SET_BUDGET, "campaign_budget", "amount_micros"),
            self._money(_K.SET_BID, "ad_group", "cpc_bid_micros"),
            self._negatives(),
            self._pauses(_K.PAUSE_KEYWORD, "ad_group_criterion"),
            self._pauses(_K.PAUSE_AD, "ad_group_ad"),
            strict=False,
        )
        for together in kinds:
            yield from together

    def _money(self, kind: AdChangeKind, resource: str, path: str) -> Iterator[ApplyAdChange]:
        query = (
            f"SELECT {resource}.resource_name, {resource}.{path} FROM {resource} WHERE {resource}.status = 'ENABLED'"
        )
        for row in list(self.client.rows(CUSTOMER, query)):
            found = getattr(row, resource)
            before = int(getattr(found, path))
            after = (before + max(before // 20, 10_000)) // 10_000 * 10_000
            yield self._change(kind, found.resource_name, path, str(before), str(after))

    def _pauses(self, kind: AdChangeKind, resource: str) -> Iterator[ApplyAdChange]:
        query = f"SELECT {resource}.resource_name FROM {resource} WHERE {resource}.status = 'ENABLED'"
        for row in list(self.client.rows(CUSTOMER, query)):
            yield self._change(kind, getattr(row, resource).resource_name, "status", "ENABLED", "PAUSED")

    def _negatives(self) -> Iterator[ApplyAdChange]:
        query = "SELECT campaign.resource_name FROM campaign WHERE campaign.status = 'ENABLED'"
        for row in list(self.client.rows(CUSTOMER, query)):
            name = row.campaign.resource_name
            after = f"EXACT:free prints {name.rpartition('/')[2]}"
            yield self._change(_K.ADD_NEGATIVE_KEYWORD, name, "negative_keyword", "", after)

    def _change(self, kind: AdChangeKind, resource: str, path: str, before: str, after: str) -> ApplyAdChange:
        return ApplyAdChange(
            change_kind=kind,
            customer_id=CUSTOMER,
            resource=resource,
            field=path,
            before=before,
            after=after,
            currency="GBP",
        )


def _the_same(clock: Clock) -> Clock:
    return clock


@contextmanager
def open_stage(
    folder: Path,
    brand: Brand | None = None,
    *,
    durable: bool = False,
    seconds: float = CALL_SECONDS,
    at: datetime = NOON,
    clock_of: Callable[[Clock], Clock] = _the_same,
    **account: Any,
) -> Generator[AdStage]:
    """A new stage in a folder of its own below `folder`, its time stepped.

    `durable` keeps the time in the home, for processes that share it; `clock_of` makes of the sandbox's clock the one
    that this installation goes by; `account` changes the account's plan.
    """
    from marketing_pipeline.sandbox.google_ads.account_plan import AdsAccount
    from marketing_pipeline_tests.sandbox.google_ads.served import serve

    # The client warns of each fault on its own; the figure is what counts.
    logging.getLogger("google.ads").setLevel(logging.ERROR)
    folder.mkdir(parents=True, exist_ok=True)
    home = new_home(Path(tempfile.mkdtemp(prefix="stage_", dir=folder)))
    if not home.database_url:
        (home.root / "control_plane.sqlite").write_bytes(_empty_control_plane())
    if durable:
        home.clock().start_stepped(at)
    plan = {"customer_id": CUSTOMER, "campaigns": CAMPAIGNS, "ad_groups": 1, "keywords": 1, "terms": 1, "ads": 1}
    served_account = AdsAccount.model_validate({**plan, "history_days": 1, **account})
    time: Clock = home.clock() if durable else SteppedClock(at)
    with serve(home.root, time, served_account, daily_operations=1_000_000) as served:
        time = clock_of(time)
        database = Database.open(home.control_plane_url, time)
        client = _client_of(home.root, time, seconds)
        try:
            yield AdStage(home.root, served.sandbox, AdDesk(database, time, client, brand or patient_brand()), client)
        finally:
            client.close()
            database.close()


def _client_of(root: Path, clock: Clock, seconds: float) -> "AdsClient":
    from marketing_pipeline.channels.google_ads.client import AdsClient
    from marketing_pipeline.channels.google_ads.connection import AdsConnection
    from marketing_pipeline.settings.google_ads import access_of_sandbox

    return AdsClient(AdsConnection(access_of_sandbox(root), clock, seconds=seconds))


@cache
def _empty_control_plane() -> bytes:
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "control_plane.sqlite"
        Database.open(f"sqlite:///{file}", SteppedClock(NOON)).close()
        return file.read_bytes()
