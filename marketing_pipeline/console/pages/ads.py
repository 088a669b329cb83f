"""The ad accounts: the month's money, how they respond to it, what is odd or wasted, and every change."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from marketing_pipeline.console.ad_charts import curve_figures, learnt_figure, outcome_figures, pacing_figure
from marketing_pipeline.console.ad_evidence import accounts_read, has_ads
from marketing_pipeline.console.desk import Desk, desk_of
from marketing_pipeline.console.page import page
from marketing_pipeline.domain.ad_change import OPEN, AdChangeState
from marketing_pipeline.domain.ad_value import step
from marketing_pipeline.domain.ad_verdict_words import figure, forecast_band, seen
from marketing_pipeline.domain.money import MICROS
from marketing_pipeline.domain.person import Permission
from marketing_pipeline.domain.week import Week

if TYPE_CHECKING:
    from marketing_pipeline.domain.ad_analysis import AdAnalysis
    from marketing_pipeline.domain.ad_waste import Waste
    from marketing_pipeline.domain.brand import Brand
    from marketing_pipeline.store.ad_change_row import AdChange

MOST_CHANGES = 200
MOST_WASTE = 50
_MONTH = """
    WITH newest AS (SELECT brand, max(day) AS day FROM ad_metrics WHERE level = 'campaign' GROUP BY brand)
    SELECT brand, any_value(currency), max(newest.day), sum(cost_micros)::BIGINT, sum(conversions)
    FROM ad_metrics JOIN newest USING (brand)
    WHERE level = 'campaign' AND ad_metrics.day >= date_trunc('month', newest.day)
    GROUP BY brand
"""


def ads(request: Request) -> Response:
    """Every account in a line; of the brand that is chosen, all that its figures say."""
    desk = desk_of(request)
    desk.person.require(Permission.READ)
    word = request.query_params.get("state", "")
    state = AdChangeState(word) if word in tuple(AdChangeState) else None
    changes = _changes(desk, state)
    brand = desk.brand if desk.brand and desk.brand.channels.google_ads else None
    analysis = desk.office.ad_reports.of(brand, accounts_read(desk).get(brand.brand_id)) if brand else None
    return page(
        request,
        "ads.html",
        title="Ads",
        accounts=_accounts(desk),
        analysis=analysis,
        account=brand,
        changes=[_row(change) for change in changes],
        waiting=sum(change.state is AdChangeState.AWAITING_APPROVAL for change in changes),
        state=state,
        states=tuple(AdChangeState),
        outcomes=outcome_figures(changes),
        learnt=None if brand is None else _learnt(desk, brand),
        **({} if analysis is None else _told(analysis)),
    )


def _accounts(desk: Desk) -> list[dict[str, Any]]:
    """The month so far of each account that the person sees."""
    advertisers = {name: brand for name, brand in desk.brands.items() if brand.channels.google_ads is not None}
    found = {row[0]: row[1:] for row in desk.rows(_MONTH).rows} if advertisers and has_ads(desk) else {}
    accounts: list[dict[str, Any]] = []
    for name, brand in advertisers.items():
        currency, day, cost, conversions = found.get(name, (None, None, None, None))
        budget = brand.channels.google_ads.monthly_budget if brand.channels.google_ads else None
        spent = None if cost is None else cost / MICROS
        accounts.append(
            {
                "brand": brand,
                "currency": currency,
                "until": day,
                "spent_micros": cost,
                "budget_micros": None if budget is None else round(budget * MICROS),
                "share": None if spent is None or not budget else spent / budget,
                "conversions": conversions,
            }
        )
    return accounts


def _changes(desk: Desk, state: AdChangeState | None) -> list["AdChange"]:
    """The newest changes, those that are open first."""
    from marketing_pipeline.store.ad_change_row import list_ad_changes

    states = () if state is None else (state,)
    whose = desk.shown_brands if desk.brand is not None or desk.person.brands is not None else (None,)
    with desk.place.database.read() as connection:
        found = [
            change
            for brand in whose
            for change in list_ad_changes(connection, brand=brand, states=states, limit=MOST_CHANGES)
        ]
    newest = sorted(found, key=lambda change: change.proposed_at, reverse=True)[:MOST_CHANGES]
    return sorted(newest, key=lambda change: change.state not in OPEN)


def _row(change: "AdChange") -> dict[str, Any]:
    return {
        "change": change,
        "step": step(change.payload),
        "expected": f"{figure(change, change.forecast.expected)} ({forecast_band(change)})",
        "seen": seen(change, change.outcome),
    }


def _learnt(desk: Desk, brand: "Brand") -> Any:
    from marketing_pipeline.store.ad_learnings import latest_ad_learnings

    week = Week.containing(desk.now, brand.zone)
    return learnt_figure(latest_ad_learnings(desk.place.database, brand.brand_id, week.key))


def _told(analysis: "AdAnalysis") -> dict[str, Any]:
    pacing = analysis.pacing
    return {
        "pacing": pacing,
        "pacing_chart": pacing_figure(analysis),
        "curves": curve_figures(analysis),
        "anomalies": _anomalies(analysis),
        "wasted": [_waste(analysis, item) for item in analysis.waste[:MOST_WASTE]],
        "held": analysis.held,
        "currency": analysis.account.currency,
    }


def _anomalies(analysis: "AdAnalysis") -> Sequence[dict[str, Any]]:
    names = {campaign.id: campaign.name for campaign in analysis.account.campaigns}
    return [
        {
            "day": item.day,
            "days": item.days,
            "campaign": "the whole account" if item.campaign is None else names.get(item.campaign, item.campaign),
            "what": item.kind.replace("_", " "),
            "seen": item.seen / MICROS if item.kind.startswith("price") else item.seen,
            "usual": item.usual / MICROS if item.kind.startswith("price") else item.usual,
        }
        for item in analysis.anomalies
    ]


def _waste(analysis: "AdAnalysis", item: "Waste") -> dict[str, Any]:
    account = analysis.account
    campaign = account.campaign(item.campaign)
    words = {str(keyword.criterion): keyword.text for keyword in account.keywords}
    words |= {str(ad.ad): ad.label for ad in account.ads}
    return {
        "what": item.kind.replace("_", " "),
        "subject": words.get(item.subject, item.subject),
        "campaign": campaign.name if campaign else item.campaign,
        "cost_micros": item.figures.cost_micros,
        "clicks": item.figures.clicks,
        "conversions": round(item.figures.conversions, 1),
        "expected": round(item.expected_conversions, 1),
        "wasted_micros": item.wasted_micros,
        "conflict": item.conflict,
    }


ROUTES = (Route("/ads", ads),)
