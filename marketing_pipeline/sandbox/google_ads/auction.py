"""The auctions of some days: what each search term and ad came to. Every figure is assumed, none measured."""

from dataclasses import dataclass

import numpy as np

from marketing_pipeline.sandbox.google_ads.account_plan import AdsAccount
from marketing_pipeline.sandbox.google_ads.chance import Floats, Ints, Keys, normal, poisson, uniform
from marketing_pipeline.sandbox.google_ads.demand import Weather
from marketing_pipeline.sandbox.google_ads.serving import Pair, Serving

_CLICKS, _IMPRESSIONS, _CONVERSIONS, _PRICE = 11, 12, 13, 14
_PRICE_NOISE = 0.15


@dataclass(frozen=True)
class Expected:
    """What some days, or parts of days, should come to. One row a day, one column a pair; in `spend` a campaign."""

    pairs: tuple[Pair, ...]
    places: Ints
    keys: Keys
    clicks: Floats
    skipped: Floats
    """Impressions without a click."""
    conversions: Floats
    cost: Floats
    spend: Floats


@dataclass(frozen=True)
class Block:
    """What some days came to, once all conversions have arrived. `days` are ordinals of dates; costs are micros."""

    pairs: tuple[Pair, ...]
    keys: Keys
    days: Ints
    impressions: Ints
    clicks: Ints
    cost: Ints
    conversions: Ints


def expect(
    seed: int, account: AdsAccount, serving: Serving, factors: Weather, spend: Floats, parts: Floats
) -> Expected:
    """Figures to expect of days on which each campaign spends `spend` micros and that are `parts` (0 to 1) long."""
    traits = [campaign.traits for campaign in serving.campaigns]
    half, ceiling = np.array([t.half for t in traits]), np.array([t.ceiling for t in traits])
    size = np.maximum(factors.demand * serving.widths * parts[:, np.newaxis], 1e-9)
    first = np.array([t.first_click for t in traits]) * factors.price
    click_price = first * (1 + spend / (np.array([t.click_half for t in traits]) * size))
    clicks = spend / click_price
    conversions = ceiling * size * spend / (spend + half * size) * factors.counted / factors.price
    rate = conversions / np.maximum(clicks, 1e-12) * (1.0 if account.measures_conversions else 0.0)
    place = serving.places
    share = serving.shares / serving.widths[place]
    pair_clicks = clicks[:, place] * share
    ctr = np.array([pair.ctr for pair in serving.pairs])
    quality = np.array([pair.quality for pair in serving.pairs])
    price = np.array([pair.price for pair in serving.pairs])
    return Expected(
        pairs=serving.pairs,
        places=place,
        keys=serving.keys(seed, account),
        clicks=pair_clicks,
        skipped=pair_clicks * (1 / ctr - 1),
        conversions=pair_clicks * rate[:, place] * quality,
        cost=pair_clicks * click_price[:, place] * price,
        spend=spend,
    )


def happen(account: AdsAccount, expected: Expected, days: Ints) -> Block:
    """Draw what happened. The luck of a pair on a day does not depend on what else the account shows."""
    keys = expected.keys
    clicks = poisson(uniform(keys, days, _CLICKS), expected.clicks)
    skipped = poisson(uniform(keys, days, _IMPRESSIONS), expected.skipped)
    each = np.divide(
        expected.conversions, expected.clicks, out=np.zeros_like(expected.clicks), where=expected.clicks > 0
    )
    conversions = np.minimum(poisson(uniform(keys, days, _CONVERSIONS), clicks.astype(np.float64) * each), clicks)
    price = np.divide(expected.cost, expected.clicks, out=np.zeros_like(expected.clicks), where=expected.clicks > 0)
    raw: Floats = clicks.astype(np.float64) * price * np.exp(_PRICE_NOISE * normal(uniform(keys, days, _PRICE)))
    return Block(
        pairs=expected.pairs,
        keys=keys,
        days=days,
        impressions=clicks + skipped,
        clicks=clicks,
        cost=_to_the_budget(raw, expected, account.unit),
        conversions=conversions,
    )


def _to_the_budget(raw: Floats, expected: Expected, unit: int) -> Ints:
    """Costs scaled so that a campaign's clicks cost what it was to spend, in whole units, never above."""
    cost = np.zeros(raw.shape, dtype=np.int64)
    for place in range(expected.spend.shape[1]):
        columns = np.flatnonzero(expected.places == place)
        total = raw[:, columns].sum(axis=1)
        scale = np.divide(expected.spend[:, place], total, out=np.zeros_like(total), where=total > 0)
        cost[:, columns] = (raw[:, columns] * scale[:, np.newaxis] // unit).astype(np.int64) * unit
    return cost
