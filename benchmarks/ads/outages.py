"""Outages of the conversion tag, planted in a seeded account over 1 to 5 days, and whether they are found."""

import random
from collections.abc import Collection
from dataclasses import replace
from datetime import date, timedelta

from benchmarks.ads.tally import Tally
from marketing_pipeline.domain.ad_account import AdAccountHistory
from marketing_pipeline.domain.ad_figures import MATURE_DAYS
from marketing_pipeline.domain.ad_outage import outages

LENGTHS = (1, 2, 3, 5)
_OLDEST = 120


def study_outages(tally: Tally, history: AdAccountHistory) -> None:
    """One outage of each length, of one campaign and of the account, each in a history of its own."""
    chance = random.Random(f"outages {history.customer_id}")
    campaigns = sorted(campaign.id for campaign in history.campaigns)
    for length in LENGTHS:
        for name, struck in (("campaign", [chance.choice(campaigns)]), ("account", campaigns)):
            first = history.today - timedelta(days=chance.randint(MATURE_DAYS + length, _OLDEST))
            days = {first + timedelta(days=number) for number in range(length)}
            tally.asked[f"outage {name} {length}"] += 1
            tally.inside[f"outage {name} {length}"] += _is_found(history, struck, days)


def _is_found(history: AdAccountHistory, struck: Collection[int], days: set[date]) -> bool:
    rows = {
        campaign.id: tuple(
            replace(row, conversions=0.0) if row.day in days and campaign.id in struck else row
            for row in history.days_of(campaign.id)
        )
        for campaign in history.campaigns
    }
    found = outages(rows, history.today)
    return any(item.dates & days and (item.campaign is None or item.campaign in struck) for item in found)
