"""Every kind of resource that can be changed."""

from marketing_pipeline.sandbox.google_ads import ad_groups, ads, campaign_budgets, campaigns, keywords

KINDS = (
    campaign_budgets.KIND,
    campaigns.KIND,
    ad_groups.KIND,
    ads.KIND,
    keywords.KEYWORD,
    keywords.NEGATIVE_KEYWORD,
)
BY_COLLECTION = {kind.collection: kind for kind in KINDS}
BY_METHOD = {kind.method: kind for kind in KINDS}
BY_MESSAGE = {kind.message: kind for kind in KINDS}
BY_OPERATION = {f"{kind.field}_operation": kind for kind in KINDS}
"""By the field of MutateOperation that holds a change of it."""
