"""The figures of a day of an ad account as typed rows: of a campaign, a keyword, a search term or an ad.

Costs are integer micros of the account's currency, days are dates in the account's time zone. Conversions are those
that had come in when the row was read: a young day still grows.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

MATURE_DAYS = 7
"""Conversions of a day this old count as nearly all there. Assumed: the usual window is 30 days, most come early."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Figures:
    """What something came to. `conversions` may be a fraction: Google splits one between clicks."""

    impressions: int
    clicks: int
    cost_micros: int
    conversions: float
    conversions_value: float = 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class CampaignDay(Figures):
    """A campaign on one day."""

    campaign: int
    day: date


@dataclass(frozen=True, slots=True, kw_only=True)
class KeywordDay(Figures):
    """A keyword (an ad group criterion) on one day."""

    campaign: int
    ad_group: int
    criterion: int
    day: date


@dataclass(frozen=True, slots=True, kw_only=True)
class TermDay(Figures):
    """What people searched for, as an ad group met it on one day."""

    campaign: int
    ad_group: int
    term: str
    day: date


@dataclass(frozen=True, slots=True, kw_only=True)
class AdDay(Figures):
    """An ad on one day."""

    campaign: int
    ad_group: int
    ad: int
    day: date


def total(rows: Iterable[Figures]) -> Figures:
    """The sum of rows of one account: amounts of different currencies are never added."""
    impressions = clicks = cost = 0
    conversions = value = 0.0
    for row in rows:
        impressions += row.impressions
        clicks += row.clicks
        cost += row.cost_micros
        conversions += row.conversions
        value += row.conversions_value
    return Figures(
        impressions=impressions, clicks=clicks, cost_micros=cost, conversions=conversions, conversions_value=value
    )


def without(whole: Figures, part: Figures) -> Figures:
    """What is left of a sum when a part of it is taken out."""
    return Figures(
        impressions=whole.impressions - part.impressions,
        clicks=whole.clicks - part.clicks,
        cost_micros=whole.cost_micros - part.cost_micros,
        conversions=whole.conversions - part.conversions,
        conversions_value=whole.conversions_value - part.conversions_value,
    )
