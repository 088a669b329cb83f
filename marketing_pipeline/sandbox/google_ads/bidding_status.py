"""Whether a campaign's bidding is still learning. The words are documented; when each applies is assumed."""

from datetime import datetime, timedelta

from marketing_pipeline.sandbox.google_ads.account import LiveAccount
from marketing_pipeline.sandbox.google_ads.api import Proto, enum_name
from marketing_pipeline.sandbox.google_ads.campaigns import strategy

LEARNS_FOR = timedelta(days=6)
BIG_CHANGE = 0.2
"""A budget changed by more than this makes bidding learn anew; practitioners' lore, in no documentation."""


def bidding_status(account: LiveAccount, campaign: Proto, now: datetime) -> str:
    """The value of campaign.bidding_strategy_system_status."""
    if enum_name(campaign, "status") != "ENABLED":
        return "PAUSED" if enum_name(campaign, "status") == "PAUSED" else "UNAVAILABLE"
    if strategy(campaign) == "manual_cpc":
        return "ENABLED"
    target = account.changed.get(f"{campaign.resource_name} target")
    if target is not None and now - target.at < LEARNS_FOR:
        return "LEARNING_SETTING_CHANGE"
    budget = account.changed.get(campaign.campaign_budget)
    if budget is not None and now - budget.at < LEARNS_FOR and abs(budget.ratio - 1) > BIG_CHANGE:
        return "LEARNING_BUDGET_CHANGE"
    return "ENABLED"
