"""An ad account at one moment: its settings, and the days behind them. What the analysis works on."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta

from marketing_pipeline.domain.ad_experience import AdExperience
from marketing_pipeline.domain.ad_figures import AdDay, CampaignDay, KeywordDay, TermDay
from marketing_pipeline.domain.money import Currency, smallest_unit


@dataclass(frozen=True, slots=True, kw_only=True)
class BudgetSetting:
    """A daily budget. `users` is how many campaigns spend from it."""

    resource: str
    amount_micros: int
    users: int = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class CampaignSetting:
    """A campaign. Status and bidding are Google's words, such as ENABLED, LEARNING_BUDGET_CHANGE and MANUAL_CPC.

    A target is None where its bidding strategy has none, or none is set.
    """

    id: int
    name: str
    status: str
    bidding_status: str
    budget: str
    bidding_strategy: str = ""
    target_cpa_micros: int | None = None
    target_roas: float | None = None

    @property
    def runs(self) -> bool:
        """Whether it may show ads."""
        return self.status == "ENABLED"

    @property
    def learns(self) -> bool:
        """Whether its bidding is finding its feet, so that its figures say little and it is to be left alone."""
        return self.bidding_status.startswith("LEARNING")


@dataclass(frozen=True, slots=True, kw_only=True)
class AdGroupSetting:
    """An ad group. Its bid counts for the keywords without one of their own, where bids are set by hand."""

    campaign: int
    id: int
    name: str
    status: str = "ENABLED"
    cpc_bid_micros: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class KeywordSetting:
    """A keyword of an ad group that is not negative; without a bid of its own that of its ad group counts."""

    campaign: int
    ad_group: int
    criterion: int
    text: str
    match_type: str
    status: str = "ENABLED"
    cpc_bid_micros: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class AdSetting:
    """An ad of an ad group. `label` says it in people's words."""

    campaign: int
    ad_group: int
    ad: int
    label: str = ""
    status: str = "ENABLED"


@dataclass(frozen=True, slots=True, kw_only=True)
class NegativeKeyword:
    """Words that keep a campaign (or, with `ad_group`, a part of it) from showing."""

    campaign: int
    text: str
    match_type: str
    ad_group: int | None = None


@dataclass(frozen=True, kw_only=True)
class AdAccountHistory:
    """One account. `today` is the date in its time zone: that day is not over and no row of it is used."""

    customer_id: str
    currency: Currency
    today: date
    month_budget_micros: int | None = None
    budgets: tuple[BudgetSetting, ...] = ()
    campaigns: tuple[CampaignSetting, ...] = ()
    ad_groups: tuple[AdGroupSetting, ...] = ()
    keywords: tuple[KeywordSetting, ...] = ()
    ads: tuple[AdSetting, ...] = ()
    negatives: tuple[NegativeKeyword, ...] = ()
    campaign_days: tuple[CampaignDay, ...] = ()
    keyword_days: tuple[KeywordDay, ...] = ()
    term_days: tuple[TermDay, ...] = ()
    ad_days: tuple[AdDay, ...] = ()
    changed: Mapping[str, date] = field(default_factory=dict[str, date])
    """By resource name, the day on which somebody last changed it, as far as is known."""
    experience: AdExperience = field(default_factory=AdExperience)
    """What became of the changes that this system made earlier."""

    @property
    def unit(self) -> int:
        """The smallest amount, in micros."""
        return smallest_unit(self.currency)

    def campaign(self, number: int) -> CampaignSetting | None:
        """The campaign of that id."""
        return next((campaign for campaign in self.campaigns if campaign.id == number), None)

    def budget(self, resource: str) -> BudgetSetting | None:
        """The budget of that resource name."""
        return next((budget for budget in self.budgets if budget.resource == resource), None)

    def spending_from(self, budget: str) -> tuple[CampaignSetting, ...]:
        """The campaigns that spend from a budget, paused ones among them."""
        return tuple(item for item in self.campaigns if item.budget == budget and item.status != "REMOVED")

    def days_of(self, campaign: int) -> tuple[CampaignDay, ...]:
        """The days of a campaign that are over, in order."""
        rows = (row for row in self.campaign_days if row.campaign == campaign and row.day < self.today)
        return tuple(sorted(rows, key=lambda row: row.day))

    def resting(self, campaign: CampaignSetting, days: int) -> str:
        """Why a campaign is to be left alone for now, in words; empty where it is not."""
        if campaign.learns:
            return "its bidding is learning"
        numbers = {group.id for group in self.ad_groups if group.campaign == campaign.id}
        numbers |= {item.ad_group for item in (*self.keywords, *self.ads) if item.campaign == campaign.id}
        own = {campaign.budget, self.name("campaigns", campaign.id)}
        for resource in self.changed:
            inside = resource.rpartition("/")[2].partition("~")[0] in map(str, numbers) and "/adGroup" in resource
            if (resource in own or inside) and self.cooling(resource, days):
                return f"something in it was changed less than {days} days ago"
        return ""

    def cooling(self, resource: str, days: int) -> bool:
        """Whether the resource was changed less than `days` days ago."""
        changed = self.changed.get(resource)
        return changed is not None and self.today - changed < timedelta(days=days)

    def name(self, collection: str, tail: object) -> str:
        """A resource name of this account, such as customers/1234567890/campaigns/7."""
        return f"customers/{self.customer_id}/{collection}/{tail}"
