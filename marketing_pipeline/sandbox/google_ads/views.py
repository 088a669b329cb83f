"""Resources as a search shows them: with the fields that nobody sets and that follow from others."""

from datetime import datetime
from functools import cached_property

from marketing_pipeline.sandbox.google_ads.account import LiveAccount
from marketing_pipeline.sandbox.google_ads.advice import BudgetAdvice, budget_advice
from marketing_pipeline.sandbox.google_ads.api import Proto, enum_name, set_enum
from marketing_pipeline.sandbox.google_ads.bidding_status import bidding_status
from marketing_pipeline.sandbox.google_ads.campaign_budgets import users
from marketing_pipeline.sandbox.google_ads.traits import campaign_traits


class Views:
    """The resources of one account at one moment."""

    def __init__(self, account: LiveAccount, now: datetime) -> None:
        self.account = account
        self.now = now
        self._made: dict[str, Proto] = {account.customer.resource_name: account.customer}

    def get(self, name: str) -> Proto | None:
        """The resource of that name as it is shown; None for none."""
        if name not in self._made:
            resource = self.account.resources.get(name)
            if resource is None:
                return None
            self._made[name] = self._shown(resource)
        return self._made[name]

    @cached_property
    def _advice(self) -> dict[str, BudgetAdvice]:
        return {advice.budget: advice for advice in budget_advice(self.account)}

    def _shown(self, resource: Proto) -> Proto:
        shown = type(resource)()
        shown.CopyFrom(resource)
        kind = resource.DESCRIPTOR.name
        if kind == "CampaignBudget":
            self._complete_budget(shown)
        elif kind == "Campaign":
            set_enum(shown, "bidding_strategy_system_status", bidding_status(self.account, shown, self.now))
            set_enum(shown, "serving_status", "SERVING" if enum_name(shown, "status") == "ENABLED" else "SUSPENDED")
        elif kind == "AdGroup" and shown.HasField("cpc_bid_micros"):
            shown.effective_cpc_bid_micros = shown.cpc_bid_micros
        elif kind == "AdGroupCriterion" and not shown.negative:
            self._complete_keyword(shown)
        return shown

    def _complete_budget(self, budget: Proto) -> None:
        budget.reference_count = len(users(self.account.draft(), budget.resource_name))
        advice = self._advice.get(budget.resource_name)
        budget.has_recommended_budget = advice is not None
        if advice is not None:
            budget.recommended_budget_amount_micros = advice.recommended

    def _complete_keyword(self, criterion: Proto) -> None:
        group = self.account.resources[criterion.ad_group]
        campaign = self.account.resources[group.campaign]
        usual = campaign_traits(self.account.seed, self.account.plan, campaign.id).usual_bid
        criterion.effective_cpc_bid_micros = criterion.cpc_bid_micros or group.cpc_bid_micros or usual
