"""An applied change held against the account's days: which rows are its own, and what they say of its forecast."""

from collections.abc import Callable, Iterable, Set
from datetime import date, timedelta

from marketing_pipeline.domain.ad_account import AdAccountHistory
from marketing_pipeline.domain.ad_change import AdChangeKind, ApplyAdChange, Forecast
from marketing_pipeline.domain.ad_figures import Figures
from marketing_pipeline.domain.ad_outcome import AdOutcome, DailySeries, inconclusive, judge

BEFORE_DAYS = 28
Dated = tuple[date, Figures]


def outcome_of(
    account: AdAccountHistory, change: ApplyAdChange, forecast: Forecast, day: date, until: date, touched: Set[int]
) -> AdOutcome:
    """The verdict on a change applied on `day`, by the account's days up to `until`.

    `touched` are the campaigns that any change touched meanwhile: the others are the yardstick.
    """
    if change.customer_id != account.customer_id:
        return inconclusive(f"it was made in the account {change.customer_id}, which the brand no longer uses")
    own = campaigns_of(account, change)
    first = max(day - timedelta(days=BEFORE_DAYS), min((row.day for row in account.campaign_days), default=day))
    days = [first + timedelta(days=number) for number in range((until - first).days + 1)]

    def series(rows: Iterable[Dated], figure: Callable[[Figures], float]) -> DailySeries:
        by_day: dict[date, float] = {}
        for when, row in rows:
            by_day[when] = by_day.get(when, 0.0) + figure(row)
        return DailySeries(
            before=[by_day.get(when, 0.0) for when in days if when < day],
            after=[by_day.get(when, 0.0) for when in days if when > day],
        )

    def metric(row: Figures) -> float:
        return float(getattr(row, forecast.metric))

    def conversions(row: Figures) -> float:
        return row.conversions

    cost = forecast.metric == "cost_micros"
    of_campaigns: list[Dated] = [(row.day, row) for row in account.campaign_days if row.campaign in own]
    others: list[Dated] = [(row.day, row) for row in account.campaign_days if row.campaign not in touched | own]
    return judge(
        forecast,
        series(_own_rows(account, change) if cost else of_campaigns, metric),
        untouched=series(others, conversions if cost else metric),
        conversions=series(of_campaigns, conversions) if cost else None,
    )


def campaigns_of(account: AdAccountHistory, change: ApplyAdChange) -> frozenset[int]:
    """The campaigns that a change touches."""
    collection, tail = change.resource.split("/")[2:4]
    if collection == "campaignBudgets":
        return frozenset(campaign.id for campaign in account.campaigns if campaign.budget == change.resource)
    if collection == "campaigns":
        return frozenset({int(tail)})
    group = int(tail.split("~")[0])
    settings = {item.campaign for item in (*account.keywords, *account.ads) if item.ad_group == group}
    days = {row.campaign for row in (*account.keyword_days, *account.ad_days) if row.ad_group == group}
    return frozenset(settings | days)


def _own_rows(account: AdAccountHistory, change: ApplyAdChange) -> list[Dated]:
    """Days of exactly what was changed: a keyword, an ad, an ad group, or the searches that a negative keeps away."""
    collection, tail = change.resource.split("/")[2:4]
    if change.change_kind is AdChangeKind.ADD_NEGATIVE_KEYWORD:
        return _searches(account, int(tail), change.after or change.before)
    if collection in ("campaigns", "campaignBudgets"):
        own = campaigns_of(account, change)
        return [(row.day, row) for row in account.campaign_days if row.campaign in own]
    group, *item = (int(part) for part in tail.split("~"))
    if collection == "adGroupAds":
        return [(row.day, row) for row in account.ad_days if [row.ad_group, row.ad] == [group, *item]]
    return [
        (row.day, row)
        for row in account.keyword_days
        if row.ad_group == group and (not item or row.criterion == item[0])
    ]


def _searches(account: AdAccountHistory, campaign: int, negative: str) -> list[Dated]:
    match_type, _, words = negative.casefold().partition(":")
    exact = match_type == "exact"

    def kept_away(term: str) -> bool:
        return words == term if exact else f" {words} " in f" {term} "

    return [(row.day, row) for row in account.term_days if row.campaign == campaign and kept_away(row.term.casefold())]
