"""What is really so behind an account's figures. For tests and benchmarks alone: no service shows any of it."""

from collections.abc import Iterator
from datetime import date, timedelta

from pydantic import BaseModel, ConfigDict

from marketing_pipeline.sandbox.google_ads.account import LiveAccount
from marketing_pipeline.sandbox.google_ads.api import enum_name
from marketing_pipeline.sandbox.google_ads.demand import AnomalyKind, anomaly, usual_demand
from marketing_pipeline.sandbox.google_ads.search_terms import terms_met
from marketing_pipeline.sandbox.google_ads.serving import Serving
from marketing_pipeline.sandbox.google_ads.traits import ad_traits, campaign_traits, keyword_traits


class _Fact(BaseModel):
    model_config = ConfigDict(frozen=True)


class CampaignTruth(_Fact):
    """A campaign's response to spend on an average day, under the settings it has. Amounts in micros.

    `conversions(x) = ceiling * size * quality * x / (x + half * size)`: concave, with marginal returns that fall.
    """

    id: int
    budget: str
    budget_micros: int
    demand_micros: float
    """What it would spend if money were no object."""
    size: float
    quality: float
    ceiling: float
    half_micros: float
    first_click_micros: float
    click_half_micros: float
    """Spend, in a market of size 1, at which a click costs twice as much as the first."""
    value_micros: float
    ctr: float

    def conversions(self, spend_micros: float, factor: float = 1.0) -> float:
        """Conversions to expect of a day with that spend, once all have arrived. `factor`: that day's demand."""
        size = self.size * factor
        return self.ceiling * size * self.quality * spend_micros / (spend_micros + self.half_micros * size)

    def marginal(self, spend_micros: float, factor: float = 1.0) -> float:
        """Conversions that one more unit of the currency (1,000,000 micros) would bring at that spend."""
        size = self.size * factor
        half = self.half_micros * size
        return self.ceiling * size * self.quality * half / (spend_micros + half) ** 2 * 1_000_000

    def clicks(self, spend_micros: float) -> float:
        """Clicks to expect of an average day with that spend."""
        price = self.first_click_micros * (1 + spend_micros / (self.click_half_micros * self.size))
        return spend_micros / price


class Anomaly(_Fact):
    """A day on which something is wrong with a campaign, planted."""

    campaign: int
    day: date
    kind: AnomalyKind


class WastedTerm(_Fact):
    """A search term that costs money and never converts."""

    campaign: int
    ad_group: int
    criterion: int
    term: str


class Truth(_Fact):
    """Everything planted in one account."""

    campaigns: tuple[CampaignTruth, ...]
    anomalies: tuple[Anomaly, ...]
    wasted_terms: tuple[WastedTerm, ...]
    losing_keywords: frozenset[int]
    """Criterion ids of keywords that hardly convert."""
    losing_ads: frozenset[int]
    """Ids of ads that convert much worse than the others."""
    day_factors: dict[int, tuple[tuple[date, float], ...]]
    """By campaign, the demand that weekday and season lead one to expect on each day; 1 is average."""


def truth(account: LiveAccount, first: date, last: date) -> Truth:
    """The truth of an account, with anomalies and demand from `first` to `last`."""
    days = [first + timedelta(days=number) for number in range((last - first).days + 1)]
    campaigns = [item.id for item in account.resources.values() if item.DESCRIPTOR.name == "Campaign"]
    return Truth(
        campaigns=tuple(campaign_truths(account)),
        anomalies=tuple(
            Anomaly(campaign=campaign, day=day, kind=kind)
            for campaign in campaigns
            for day in days
            if (kind := anomaly(account.seed, account.plan, campaign, day)) is not None
        ),
        wasted_terms=tuple(_wasted(account)),
        losing_keywords=frozenset(_losing_keywords(account)),
        losing_ads=frozenset(
            item.ad.id
            for item in account.resources.values()
            if item.DESCRIPTOR.name == "AdGroupAd" and ad_traits(account.seed, account.plan, item.ad.id).loses
        ),
        day_factors={
            campaign: tuple(
                (day, usual_demand(campaign_traits(account.seed, account.plan, campaign), day)) for day in days
            )
            for campaign in campaigns
        },
    )


def campaign_truths(account: LiveAccount) -> Iterator[CampaignTruth]:
    """The response of each campaign that may spend now."""
    shown: Serving = account.serving
    for place, campaign in enumerate(shown.campaigns):
        size = float(shown.widths[place])
        if size <= 0:
            continue
        yield CampaignTruth(
            id=campaign.id,
            budget=campaign.budget,
            budget_micros=campaign.amount,
            demand_micros=campaign.traits.demand * campaign.reach * size,
            size=size,
            quality=float(shown.qualities[place]) if account.plan.measures_conversions else 0.0,
            ceiling=campaign.traits.ceiling,
            half_micros=campaign.traits.half,
            first_click_micros=campaign.traits.first_click,
            click_half_micros=campaign.traits.click_half,
            value_micros=campaign.traits.value,
            ctr=campaign.traits.ctr,
        )


def _keywords(account: LiveAccount) -> Iterator[tuple[int, int, int, str, str]]:
    """Campaign, ad group, criterion, text and match type of each keyword that is not negative."""
    for item in account.resources.values():
        if item.DESCRIPTOR.name == "AdGroupCriterion" and not item.negative:
            group = account.resources[item.ad_group]
            campaign = account.resources[group.campaign].id
            match_type = enum_name(item.keyword, "match_type")
            yield campaign, group.id, item.criterion_id, item.keyword.text, match_type


def _wasted(account: LiveAccount) -> Iterator[WastedTerm]:
    for campaign, group, criterion, text, match_type in _keywords(account):
        for term in terms_met(account.seed, account.plan, text, match_type):
            if term.wastes:
                yield WastedTerm(campaign=campaign, ad_group=group, criterion=criterion, term=term.text)


def _losing_keywords(account: LiveAccount) -> Iterator[int]:
    for _, group, criterion, text, match_type in _keywords(account):
        if keyword_traits(account.seed, account.plan, group, text, match_type).loses:
            yield criterion
