"""How busy each day is: weekday, season, luck, and now and then a day on which something is wrong. All assumed."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum

import numpy as np

from marketing_pipeline.sandbox.google_ads.account_plan import AdsAccount
from marketing_pipeline.sandbox.google_ads.chance import Floats, Ints, key, normal, uniform
from marketing_pipeline.sandbox.google_ads.traits import CampaignTraits

DAY_NOISE = 0.12
"""Standard deviation of the log of a campaign's demand on one day."""
_NOISE_SALT, _ANOMALY_SALT, _KIND_SALT = 1, 2, 3


class AnomalyKind(StrEnum):
    """What can be wrong with a day."""

    DEMAND_SURGE = "demand_surge"
    """Two and a half times the searches: more clicks, and up to twice the budget is spent."""
    DEMAND_DROP = "demand_drop"
    """A fifth of the searches."""
    PRICE_SPIKE = "price_spike"
    """Each click costs 2.2 times as much."""
    TRACKING_OUTAGE = "tracking_outage"
    """Clicks as ever, and not one conversion counted."""


_KINDS = tuple(AnomalyKind)
_DEMAND = {AnomalyKind.DEMAND_SURGE: 2.5, AnomalyKind.DEMAND_DROP: 0.2}
_PRICE = {AnomalyKind.PRICE_SPIKE: 2.2}


@dataclass(frozen=True)
class Weather:
    """Factors on demand, the price of a click and the share of conversions counted: a row a day, a column each."""

    demand: Floats
    price: Floats
    counted: Floats


def usual_demand(traits: CampaignTraits, day: date) -> float:
    """The demand that weekday and season lead one to expect, where 1 is an average day."""
    angle = 2 * np.pi * (day.timetuple().tm_yday - traits.season_peak) / 365
    return traits.weekdays[day.weekday()] * (1 + traits.season * float(np.cos(angle)))


def anomaly(seed: int, account: AdsAccount, campaign: int, day: date) -> AnomalyKind | None:
    """What is wrong with a campaign's day, if anything."""
    name = np.array([_campaign_key(seed, account, campaign)], dtype=np.uint64)
    days = np.array([day.toordinal()])
    if float(uniform(name, days, _ANOMALY_SALT)[0, 0]) >= account.anomalies:
        return None
    return _KINDS[int(float(uniform(name, days, _KIND_SALT)[0, 0]) * len(_KINDS))]


def weather(seed: int, account: AdsAccount, campaigns: Sequence[tuple[int, CampaignTraits]], days: Ints) -> Weather:
    """The factors of each campaign (id and traits) on each day (ordinals of dates)."""
    names = np.array([_campaign_key(seed, account, number) for number, _ in campaigns], dtype=np.uint64)
    dates = [date.fromordinal(int(day)) for day in days]
    demand = np.array([[usual_demand(traits, day) for _, traits in campaigns] for day in dates], dtype=np.float64)
    demand = demand.reshape(len(dates), len(campaigns))
    noise = normal(uniform(names, days, _NOISE_SALT))
    demand *= np.exp(DAY_NOISE * noise - DAY_NOISE**2 / 2)
    price, counted = np.ones_like(demand), np.ones_like(demand)
    strange = uniform(names, days, _ANOMALY_SALT) < account.anomalies
    chosen = (uniform(names, days, _KIND_SALT) * len(_KINDS)).astype(np.int64)
    for number, kind in enumerate(_KINDS):
        struck = strange & (chosen == number)
        demand[struck] *= _DEMAND.get(kind, 1.0)
        price[struck] *= _PRICE.get(kind, 1.0)
        counted[struck] *= 0.0 if kind is AnomalyKind.TRACKING_OUTAGE else 1.0
    return Weather(demand, price, counted)


def _campaign_key(seed: int, account: AdsAccount, campaign: int) -> int:
    return key(seed, account.customer_id, "days of", campaign)
