"""One account: its resources now, its figures, and when its settings last changed."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta

from marketing_pipeline.sandbox.google_ads.account_plan import AdsAccount
from marketing_pipeline.sandbox.google_ads.api import Proto, enum_name, from_fields, resource_type, set_enum
from marketing_pipeline.sandbox.google_ads.auction import Block
from marketing_pipeline.sandbox.google_ads.chance import seeded
from marketing_pipeline.sandbox.google_ads.draft import Draft
from marketing_pipeline.sandbox.google_ads.figures import Entity, Figures, Label, totals
from marketing_pipeline.sandbox.google_ads.first_resources import customer, first_resources
from marketing_pipeline.sandbox.google_ads.history import History
from marketing_pipeline.sandbox.google_ads.journal import AdsEntry
from marketing_pipeline.sandbox.google_ads.serving import Pair, Serving, serving

REMOVED_DAYS_BEFORE = 45
_STEP_DAYS = (32, 60, 88)
"""Earlier budgets ended so many days before the opening: beyond the 30 days that change_event remembers."""
_LEAST_STEP, _MOST_STEP = 0.55, 1.6


@dataclass(frozen=True)
class SettingChange:
    """When a setting that bidding has to learn anew was changed, and by how much: new over old."""

    at: datetime
    ratio: float


class LiveAccount:
    """What the outside sees of one account, and its truth. Not safe for several threads by itself."""

    def __init__(self, seed: int, plan: AdsAccount, opened_at: datetime) -> None:
        self.seed = seed
        self.plan = plan
        self.opened_at = opened_at
        self.customer = customer(plan)
        self.resources: dict[str, Proto] = {item.resource_name: item for item in first_resources(seed, plan)}
        self.changed: dict[str, SettingChange] = {}
        self._blocks: tuple[tuple[datetime, int], list[Block]] | None = None
        self._changes = 0
        self._history = self._opened()

    @property
    def serving(self) -> Serving:
        """What shows now."""
        return self._history.serving

    @property
    def version(self) -> int:
        """A number that grows with each change."""
        return self._changes

    def today(self, now: datetime) -> date:
        """The date in the account's time zone."""
        return now.astimezone(self.plan.zone).date()

    def draft(self) -> Draft:
        """The account as it is, to be changed on paper."""
        return Draft(self.plan, self.resources)

    def replay(self, entries: Iterable[AdsEntry]) -> None:
        """Take up the changes of an earlier run, in order."""
        for entry in entries:
            if entry.after is not None:
                self.take([from_fields(resource_type(entry.resource_type), dict(entry.after))], entry.at)

    def take(self, resources: Iterable[Proto], at: datetime) -> None:
        """Let these versions of resources be in force from `at` on."""
        for resource in resources:
            before = self.resources.get(resource.resource_name)
            if before is not None:
                self._note(before, resource, at)
            self.resources[resource.resource_name] = resource
        self._history.change(at, self._serving())
        self._changes += 1

    def figures(
        self, now: datetime, entity: Callable[[Pair], Entity | None], label: Callable[[date], Label | None]
    ) -> Iterator[tuple[Entity, Label, Figures]]:
        """Sums by whatever `entity` and `label` say; see `figures.totals`."""
        state = (now, self._changes)
        if self._blocks is None or self._blocks[0] != state:
            self._blocks = (state, self._history.blocks(now))
        return totals(self.seed, self.plan, self._blocks[1], now, entity, label)

    def _serving(self) -> Serving:
        return serving(self.seed, self.plan, self.resources.values())

    def _opened(self) -> History:
        """The account with its past: budgets have been other ones, and removed campaigns still ran."""
        today = self.today(self.opened_at)
        first_day = today - timedelta(days=self.plan.history_days)
        history = History(self.seed, self.plan, first_day, self._past(self.plan.history_days + max(_STEP_DAYS)))
        for back in sorted({*_STEP_DAYS, REMOVED_DAYS_BEFORE}, reverse=True):
            begins = datetime.combine(today - timedelta(days=back), datetime.min.time(), self.plan.zone)
            history.change(begins.astimezone(UTC), self._past(back))
        return history

    def _past(self, days_before: int) -> Serving:
        """What was shown so many days before the opening."""
        step = sum(days_before > ended for ended in _STEP_DAYS)
        resources: list[Proto] = []
        for resource in self.resources.values():
            then = type(resource)()
            then.CopyFrom(resource)
            if days_before > REMOVED_DAYS_BEFORE and enum_name(then, "status") == "REMOVED":
                set_enum(then, "status", "ENABLED")
            if step and then.DESCRIPTOR.name == "CampaignBudget":
                chance = seeded(self.seed, "earlier budget", then.resource_name, step)
                units = then.amount_micros * chance.uniform(_LEAST_STEP, _MOST_STEP) // self.plan.unit
                then.amount_micros = int(units) * self.plan.unit
            resources.append(then)
        return serving(self.seed, self.plan, resources)

    def _note(self, before: Proto, after: Proto, at: datetime) -> None:
        """Remember changes of what bidding learns from."""
        name = after.resource_name
        pairs: dict[str, tuple[float, float]] = {}
        if after.DESCRIPTOR.name == "CampaignBudget":
            pairs[name] = (before.amount_micros, after.amount_micros)
        if after.DESCRIPTOR.name == "Campaign":
            pairs[f"{name} target"] = (
                before.maximize_conversions.target_cpa_micros or before.maximize_conversion_value.target_roas,
                after.maximize_conversions.target_cpa_micros or after.maximize_conversion_value.target_roas,
            )
        for setting, (old, new) in pairs.items():
            if old != new:
                self.changed[setting] = SettingChange(at, new / old if old else 0.0)
