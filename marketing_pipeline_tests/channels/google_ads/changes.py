"""Changes to the small account, one of each kind."""

from marketing_pipeline.domain.ad_change import AdChangeKind, ApplyAdChange
from marketing_pipeline_tests.sandbox.google_ads.served import CUSTOMER, Ads

FIELDS = {
    AdChangeKind.SET_BUDGET: "amount_micros",
    AdChangeKind.SET_TARGET_CPA: "target_cpa_micros",
    AdChangeKind.SET_TARGET_ROAS: "target_roas",
    AdChangeKind.SET_BID: "cpc_bid_micros",
    AdChangeKind.ADD_NEGATIVE_KEYWORD: "negative_keyword",
}


def change(kind: AdChangeKind, resource: str, before: str, after: str, currency: str = "GBP") -> ApplyAdChange:
    """A change of the small account."""
    return ApplyAdChange(
        change_kind=kind,
        customer_id=CUSTOMER,
        resource=resource,
        field=FIELDS.get(kind, "status"),
        before=before,
        after=after,
        currency=currency,
    )


def budget_change(ads: Ads, raise_micros: int = 1_000_000) -> ApplyAdChange:
    """The first budget, raised."""
    name, amount = next(iter(ads.budgets().items()))
    return change(AdChangeKind.SET_BUDGET, name, str(amount), str(amount + raise_micros))


def changes(ads: Ads) -> list[ApplyAdChange]:
    """One change of each kind, each from what stands there now."""
    campaigns = ads.rows(
        "SELECT campaign.resource_name, campaign.maximize_conversions.target_cpa_micros FROM campaign"
        " WHERE campaign.bidding_strategy_type = 'MAXIMIZE_CONVERSIONS' AND campaign.status = 'ENABLED'"
    )
    costs = [(row.campaign.resource_name, row.campaign.maximize_conversions.target_cpa_micros) for row in campaigns[:1]]
    returns = [
        (row.campaign.resource_name, f"{row.campaign.maximize_conversion_value.target_roas:g}")
        for row in ads.rows(
            "SELECT campaign.resource_name, campaign.maximize_conversion_value.target_roas FROM campaign"
            " WHERE campaign.bidding_strategy_type = 'MAXIMIZE_CONVERSION_VALUE' AND campaign.status = 'ENABLED'"
        )
    ]
    bids = {
        row.ad_group_criterion.resource_name: row.ad_group_criterion.cpc_bid_micros
        for row in ads.rows(
            "SELECT ad_group_criterion.resource_name, ad_group_criterion.cpc_bid_micros FROM ad_group_criterion"
            " WHERE ad_group_criterion.status = 'ENABLED' AND ad_group_criterion.negative = FALSE"
        )
    }
    keyword, bid = next(iter(bids.items()))
    ad = ads.names("ad_group_ad")[0]
    target = [change(AdChangeKind.SET_TARGET_CPA, name, str(cost), str(cost + 500_000)) for name, cost in costs]
    return [
        budget_change(ads),
        *target,
        *(change(AdChangeKind.SET_TARGET_ROAS, name, ratio, "1.75") for name, ratio in returns[:1]),
        change(AdChangeKind.SET_BID, keyword, str(bid), str(bid + 10_000)),
        change(AdChangeKind.PAUSE_KEYWORD, keyword, "ENABLED", "PAUSED"),
        change(AdChangeKind.ENABLE_KEYWORD, keyword, "PAUSED", "ENABLED"),
        change(AdChangeKind.PAUSE_AD, ad, "ENABLED", "PAUSED"),
        change(AdChangeKind.ENABLE_AD, ad, "PAUSED", "ENABLED"),
        change(AdChangeKind.ADD_NEGATIVE_KEYWORD, ads.names("campaign")[0], "", "EXACT:free posters"),
    ]
