"""What Google would recommend: larger budgets where a campaign could spend more. Estimates are the truth, blurred.

The shape of a budget recommendation, with options and their impact, is documented; when one is made and how good its
estimates are is assumed.
"""

from dataclasses import dataclass

from marketing_pipeline.domain.money import MICROS
from marketing_pipeline.sandbox.google_ads.account import LiveAccount
from marketing_pipeline.sandbox.google_ads.api import Proto, resource_type, set_enum
from marketing_pipeline.sandbox.google_ads.chance import seeded
from marketing_pipeline.sandbox.google_ads.truth import CampaignTruth, campaign_truths

_WORTH_SAYING = 1.15
_OPTIONS = (0.35, 0.7, 1.0)
_BLUR = 0.1
_WEEK = 7


@dataclass(frozen=True)
class BudgetAdvice:
    """A better budget, with cheaper and dearer options, all in micros a day."""

    budget: str
    campaigns: tuple[CampaignTruth, ...]
    current: int
    options: tuple[int, ...]

    @property
    def recommended(self) -> int:
        """The option in the middle."""
        return self.options[len(self.options) // 2]


def budget_advice(account: LiveAccount) -> list[BudgetAdvice]:
    """One for each budget that holds its campaigns back."""
    by_budget: dict[str, list[CampaignTruth]] = {}
    for truth in campaign_truths(account):
        by_budget.setdefault(truth.budget, []).append(truth)
    advice: list[BudgetAdvice] = []
    for name, campaigns in by_budget.items():
        amount, demand = campaigns[0].budget_micros, sum(campaign.demand_micros for campaign in campaigns)
        if demand < amount * _WORTH_SAYING:
            continue
        unit = max(account.plan.unit, MICROS)
        options = [round((amount + (demand - amount) * part) / unit) * unit for part in _OPTIONS]
        larger = tuple(sorted({option for option in options if option > amount}))
        if larger:
            advice.append(BudgetAdvice(name, tuple(campaigns), amount, larger))
    return advice


def recommendations(account: LiveAccount, dismissed: frozenset[str]) -> list[Proto]:
    """The recommendations of an account, dismissed ones marked."""
    return [_recommendation(account, advice, dismissed) for advice in budget_advice(account)]


def recommendation_name(account: LiveAccount, advice: BudgetAdvice) -> str:
    """Another amount makes it another recommendation."""
    number = advice.budget.rpartition("/")[2]
    return f"customers/{account.plan.customer_id}/recommendations/{number}-{advice.current}"


def _recommendation(account: LiveAccount, advice: BudgetAdvice, dismissed: frozenset[str]) -> Proto:
    message = resource_type("Recommendation")(resource_name=recommendation_name(account, advice))
    set_enum(message, "type_", "CAMPAIGN_BUDGET")
    message.campaign_budget = advice.budget
    names = [f"customers/{account.plan.customer_id}/campaigns/{campaign.id}" for campaign in advice.campaigns]
    message.campaigns.extend(names)
    if len(names) == 1:
        message.campaign = names[0]
    message.dismissed = message.resource_name in dismissed
    _fill_impact(account, message.impact, advice, advice.recommended)
    inner = message.campaign_budget_recommendation
    inner.current_budget_amount_micros = advice.current
    inner.recommended_budget_amount_micros = advice.recommended
    for amount in advice.options:
        option = inner.budget_options.add(budget_amount_micros=amount)
        _fill_impact(account, option.impact, advice, amount)
    return message


def _fill_impact(account: LiveAccount, impact: Proto, advice: BudgetAdvice, amount: int) -> None:
    """Figures of a week, now and with another amount."""
    chance = seeded(account.seed, "impact", advice.budget, advice.current)
    blur = 1 + chance.uniform(-_BLUR, _BLUR)
    total = sum(campaign.demand_micros for campaign in advice.campaigns)
    for metrics, budget in ((impact.base_metrics, advice.current), (impact.potential_metrics, amount)):
        for campaign in advice.campaigns:
            spend = min(budget, total) * campaign.demand_micros / total
            metrics.cost_micros += round(_WEEK * spend)
            metrics.clicks += _WEEK * campaign.clicks(spend) * blur
            metrics.impressions += _WEEK * campaign.clicks(spend) * blur / campaign.ctr
            metrics.conversions += _WEEK * campaign.conversions(spend) * blur
            metrics.conversions_value += _WEEK * campaign.conversions(spend) * blur * campaign.value_micros / MICROS
