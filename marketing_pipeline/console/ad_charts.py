"""Charts of an ad account: the month's money, how conversions respond to it, and what came of forecasts."""

from collections.abc import Iterable, Sequence
from datetime import date, timedelta
from typing import TYPE_CHECKING, Any

from marketing_pipeline.console.figure import Figure, Kind, Unit
from marketing_pipeline.domain.money import MICROS, Money

if TYPE_CHECKING:
    from marketing_pipeline.domain.ad_account import AdAccountHistory
    from marketing_pipeline.domain.ad_analysis import AdAnalysis
    from marketing_pipeline.domain.ad_learning import AdChangeEffect
    from marketing_pipeline.domain.ad_response import ResponseCurve
    from marketing_pipeline.store.ad_change_row import AdChange

MOST_CURVES = 12
_LEAST, _MOST, _POINTS = 0.25, 2.0, 15
"""Budgets that a curve is drawn for, as shares of the present one."""


def pacing_figure(analysis: "AdAnalysis") -> Figure:
    """What the month has cost day by day, and where it will end."""
    account, pacing = analysis.account, analysis.pacing
    budget = account.month_budget_micros
    return Figure(
        title="The month's money",
        kind=Kind.BAND,
        rows=_paced(analysis),
        x="day",
        y="spent",
        low="low",
        high="high",
        columns={"day": "Day", "spent": "Spent by then", "low": "At least", "high": "At most"},
        unit=Unit.MONEY,
        currency=account.currency,
        reference=None if budget is None else budget / MICROS,
        source="ad_metrics",
        note="The last point is the end of the month with its 90 % interval; the broken line is the month's budget.",
        empty="No running campaign has seven days of figures yet." if pacing is None else "The month has just begun.",
    )


def _paced(analysis: "AdAnalysis") -> list[dict[str, Any]]:
    account, pacing = analysis.account, analysis.pacing
    first, spent = account.today.replace(day=1), 0
    costs: dict[date, int] = {}
    for row in account.campaign_days:
        if first <= row.day < account.today:
            costs[row.day] = costs.get(row.day, 0) + row.cost_micros
    rows: list[dict[str, Any]] = []
    for day in sorted(costs):
        spent += costs[day]
        whole = spent / MICROS
        rows.append({"day": day, "spent": whole, "low": whole, "high": whole})
    if pacing is not None:
        ends, last = pacing.projected, account.today + timedelta(days=pacing.days_left - 1)
        figures = {"spent": ends.expected, "low": ends.low, "high": ends.high}
        rows.append({"day": last, **{name: round(value / MICROS, 2) for name, value in figures.items()}})
    return rows


def curve_figures(analysis: "AdAnalysis") -> tuple[Figure, ...]:
    """One curve a budget, the largest first."""
    account = analysis.account
    by_size = sorted(analysis.curves.items(), key=lambda item: (-item[1].budget, item[0]))
    return tuple(_curve_figure(account, resource, curve) for resource, curve in by_size[:MOST_CURVES])


def _curve_figure(account: "AdAccountHistory", resource: str, curve: "ResponseCurve") -> Figure:
    budgets = [curve.budget * (_LEAST + (_MOST - _LEAST) * at / (_POINTS - 1)) for at in range(_POINTS)]
    seen = [(budget, curve.conversions(budget)) for budget in budgets]
    marginal = curve.marginal(curve.spend)
    now = Money(micros=curve.budget, currency=account.currency).label()
    return Figure(
        title=" and ".join(campaign.name for campaign in account.spending_from(resource)) or resource,
        kind=Kind.BAND,
        rows=[
            {"budget": round(budget / MICROS, 2), "conversions": at.expected, "low": at.low, "high": at.high}
            for budget, at in seen
        ],
        x="budget",
        y="conversions",
        low="low",
        high="high",
        columns={
            "budget": f"{account.currency} a day",
            "conversions": "Conversions a day",
            "low": "At least",
            "high": "At most",
        },
        source="ad_metrics",
        note=(
            f"Now {now} a day. One more {account.currency} a day brings {marginal.expected:.3f} conversions"
            f" ({marginal.low:.3f} to {marginal.high:.3f}); {curve.weeks} weeks behind it."
        ),
    )


def outcome_figures(changes: Iterable["AdChange"]) -> tuple[Figure, ...]:
    """Forecast and what was seen of judged changes, one chart a unit, the latest on top."""
    groups: dict[tuple[str, str], list[dict[str, Any]]] = {}
    for change in changes:
        outcome, forecast = change.outcome, change.forecast
        if outcome is None or outcome.effect is None:
            continue
        currency = change.payload.currency if forecast.metric == "cost_micros" else ""
        scale = outcome.days / forecast.days
        unit = MICROS if currency else 1
        promised = [value * scale / unit for value in (forecast.low, forecast.expected, forecast.high)]
        found = [None if value is None else value / unit for value in (outcome.low, outcome.effect, outcome.high)]
        rows = groups.setdefault((forecast.metric, currency), [])
        rows += [_band(change, "forecast", promised), _band(change, "seen", found)]
    return tuple(_outcomes(metric, currency, rows) for (metric, currency), rows in groups.items())


def _band(change: "AdChange", what: str, values: Sequence[float | None]) -> dict[str, Any]:
    low, expected, high = values
    return {"change": change.label, "what": what, "expected": expected, "low": low, "high": high}


def _outcomes(metric: str, currency: str, rows: list[dict[str, Any]]) -> Figure:
    name = metric.removesuffix("_micros").replace("_", " ")
    return Figure(
        title=f"Forecast and outcome: {name}{f' in {currency}' if currency else ''}",
        kind=Kind.INTERVAL,
        rows=rows,
        x="expected",
        y="change",
        series="what",
        low="low",
        high="high",
        columns={"change": "Change", "what": "What", "expected": "Middle", "low": "At least", "high": "At most"},
        reference=0,
        source="ad_changes",
        note="Each forecast for as many days as were looked at, with 90 % intervals.",
    )


def learnt_figure(effects: Sequence["AdChangeEffect"]) -> Figure:
    """What came about of forecasts, by kind of change."""
    return Figure(
        title="What came about of forecasts",
        kind=Kind.INTERVAL,
        rows=[
            {
                "kind": effect.level.replace("_", " "),
                "multiple": round(effect.multiple, 3),
                "low": round(effect.low, 3),
                "high": round(effect.high, 3),
                "changes": len(effect.evidence),
            }
            for effect in effects
        ],
        x="multiple",
        y="kind",
        low="low",
        high="high",
        columns={
            "kind": "Kind of change",
            "multiple": "Multiple of the forecast",
            "low": "At least",
            "high": "At most",
            "changes": "Changes behind it",
        },
        unit=Unit.MULTIPLE,
        reference=1,
        source="learnings",
        note="1 means that forecasts come true. Known once the 90 % interval excludes 1.",
        empty="No applied change has been judged yet: that takes two weeks and one for late conversions.",
    )
