"""Where a person looks at the field of an ad change: a query for the query builder, or any client of the API."""

from marketing_pipeline.channels.google_ads.targets import keyword_of, target_of
from marketing_pipeline.domain.ad_change import AdChangeKind, ApplyAdChange

CRITERION = "campaign_criterion"


def query_for(change: ApplyAdChange) -> str:
    """The GAQL query that shows what stands in the changed field. Raises UnsupportedChange."""
    if change.change_kind is AdChangeKind.ADD_NEGATIVE_KEYWORD:
        match_type, _ = keyword_of(change.after or change.before)
        return negative_keywords_query(change.resource, match_type)
    return target_of(change).query(change.resource)


def negative_keywords_query(campaign: str, match_type: str) -> str:
    """The query for a campaign's negative keywords of one match type."""
    return (
        f"SELECT {CRITERION}.resource_name, {CRITERION}.keyword.text FROM {CRITERION}"
        f" WHERE campaign.resource_name = '{campaign}' AND {CRITERION}.negative = TRUE"
        f" AND {CRITERION}.keyword.match_type = '{match_type}' AND {CRITERION}.status != 'REMOVED'"
    )
