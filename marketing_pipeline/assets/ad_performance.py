"""Ad performance: what the ad account did, day by day, as far as it is known."""

from datetime import timedelta
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

import dagster as dg

from marketing_pipeline.assets.partitions import BRAND_WEEK, brand_and_week
from marketing_pipeline.assets.tables_for_people import table
from marketing_pipeline.domain.account_day import account_day
from marketing_pipeline.domain.money import MICROS, Money
from marketing_pipeline.settings import Service, google_ads_installed
from marketing_pipeline.workplace import Workplace

if TYPE_CHECKING:
    from marketing_pipeline.domain.brand import Brand

FRESH_DAYS = 2
"""A day may be missed, by an outage or a spent quota, before people are told."""
_CAMPAIGNS = """
    SELECT campaign, currency, sum(cost_micros)::BIGINT AS cost_micros, sum(clicks)::BIGINT AS clicks,
        sum(conversions) AS conversions, sum(conversions_value) AS value
    FROM ad_metrics
    WHERE brand = $brand AND level = 'campaign' AND day BETWEEN $first AND $last
    GROUP BY campaign_id, campaign, currency ORDER BY cost_micros DESC, campaign LIMIT 20
"""
_UNEVEN = """
    SELECT day, campaign,
        sum(cost_micros) FILTER (level = 'campaign')::BIGINT AS cost_of_campaign,
        sum(cost_micros) FILTER (level = 'ad_group')::BIGINT AS cost_of_ad_groups
    FROM ad_metrics WHERE brand = $brand AND level IN ('campaign', 'ad_group')
    GROUP BY day, campaign_id, campaign HAVING cost_of_campaign IS DISTINCT FROM cost_of_ad_groups
    ORDER BY day DESC, campaign LIMIT 20
"""


@dg.asset(partitions_def=BRAND_WEEK, group_name="ads", kinds={"googleads", "duckdb"})
def ad_performance(
    context: dg.AssetExecutionContext, workplace: dg.ResourceParam[Workplace]
) -> dg.MaterializeResult[Any]:
    """Campaigns, ad groups, keywords, search terms and ads per day, up to yesterday; recent days are read again."""
    brand_id, week = brand_and_week(context.partition_key)
    brand = workplace.brand(brand_id)
    absent = _why_absent(workplace, brand)
    if absent:
        return dg.MaterializeResult(metadata={"google_ads": absent})
    [collected] = workplace.ads.collect((brand,), week)
    if collected.problem is not None:
        raise dg.Failure(str(collected.problem), allow_retries=False)
    metadata: dict[str, Any] = {"google_ads": str(workplace.settings.modes[Service.GOOGLE_ADS])}
    if collected.collection is None:
        return dg.MaterializeResult(metadata={**metadata, "read": "nothing: no day of that week is over"})
    read = collected.collection
    rows = workplace.ads.facts.rows(_CAMPAIGNS, {"brand": brand_id, "first": week.days()[0], "last": week.days()[-1]})
    return dg.MaterializeResult(
        metadata={
            **metadata,
            "read": f"{read.first_day} to {read.last_day}, days of {read.time_zone}",
            "rows": read.row_count,
            "operations": read.operations,
            "snapshot": workplace.refresh_warehouse(),
            "the week's campaigns": table(
                ("Campaign", "Cost", "Clicks", "Conversions", "Value"),
                [
                    (
                        row["campaign"],
                        Money(micros=row["cost_micros"], currency=row["currency"]).label(),
                        row["clicks"],
                        f"{row['conversions']:.1f}",
                        Money(micros=round(row["value"] * MICROS), currency=row["currency"]).label(),
                    )
                    for row in rows
                ],
            ),
        }
    )


@dg.asset_check(asset=ad_performance, partitions_def=BRAND_WEEK)
def ad_facts_are_fresh(
    context: dg.AssetCheckExecutionContext, workplace: dg.ResourceParam[Workplace]
) -> dg.AssetCheckResult:
    """The account was read up to its yesterday, or the day before."""
    brand = workplace.brand(brand_and_week(context.partition_key)[0])
    absent = _why_absent(workplace, brand)
    account = brand.channels.google_ads
    if absent or account is None:
        return dg.AssetCheckResult(passed=True, metadata={"google_ads": absent})
    newest = workplace.ads.facts.newest(brand.brand_id, account.customer_id)
    latest = workplace.ads.facts.latest(brand.brand_id)
    metadata = {"last reading": "none" if latest is None else f"{latest.outcome} {latest.problem or ''}".strip()}
    if newest is None or newest.last_day is None or newest.time_zone is None:
        return dg.AssetCheckResult(passed=False, severity=dg.AssetCheckSeverity.WARN, metadata=metadata)
    today = account_day(workplace.clock.now(), ZoneInfo(newest.time_zone))
    return dg.AssetCheckResult(
        passed=newest.last_day >= today - timedelta(days=FRESH_DAYS),
        severity=dg.AssetCheckSeverity.WARN,
        metadata={**metadata, "read up to": str(newest.last_day), "today in the account": str(today)},
    )


@dg.asset_check(asset=ad_performance, partitions_def=BRAND_WEEK)
def ad_costs_add_up(
    context: dg.AssetCheckExecutionContext, workplace: dg.ResourceParam[Workplace]
) -> dg.AssetCheckResult:
    """On every day the ad groups of a campaign cost what the campaign cost."""
    brand_id, _ = brand_and_week(context.partition_key)
    uneven = workplace.ads.facts.rows(_UNEVEN, {"brand": brand_id})
    headings = ("day", "campaign", "cost_of_campaign", "cost_of_ad_groups")
    return dg.AssetCheckResult(
        passed=not uneven,
        severity=dg.AssetCheckSeverity.WARN,
        metadata={"differences": table(headings, [tuple(row[name] for name in headings) for row in uneven])},
    )


def _why_absent(workplace: Workplace, brand: "Brand") -> str:
    """Why there is nothing to read; empty where there is."""
    if brand.channels.google_ads is None:
        return "this brand has no ad account (channels.google_ads in brand.yaml)"
    if not google_ads_installed():
        return "the package google-ads is not installed: pip install -e '.[ads]'"
    return "switched off; nothing was read" if workplace.settings.is_off(Service.GOOGLE_ADS) else ""
