"""Ad accounts and candidates as corpora write them, made into what the ads analyst is given."""

from datetime import date
from typing import Any

from marketing_pipeline.domain.ad_account import AdAccountHistory
from marketing_pipeline.domain.ad_analysis import AdAnalysis
from marketing_pipeline.domain.ad_anomaly import Anomaly, AnomalyKind
from marketing_pipeline.domain.ad_candidate import AdCandidate
from marketing_pipeline.domain.ad_change import AdChangeKind, ApplyAdChange, Forecast, RiskClass
from marketing_pipeline.domain.ad_pacing import MonthPacing, Pace
from marketing_pipeline.domain.ad_response import Interval
from marketing_pipeline.domain.money import MICROS
from marketing_pipeline.evals.score import Json

_CUSTOMER = "1234567890"
_NAMED: dict[AdChangeKind, tuple[str, str, str, str]] = {
    AdChangeKind.SET_BUDGET: ("campaignBudgets/1", "amount_micros", "1000000", "2000000"),
    AdChangeKind.SET_BID: ("adGroupCriteria/1~1", "cpc_bid_micros", "400000", "520000"),
    AdChangeKind.PAUSE_KEYWORD: ("adGroupCriteria/1~2", "status", "ENABLED", "PAUSED"),
    AdChangeKind.PAUSE_AD: ("adGroupAds/1~3", "status", "ENABLED", "PAUSED"),
    AdChangeKind.ADD_NEGATIVE_KEYWORD: ("campaigns/1", "negative_keyword", "", "EXACT:as labelled"),
}
"""What a change of each kind does. The analyst is told neither resource nor values: labels and findings say it all."""


def account_of(context: Json) -> AdAnalysis:
    """The situation's `account`: pacing and odd days, and nothing held back."""
    told = context["account"]
    pacing: Json | None = told["pacing"]
    today = date.fromisoformat(f"{pacing['month'] if pacing else '2027-01'}-22")
    return AdAnalysis(
        account=AdAccountHistory(customer_id=_CUSTOMER, currency=told["currency"], today=today),
        pacing=None if pacing is None else _pacing(pacing),
        anomalies=tuple(_odd(row) for row in told["odd_days"]),
        waste=(),
        curves={},
        reallocation=None,
        moves=(),
        held=(),
    )


def candidates_of(context: Json) -> tuple[AdCandidate, ...]:
    """The situation's `candidates`, with its own ids, labels, findings and figures."""
    return tuple(_candidate(row, context["account"]["currency"]) for row in context["candidates"])


def _pacing(row: Json) -> MonthPacing:
    budget: float | None = row["month_budget"]
    return MonthPacing(
        month=row["month"],
        days_left=8,
        spent=_micros(row["spent"]),
        projected=Interval(low=_micros(row["low"]), expected=_micros(row["projected"]), high=_micros(row["high"])),
        limit=_micros(row["projected"]),
        month_budget=None if budget is None else _micros(budget),
        pace=Pace(row["pace"]),
    )


def _odd(row: Json) -> Anomaly:
    """Of one campaign, named by its number, or of them all. How strong it was, the analyst is not told."""
    campaign = None if row["campaign"] == "all" else int(row["campaign"])
    day, kind = date.fromisoformat(row["day"]), AnomalyKind(row["kind"])
    return Anomaly(campaign=campaign, day=day, kind=kind, seen=0.0, usual=0.0, strength=1.0, days=row["days"])


def _candidate(row: Json, currency: str) -> AdCandidate:
    kind = AdChangeKind(row["kind"])
    resource, field, before, after = _NAMED[kind]
    payload = ApplyAdChange(
        change_kind=kind,
        customer_id=_CUSTOMER,
        resource=f"customers/{_CUSTOMER}/{resource}",
        field=field,
        before=before,
        after=after,
        currency=currency,
    )
    return AdCandidate(
        id=row["id"],
        payload=payload,
        label=row["label"],
        finding=row["finding"],
        evidence=tuple(row["evidence"]),
        forecast=_forecast(row["forecast"]),
        risk=RiskClass(row["risk"]),
        money_micros=0,
    )


def _forecast(row: Json) -> Forecast:
    costs = row["metric"].startswith("cost in ")
    figures: dict[str, Any] = {name: row[name] * MICROS if costs else row[name] for name in ("expected", "low", "high")}
    return Forecast(metric="cost_micros" if costs else row["metric"], days=row["days"], **figures)


def _micros(units: float) -> int:
    return round(units * MICROS)
