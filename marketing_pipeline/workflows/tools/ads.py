"""An ad account at a glance: spend, pacing, what the figures suggest, what is proposed."""

from typing import Any

from marketing_pipeline.agents.ads_analyst import forecast_row
from marketing_pipeline.domain.ad_account import AdAccountHistory
from marketing_pipeline.domain.ad_analysis import AdAnalysis
from marketing_pipeline.domain.ad_candidate import candidates
from marketing_pipeline.domain.ad_change import OPEN
from marketing_pipeline.domain.brand import Brand
from marketing_pipeline.domain.errors import NotFound
from marketing_pipeline.domain.money import MICROS
from marketing_pipeline.store.ad_change_row import list_ad_changes
from marketing_pipeline.workflows.analyse_ads import analyse_ads
from marketing_pipeline.workflows.brand_week import BrandWeek
from marketing_pipeline.workflows.tools.answer import ToolAnswer
from marketing_pipeline.workflows.tools.context import ToolContext
from marketing_pipeline.workflows.tools.places import ADS, ad_change_link
from marketing_pipeline.workflows.tools.tool import Arguments, BrandName, Tool

LOOKED_BACK_DAYS = 28
MOST = 8


class _Ads(Arguments):
    brand: BrandName = None


def analysis_of(context: ToolContext, brand: Brand) -> AdAnalysis:
    """What the figures of the brand's account say. Raises NotFound where there is none, or none was read yet."""
    work = BrandWeek(brand, context.week_of(brand), context.database, context.audit, context.clock)
    analysis = analyse_ads(work, context.ad_facts)
    if analysis is None:
        raise NotFound(
            f"{brand.id} has no ad account, or it was not read yet.",
            "Add channels.google_ads to its brand.yaml, or wait for the daily reading.",
        )
    return analysis


def _ads_overview(context: ToolContext, asked: _Ads) -> ToolAnswer:
    brand = context.one(asked.brand)
    analysis = analysis_of(context, brand)
    account = analysis.account
    with context.database.read() as connection:
        changes = list_ad_changes(connection, brand=brand.brand_id, limit=MOST)
    suggested = candidates(analysis, brand.policies.ads, most=MOST)
    return ToolAnswer(
        summary=f"ads of {brand.id}",
        data={
            "brand": brand.id,
            "currency": account.currency,
            "until": account.today,
            "month": _pacing(analysis),
            "campaigns": _campaigns(account),
            "suggested_by_the_figures": [
                {
                    "candidate": item.id,
                    "kind": item.payload.change_kind,
                    "forecast": forecast_row(item.forecast, account.currency),
                }
                for item in suggested
            ],
            "changes": [
                {"change": change.id, "state": change.state, "open": change.state in OPEN} for change in changes
            ],
            "odd_days": [
                {"kind": odd.kind, "from": odd.day, "days": odd.days, "campaign": odd.campaign}
                for odd in analysis.anomalies[:MOST]
            ],
            "may_be_changed": brand.policies.ads is not None,
        },
        untrusted={
            "campaign_names": {str(item.id): item.name for item in account.campaigns},
            "findings": {item.id: item.finding for item in suggested},
            "left_alone": [f"{held.subject}: {held.why}" for held in analysis.held[:MOST]],
            "labels": {change.id: change.label for change in changes},
        },
        links=[ADS, *(ad_change_link(change.id) for change in changes[-5:])],
    )


def _pacing(analysis: AdAnalysis) -> dict[str, Any] | None:
    pacing = analysis.pacing
    if pacing is None:
        return None
    return {
        "month": pacing.month,
        "spent": _units(pacing.spent),
        "budget": None if pacing.month_budget is None else _units(pacing.month_budget),
        "expected_at_its_end": _units(pacing.projected.expected),
        "interval_90_percent": [_units(pacing.projected.low), _units(pacing.projected.high)],
        "pace": pacing.pace,
        "days_left": pacing.days_left,
    }


def _campaigns(account: AdAccountHistory) -> list[dict[str, Any]]:
    """Each campaign with its daily budget and its figures of the last four weeks."""
    told: list[dict[str, Any]] = []
    for item in account.campaigns:
        rows = [row for row in account.days_of(item.id) if (account.today - row.day).days <= LOOKED_BACK_DAYS]
        budget = account.budget(item.budget)
        told.append(
            {
                "campaign": str(item.id),
                "status": item.status,
                "learning": item.learns,
                "daily_budget": None if budget is None else _units(budget.amount_micros),
                "cost_28_days": _units(sum(row.cost_micros for row in rows)),
                "clicks_28_days": sum(row.clicks for row in rows),
                "conversions_28_days": round(sum(row.conversions for row in rows), 1),
            }
        )
    return told


def _units(micros: float) -> float:
    return round(micros / MICROS, 2)


ADS_OVERVIEW = Tool(
    name="ads_overview",
    description=(
        "The ad account of a brand: spend and pacing of the month, campaigns with budget and four weeks of figures, "
        "what the figures suggest to change, and the newest changes. Use it before you propose an ad change."
    ),
    arguments=_Ads,
    run=_ads_overview,
)
