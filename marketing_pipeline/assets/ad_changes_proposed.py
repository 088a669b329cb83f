"""Proposed ad changes: what the figures suggest, chosen and worded by the ads analyst, applied by nobody yet."""

from typing import TYPE_CHECKING, Any

import dagster as dg

from marketing_pipeline.assets.ad_outcomes import ad_outcomes
from marketing_pipeline.assets.ad_performance import ad_performance
from marketing_pipeline.assets.partitions import BRAND_WEEK, brand_and_week
from marketing_pipeline.assets.tables_for_people import Table, table
from marketing_pipeline.domain.money import Money
from marketing_pipeline.workplace import Workplace

if TYPE_CHECKING:
    from marketing_pipeline.domain.ad_analysis import AdAnalysis
    from marketing_pipeline.store.ad_change_row import AdChange
    from marketing_pipeline.workflows.brand_week import BrandWeek
    from marketing_pipeline.workflows.propose_ad_changes import ProposedAdChanges


@dg.asset(partitions_def=BRAND_WEEK, group_name="ads", deps=[ad_performance, ad_outcomes], kinds={"python", "claude"})
def ad_changes_proposed(
    context: dg.AssetExecutionContext, workplace: dg.ResourceParam[Workplace]
) -> dg.MaterializeResult[Any]:
    """Changes to the ad account that are worth a decision, each with its reason, figures and what to expect."""
    from marketing_pipeline.store.ad_changes import AdChanges
    from marketing_pipeline.workflows.analyse_ads import analyse_ads

    work = workplace.brand_week(*brand_and_week(context.partition_key))
    analysis = analyse_ads(work, workplace.ads.facts)
    if analysis is None:
        return dg.MaterializeResult(metadata={"proposals": 0, "why": "no figures of an ad account have been read yet"})
    workplace.health.settle_ads(work.brand.brand_id, analysis)
    proposed = workplace.providers.kept.run(_propose(workplace, work, analysis))
    rows = AdChanges(work.database, work.audit).of_week(work.brand.brand_id, work.week.key)
    return dg.MaterializeResult(
        metadata={
            "proposals": len(proposed.recorded.stored),
            "open already": len(proposed.recorded.repeated),
            "replaced": len(proposed.recorded.superseded),
            "policy": "in force" if work.brand.policies.ads else "none: without policies.ads nothing is proposed",
            "in words": proposed.advice.account_summary if proposed.advice else "Nothing to choose from.",
            "changes": _changes(rows),
            "pacing": _pacing(analysis),
            "odd days": _odd_days(analysis),
            "left alone": table(("What", "Why"), ((item.subject, item.why) for item in proposed.left_alone)),
        }
    )


async def _propose(workplace: Workplace, work: "BrandWeek", analysis: "AdAnalysis") -> "ProposedAdChanges":
    from marketing_pipeline.workflows.propose_ad_changes import propose_ad_changes

    async with workplace.providers.language_model() as model:
        return await propose_ad_changes(work, model, analysis, workplace.plane.ad_proposals)


def _changes(rows: "tuple[AdChange, ...]") -> Table:
    from marketing_pipeline.domain.ad_value import readable
    from marketing_pipeline.domain.ad_verdict_words import figure, forecast_band

    return table(
        ("Change", "From", "To", "Why", "Expected", "90 % interval", "Risk", "State"),
        (
            (
                change.label,
                readable(change.payload, change.payload.before),
                readable(change.payload, change.payload.after),
                change.reason,
                figure(change, change.forecast.expected),
                forecast_band(change),
                change.risk,
                change.state,
            )
            for change in rows
        ),
    )


def _pacing(analysis: "AdAnalysis") -> Table:
    pacing = analysis.pacing
    if pacing is None:
        return table(("Month",), ())

    def money(micros: float | None) -> str:
        return "–" if micros is None else Money(micros=round(micros), currency=analysis.account.currency).label()

    ends = pacing.projected
    row = (
        pacing.month,
        money(pacing.spent),
        money(ends.expected),
        f"{money(ends.low)} to {money(ends.high)}",
        money(pacing.month_budget),
        pacing.pace.replace("_", " "),
    )
    return table(("Month", "Spent", "Whole month", "90 % interval", "Budget", "Pace"), [row])


def _odd_days(analysis: "AdAnalysis") -> Table:
    names = {campaign.id: campaign.name for campaign in analysis.account.campaigns}
    rows = [
        (
            item.day if item.days == 1 else f"{item.day}, {item.days} days",
            "the whole account" if item.campaign is None else names.get(item.campaign, item.campaign),
            item.kind.replace("_", " "),
            f"{item.seen:,.0f}",
            f"{item.usual:,.0f}",
        )
        for item in analysis.anomalies
    ]
    return table(("Day", "Campaign", "What", "Seen", "Usual"), rows)


@dg.asset_check(asset=ad_changes_proposed, partitions_def=BRAND_WEEK)
def proposals_stay_within_policy(
    context: dg.AssetCheckExecutionContext, workplace: dg.ResourceParam[Workplace]
) -> dg.AssetCheckResult:
    """Every open proposal of the week keeps the caps, and a brand without a policy has none."""
    from marketing_pipeline.domain.ad_amounts import require_bounds
    from marketing_pipeline.domain.ad_change import OPEN
    from marketing_pipeline.domain.errors import MarketingError
    from marketing_pipeline.store.ad_changes import AdChanges

    work = workplace.brand_week(*brand_and_week(context.partition_key))
    policy = work.brand.policies.ads
    outside: list[str] = []
    changes = AdChanges(work.database, work.audit)
    for change in changes.of_week(work.brand.brand_id, work.week.key):
        if change.state not in OPEN:
            continue
        try:
            if policy is None:
                outside.append(f"{change.label}: there is no policy")
            else:
                undoes = changes.get(change.rolls_back).payload if change.rolls_back else None
                require_bounds(change.payload, policy.caps, undoes=undoes)
        except MarketingError as error:
            outside.append(f"{change.label}: {error.message}")
    return dg.AssetCheckResult(passed=not outside, metadata={"outside": outside})
