"""Accounts in which one budget was changed and the truth is known: what the change did on average, and all luck."""

import random
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from math import exp, pi, sin

from marketing_pipeline.domain.ad_account import AdAccountHistory, CampaignSetting
from marketing_pipeline.domain.ad_change import AdChangeKind, ApplyAdChange, Forecast
from marketing_pipeline.domain.ad_comparison import outcome_of
from marketing_pipeline.domain.ad_figures import CampaignDay
from marketing_pipeline.domain.ad_outcome import AdOutcome
from marketing_pipeline.domain.money import MICROS
from marketing_pipeline_tests.domain.ad_accounts import BUDGET, CUSTOMER, TODAY

BEFORE, WINDOW = 28, 14
CAMPAIGNS = 4


@dataclass(frozen=True)
class KnownChange:
    """What was forecast (share of the campaign's conversions), and what is true of it."""

    promised: float
    true: float


IMPROVES = KnownChange(promised=0.4, true=0.4)
DOES_NOTHING = KnownChange(promised=0.4, true=0.0)
WORSENS = KnownChange(promised=0.4, true=-0.4)
COSTS_AS_SAID = KnownChange(promised=-0.15, true=-0.15)


def raise_budget(before: int = 40, after: int = 48, resource: str = BUDGET) -> ApplyAdChange:
    """A budget set from so many units to so many."""
    return ApplyAdChange(
        change_kind=AdChangeKind.SET_BUDGET,
        customer_id=CUSTOMER,
        resource=resource,
        field="amount_micros",
        before=str(before * MICROS),
        after=str(after * MICROS),
        currency="EUR",
    )


def change_of(kind: AdChangeKind, resource: str, before: str, after: str) -> ApplyAdChange:
    """A change of a status, a bid or the negative keywords, in pounds."""
    fields = {AdChangeKind.SET_BID: "cpc_bid_micros", AdChangeKind.ADD_NEGATIVE_KEYWORD: "negative_keyword"}
    return ApplyAdChange(
        change_kind=kind,
        customer_id=CUSTOMER,
        resource=f"customers/{CUSTOMER}/{resource}",
        field=fields.get(kind, "status"),
        before=before,
        after=after,
        currency="GBP",
    )


def forecast(share: float, rate: float) -> Forecast:
    """Half to one and a half times the share, in conversions over the window."""
    expected = share * rate * WINDOW
    ends = sorted((0.5 * expected, 1.5 * expected))
    return Forecast(metric="conversions", days=WINDOW, expected=expected, low=ends[0], high=ends[1])


def judged(known: KnownChange, seed: int) -> tuple[Forecast, AdOutcome]:
    """Forecast and verdict in one account: 4 to 12 conversions a day, weekdays, a market that drifts."""
    chance = random.Random(f"{known} {seed}")
    rate = chance.uniform(4, 12)
    account = _account(chance, rate, known.true)
    said = forecast(known.promised, rate)
    day = TODAY - timedelta(days=WINDOW + 8)
    return said, outcome_of(account, raise_budget(), said, day, day + timedelta(days=WINDOW), {1})


def _account(chance: random.Random, rate: float, true: float) -> AdAccountHistory:
    drift, phase = chance.uniform(-0.3, 0.3), chance.uniform(0, 2 * pi)
    days = BEFORE + 1 + WINDOW + 7

    def rows(campaign: int) -> Iterator[CampaignDay]:
        size = rate * (1 if campaign == 1 else chance.uniform(0.5, 1.5))
        for number in range(days):
            market = 1 + drift * number / days
            weekday = 1 + 0.25 * sin(2 * pi * number / 7 + phase)
            shaken = exp(chance.gauss(0, 0.15) - 0.15**2 / 2)
            effect = 1 + true if campaign == 1 and number > BEFORE else 1.0
            yield CampaignDay(
                campaign=campaign,
                day=TODAY - timedelta(days=days - number),
                impressions=1000,
                clicks=100,
                cost_micros=40 * MICROS,
                conversions=_poisson(chance, size * market * weekday * shaken * effect),
            )

    settings = [
        CampaignSetting(
            id=number,
            name=f"C{number}",
            status="ENABLED",
            bidding_status="ENABLED",
            budget=BUDGET if number == 1 else "",
        )
        for number in range(1, CAMPAIGNS + 1)
    ]
    return AdAccountHistory(
        customer_id=CUSTOMER,
        currency="EUR",
        today=TODAY,
        campaigns=tuple(settings),
        campaign_days=tuple(row for campaign in settings for row in rows(campaign.id)),
    )


def _poisson(chance: random.Random, mean: float) -> float:
    """By the arrival times of a Poisson process."""
    count, time = 0, chance.expovariate(1.0)
    while time < mean:
        count, time = count + 1, time + chance.expovariate(1.0)
    return float(count)
