"""Alerts from the daily look at an ad account: odd days, and a month that will cost more than it may."""

from collections.abc import Iterator, Mapping
from datetime import timedelta

from marketing_pipeline.domain.ad_analysis import AdAnalysis
from marketing_pipeline.domain.ad_anomaly import Anomaly, AnomalyKind
from marketing_pipeline.domain.ad_pacing import Pace
from marketing_pipeline.domain.alert import AlertKind, Finding
from marketing_pipeline.domain.identifiers import BrandId
from marketing_pipeline.domain.money import Money

NEWS = timedelta(days=5)
"""Missing conversions are only known on the third day; what is older than this is history."""


def ad_findings(brand: BrandId, analysis: AdAnalysis) -> Iterator[Finding]:
    """One finding a campaign and odd day of the last days, and one for a month on course above its budget."""
    names = {campaign.id: campaign.name for campaign in analysis.account.campaigns}
    for item in analysis.anomalies:
        if analysis.account.today - max(item.dates) <= NEWS:
            yield _odd_day(brand, item, _whose(item, names), analysis.account.currency)
    pacing = analysis.pacing
    if pacing is not None and pacing.pace is Pace.OVER and pacing.month_budget is not None:
        currency = analysis.account.currency
        yield Finding(
            kind=AlertKind.AD_ANOMALY,
            brand=brand,
            subject=f"month {pacing.month}",
            title=f"The ads of {brand} will cost more than the month's budget",
            detail=f"On course for {_money(pacing.projected.expected, currency)}; the budget is "
            f"{_money(pacing.month_budget, currency)}.",
            mend="`marketing ads list` shows the changes proposed against it.",
        )


def _whose(item: Anomaly, names: Mapping[int, str]) -> str:
    return "the account" if item.campaign is None else f"campaign {names.get(item.campaign, item.campaign)}"


def _odd_day(brand: BrandId, item: Anomaly, whose: str, currency: str) -> Finding:
    seen, usual = f"{item.seen:,.0f}", f"{item.usual:,.0f}"
    if item.kind in (AnomalyKind.PRICE_HIGH, AnomalyKind.PRICE_LOW):
        seen, usual = f"{_money(item.seen, currency)} a click", _money(item.usual, currency)
    return Finding(
        kind=AlertKind.AD_ANOMALY,
        brand=brand,
        subject=f"{item.campaign or 'account'} on {item.day}: {item.kind}",
        title=f"An odd day in the ads of {brand}: {item.kind.replace('_', ' ')} on {item.day}",
        detail=f"In {whose}: {seen} where {usual} are usual.",
        mend="Look at the account's change history and the website of that day.",
    )


def _money(micros: float, currency: str) -> str:
    return Money(micros=round(micros), currency=currency).label()
