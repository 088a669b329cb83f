"""The hidden nature of campaigns, keywords, search terms and ads. All assumed, none measured on an account."""

import math
from dataclasses import dataclass
from functools import cache

from marketing_pipeline.domain.money import MICROS
from marketing_pipeline.sandbox.google_ads.account_plan import AdsAccount, price_level
from marketing_pipeline.sandbox.google_ads.chance import seeded

LOSER_QUALITY = 0.12
"""How well a losing keyword or ad converts, where 1 is usual."""
_WEEKDAYS = (1.06, 1.04, 1.0, 0.98, 0.94, 0.94, 1.04)


@dataclass(frozen=True)
class CampaignTraits:
    """A campaign's market on a usual day. Amounts are micros of the account's currency.

    With market size M (1 on a usual day with all keywords running), a spend of x brings
    `ceiling * M * x / (x + half * M)` conversions at usual quality, and costs
    `first_click * (1 + x / (3 * half * M))` a click: both show diminishing returns.
    """

    budget: int
    """The daily budget it starts with."""
    demand: float
    half: float
    ceiling: float
    first_click: float
    value: float
    usual_bid: int
    """The bid at which keywords get their usual share of the market."""
    ctr: float
    season: float
    season_peak: int
    weekdays: tuple[float, ...]

    @property
    def click_half(self) -> float:
        """Spend at which a click costs twice as much as the first one."""
        return 3 * self.half


@dataclass(frozen=True)
class KeywordTraits:
    """`weight` is its part of the market (mean 1), `quality` multiplies conversions, `price` the cost of a click."""

    weight: float
    quality: float
    price: float
    loses: bool


@dataclass(frozen=True)
class AdTraits:
    """`appeal` draws clicks, `quality` multiplies conversions."""

    appeal: float
    quality: float
    loses: bool


@cache
def campaign_traits(seed: int, account: AdsAccount, campaign: int) -> CampaignTraits:
    """The nature of one campaign, by its id."""
    chance = seeded(seed, account.customer_id, "campaign", campaign)
    scale = MICROS * price_level(account.currency)
    budget = round(math.exp(chance.uniform(math.log(25), math.log(120)))) * scale
    half = budget * chance.uniform(0.6, 1.8)
    click = scale * chance.uniform(0.35, 1.1)
    clicks_at_budget = budget / (click * (1 + budget / (3 * half)))
    rate = chance.uniform(0.025, 0.06)
    jitter = [factor * math.exp(chance.gauss(0, 0.05)) for factor in _WEEKDAYS]
    return CampaignTraits(
        budget=round(budget / MICROS) * MICROS,
        demand=budget * chance.uniform(0.75, 2.6),
        half=half,
        ceiling=clicks_at_budget * rate * (budget + half) / budget,
        first_click=click,
        value=scale * chance.uniform(28, 70),
        usual_bid=max(round(click * 1.8 / account.unit), 1) * account.unit,
        ctr=chance.uniform(0.035, 0.08),
        season=chance.uniform(0.03, 0.15),
        season_peak=round(chance.uniform(310, 360)),
        weekdays=tuple(factor * 7 / sum(jitter) for factor in jitter),
    )


@cache
def keyword_traits(seed: int, account: AdsAccount, ad_group: int, text: str, match_type: str) -> KeywordTraits:
    """The nature of one keyword, by where it stands and what it says."""
    chance = seeded(seed, account.customer_id, "keyword", ad_group, text, match_type)
    loses = chance.random() < 0.1
    return KeywordTraits(
        weight=math.exp(chance.gauss(0, 0.5) - 0.125),
        quality=LOSER_QUALITY if loses else math.exp(chance.gauss(0, 0.25) - 0.03),
        price=math.exp(chance.gauss(0, 0.2) - 0.02),
        loses=loses,
    )


@cache
def ad_traits(seed: int, account: AdsAccount, ad: int) -> AdTraits:
    """The nature of one ad, by its id."""
    chance = seeded(seed, account.customer_id, "ad", ad)
    loses = chance.random() < 0.15
    return AdTraits(
        appeal=math.exp(chance.gauss(0, 0.25) - 0.03),
        quality=0.4 if loses else math.exp(chance.gauss(0, 0.1) - 0.005),
        loses=loses,
    )
