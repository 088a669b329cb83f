"""Judge applied ad changes once their window is over: improved, worse or inconclusive, against their own forecast."""

from collections.abc import Callable, Iterable
from datetime import date, timedelta
from zoneinfo import ZoneInfo

from marketing_pipeline.domain.account_day import account_day
from marketing_pipeline.domain.ad_account import AdAccountHistory
from marketing_pipeline.domain.ad_change import AdChangeKind, AdChangeState
from marketing_pipeline.domain.ad_figures import MATURE_DAYS, CampaignDay, Figures
from marketing_pipeline.domain.ad_outcome import AdOutcome, DailySeries, judge
from marketing_pipeline.store.ad_change_row import AdChange
from marketing_pipeline.store.ad_changes import AdChanges
from marketing_pipeline.workflows.brand_week import BrandWeek

ACTOR = "ad_outcomes"
_BEFORE_DAYS = 28
_PAUSES = {AdChangeKind.PAUSE_KEYWORD, AdChangeKind.PAUSE_AD}
Dated = tuple[date, Figures]


def judge_ad_changes(work: BrandWeek, account: AdAccountHistory, zone: ZoneInfo) -> dict[str, AdOutcome]:
    """Verdicts of the brand's applied changes whose window is over and whose conversions have come in, stored.

    `zone` is the account's. A brand without a policy keeps its changes as applied: the window is the policy's.
    """
    policy = work.brand.policies.ads
    if policy is None:
        return {}
    changes = AdChanges(work.database, work.audit)
    every = [change for change in changes.find(brand=work.brand.brand_id) if change.applied_at is not None]
    touched = {number for change in every for number in _campaigns(account, change)}
    verdicts: dict[str, AdOutcome] = {}
    for change in every:
        if change.state is not AdChangeState.APPLIED or change.applied_at is None:
            continue
        day = account_day(change.applied_at, zone)
        if account.today - day < timedelta(days=policy.outcome_days + MATURE_DAYS):
            continue
        outcome = _outcome(account, change, day, day + timedelta(days=policy.outcome_days), touched)
        changes.move(change.id, outcome.verdict, reason=outcome.why, actor=ACTOR, outcome=dict(outcome.row()))
        verdicts[change.id] = outcome
    return verdicts


def _outcome(account: AdAccountHistory, change: AdChange, day: date, until: date, touched: set[int]) -> AdOutcome:
    own = _campaigns(account, change)
    first = max(day - timedelta(days=_BEFORE_DAYS), min((row.day for row in account.campaign_days), default=day))

    def series(rows: Iterable[Dated], figure: Callable[[Figures], float]) -> DailySeries:
        by_day: dict[date, float] = {}
        for when, row in rows:
            by_day[when] = by_day.get(when, 0.0) + figure(row)
        days = [first + timedelta(days=number) for number in range((until - first).days + 1)]
        return DailySeries(
            before=[by_day.get(when, 0.0) for when in days if when < day],
            after=[by_day.get(when, 0.0) for when in days if when > day],
        )

    def metric(row: Figures) -> float:
        return float(getattr(row, change.forecast.metric))

    def conversions(row: Figures) -> float:
        return row.conversions

    cost = change.forecast.metric == "cost_micros"
    others = _rows(row for row in account.campaign_days if row.campaign not in touched)
    return judge(
        change.forecast,
        series(_resource_rows(account, change) if cost else _campaign_rows(account, own), metric),
        untouched=series(others, conversions if not cost else metric),
        conversions=series(_campaign_rows(account, own), conversions) if cost else None,
    )


def _campaigns(account: AdAccountHistory, change: AdChange) -> set[int]:
    """The campaigns that a change touches."""
    name = change.payload.resource
    tail = name.rsplit("/", 1)[-1]
    if change.payload.change_kind is AdChangeKind.SET_BUDGET:
        return {campaign.id for campaign in account.campaigns if campaign.budget == name}
    if "~" in tail:
        group = int(tail.split("~")[0])
        return {row.campaign for row in (*account.keywords, *account.ads) if row.ad_group == group}
    return {int(tail)} if tail.isdecimal() else set()


def _resource_rows(account: AdAccountHistory, change: AdChange) -> list[Dated]:
    """Days of exactly what was changed: the keyword, the ad, or the searches that a negative keyword keeps away."""
    tail = change.payload.resource.rsplit("/", 1)[-1]
    if change.payload.change_kind in _PAUSES:
        group, item = (int(part) for part in tail.split("~"))
        keywords = [(row.day, row) for row in account.keyword_days if (row.ad_group, row.criterion) == (group, item)]
        ads = [(row.day, row) for row in account.ad_days if (row.ad_group, row.ad) == (group, item)]
        return [*keywords, *ads]
    words = change.payload.after.split(":", 1)[-1]
    return [
        (row.day, row)
        for row in account.term_days
        if row.campaign == int(tail) and f" {words} " in f" {row.term.casefold()} "
    ]


def _campaign_rows(account: AdAccountHistory, campaigns: set[int]) -> list[Dated]:
    return _rows(row for row in account.campaign_days if row.campaign in campaigns)


def _rows(rows: Iterable[CampaignDay]) -> list[Dated]:
    return [(row.day, row) for row in rows]
