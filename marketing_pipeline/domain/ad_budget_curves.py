"""Response curves of the budgets that may be moved now, and why the others may not.

A shared budget is one thing: its curve is that of all its campaigns together, and a change names every one of them.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, timedelta

from marketing_pipeline.domain.ad_account import AdAccountHistory, BudgetSetting
from marketing_pipeline.domain.ad_budget_ways import ways_held
from marketing_pipeline.domain.ad_figures import MATURE_DAYS, CampaignDay, total
from marketing_pipeline.domain.ad_policy import AdPolicy
from marketing_pipeline.domain.ad_response import ResponseCurve, response


@dataclass(frozen=True, slots=True)
class Held:
    """Something left alone, and why."""

    subject: str
    why: str


def budget_curves(
    account: AdAccountHistory, odd: Mapping[int, frozenset[date]], policy: AdPolicy | None
) -> tuple[dict[str, ResponseCurve], list[Held]]:
    """Curves by budget resource, without the `odd` days of each campaign."""
    curves: dict[str, ResponseCurve] = {}
    held: list[Held] = []
    whole = total(row for row in account.campaign_days if row.day < account.today - timedelta(days=MATURE_DAYS))
    usual = whole.conversions / max(whole.cost_micros, 1)
    for budget in account.budgets:
        running = [item for item in account.spending_from(budget.resource) if item.runs]
        if not running:
            continue
        why = _why_held(account, budget, policy)
        curve = None
        if not why:
            days = list(_days_of(account, [item.id for item in running]))
            strange = frozenset(day for item in running for day in odd.get(item.id, frozenset()))
            changed = account.changed.get(budget.resource)
            curve = response(
                running[0].id, budget.amount_micros, days, account.today, odd=strange, changed=changed, usual=usual
            )
            why = "too few weeks or conversions to know how it responds to money"
        if curve is None:
            held += [Held(item.name, why) for item in running]
        else:
            curves[budget.resource] = curve
            ways = ways_held(account.experience, budget.resource)
            held += [Held(item.name, words) for item in running for words in ways]
    return curves, held


def _why_held(account: AdAccountHistory, budget: BudgetSetting, policy: AdPolicy | None) -> str:
    users = account.spending_from(budget.resource)
    if any(item.runs and item.learns for item in users):
        return "its bidding is learning"
    if budget.users != len(users):
        return f"its budget is shared by {budget.users} campaigns, of which {len(users)} were read"
    if policy is not None and account.cooling(budget.resource, policy.cool_down_days):
        return f"its budget was changed less than {policy.cool_down_days} days ago"
    return ""


def _days_of(account: AdAccountHistory, campaigns: list[int]) -> Iterator[CampaignDay]:
    """The days of campaigns together, as if they were one."""
    by_day: dict[date, list[CampaignDay]] = {}
    for number in campaigns:
        for row in account.days_of(number):
            by_day.setdefault(row.day, []).append(row)
    for day, rows in sorted(by_day.items()):
        whole = total(rows)
        yield CampaignDay(
            campaign=campaigns[0],
            day=day,
            impressions=whole.impressions,
            clicks=whole.clicks,
            cost_micros=whole.cost_micros,
            conversions=whole.conversions,
            conversions_value=whole.conversions_value,
        )
