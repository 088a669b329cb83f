"""One ad change as pages show it: the diff, the account's figures behind it, its forecast, and what the caps leave."""

from collections.abc import Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, cast

from marketing_pipeline.console.ad_charts import outcome_figures
from marketing_pipeline.console.ad_evidence import evidence_figures
from marketing_pipeline.console.desk import Desk
from marketing_pipeline.console.figure import Figure, Kind
from marketing_pipeline.domain.ad_change import AMOUNT_KINDS, OPEN, AdChangeKind
from marketing_pipeline.domain.ad_value import field_in_words, readable
from marketing_pipeline.domain.ad_verdict_words import band, figure, forecast_band
from marketing_pipeline.domain.errors import MarketingError
from marketing_pipeline.domain.money import MICROS, Money

if TYPE_CHECKING:
    from sqlalchemy import Connection

    from marketing_pipeline.domain.ad_policy import AdCaps
    from marketing_pipeline.domain.approval import ApprovalRow
    from marketing_pipeline.domain.brand import Brand
    from marketing_pipeline.store.ad_change_row import AdChange


@dataclass(frozen=True)
class AdStory:
    """What a page needs of a change beside the change itself. `percent` is signed; None where there is no amount."""

    change: "AdChange"
    field: str
    before: str
    after: str
    percent: float | None
    expected: str
    expected_band: str
    seen: str
    seen_band: str
    figures: tuple[Figure, ...]
    evidence: tuple[tuple[str, str, str], ...]
    is_open: bool
    caps: tuple["Cap", ...]


@dataclass(frozen=True)
class Cap:
    """A bound of the policy: what it is, what is left of it before this change, and what this change takes."""

    name: str
    limit: str
    taken: str
    left: str
    holds: bool


@dataclass(frozen=True)
class Quorum:
    """Who must approve, and who has. `approvers` are the names that may; empty where anybody of the role may."""

    mode: str
    needed: int
    approved: tuple[str, ...]
    approvers: tuple[str, ...]
    proposer: str

    @property
    def missing(self) -> int:
        """How many more are needed."""
        return max(self.needed - len(self.approved), 0)


def story_of(desk: Desk, change: "AdChange", brand: "Brand | None") -> AdStory:
    """Gather it. `brand` None: its file cannot be followed, so no cap is known."""
    payload, outcome = change.payload, change.outcome
    forecast = Figure(
        title=f"Expected in {change.forecast.days} days",
        kind=Kind.INTERVAL,
        rows=_forecast_rows(change),
        x="expected",
        y="what",
        low="low",
        high="high",
        columns={"what": "What", "expected": "Middle", "low": "At least", "high": "At most"},
        reference=0,
        source="ad_changes",
        note="90 % interval; the broken line is no effect at all.",
    )
    return AdStory(
        change=change,
        field=field_in_words(payload),
        before=readable(payload, payload.before),
        after=readable(payload, payload.after),
        percent=_percent(change),
        expected=figure(change, change.forecast.expected),
        expected_band=forecast_band(change),
        seen="" if outcome is None else figure(change, outcome.effect),
        seen_band="" if outcome is None else band(change, outcome),
        figures=(*evidence_figures(desk, change), *(outcome_figures([change]) or (forecast,))),
        evidence=tuple(_evidence(row) for row in change.evidence if "figure" in row),
        is_open=change.state in OPEN,
        caps=() if brand is None or change.state not in OPEN else caps_left(desk, change, brand),
    )


def quorum_of(change: "AdChange", rows: tuple["ApprovalRow", ...], brand: "Brand | None", desk: Desk) -> Quorum | None:
    """Who must approve and who has; None without a policy."""
    from marketing_pipeline.domain.ad_approval import may_approve, people_who_approved, quorum

    policy = None if brand is None else brand.policies.ads
    if policy is None or not rows:
        return None
    proposer = rows[0].actor
    counted = [name for name in people_who_approved(rows, desk.now) if may_approve(policy, name, proposer)]
    return Quorum(
        mode=policy.approvals.mode,
        needed=quorum(policy, change.payload),
        approved=tuple(sorted(counted)),
        approvers=tuple(policy.approvals.approvers),
        proposer=proposer,
    )


def caps_left(desk: Desk, change: "AdChange", brand: "Brand") -> tuple[Cap, ...]:
    """The bounds that this change meets, as they stand in the account's day now; none without a policy."""
    policy = brand.policies.ads
    if policy is None:
        return ()
    with desk.place.database.read() as connection, suppress(MarketingError):
        return tuple(_caps(desk, connection, change, brand, policy.caps))
    return ()


def _caps(desk: Desk, connection: "Connection", change: "AdChange", brand: "Brand", caps: "AdCaps") -> Iterator[Cap]:
    from marketing_pipeline.domain.account_day import account_day
    from marketing_pipeline.domain.ad_amounts import raise_of
    from marketing_pipeline.store.ad_effect_rows import reserved_on

    payload = change.payload
    made, raised = reserved_on(connection, payload.customer_id, account_day(desk.now, brand.zone))
    left = caps.changes_per_day - made
    yield Cap("Changes of the account in a day", str(caps.changes_per_day), "1", str(max(left, 0)), left >= 1)
    percent = _percent(change)
    if percent is not None:
        limit = caps.change_percent
        yield Cap("Change of one amount", f"{limit:g} %", f"{abs(percent):.1f} %", "", abs(percent) <= limit)
    if payload.change_kind is not AdChangeKind.SET_BUDGET:
        return
    before, after, rise = int(payload.before), int(payload.after), raise_of(payload)

    def said(micros: float) -> str:
        return Money(micros=round(micros), currency=payload.currency).label()

    step, most = abs(after - before), caps.change_amount * MICROS
    yield Cap("Change of one daily budget", said(most), said(step), "", step <= most)
    room = caps.raise_per_day * MICROS - raised
    yield Cap("Raises of all budgets in a day", said(caps.raise_per_day * MICROS), said(rise), said(room), rise <= room)
    low, high = caps.budget_floor * MICROS, caps.budget_ceiling * MICROS
    yield Cap("One daily budget", f"{said(low)} to {said(high)}", said(after), "", low <= after <= high)


def _percent(change: "AdChange") -> float | None:
    payload = change.payload
    if payload.change_kind not in AMOUNT_KINDS or not float(payload.before):
        return None
    return (float(payload.after) / float(payload.before) - 1) * 100


def _evidence(row: Mapping[str, Any]) -> tuple[str, str, str]:
    """Name, value and interval of a figure that the reason rests on; lists are names."""
    values = [value for name, value in row.items() if name not in ("figure", "low", "high")]
    between = f"{_said(row['low'])} to {_said(row['high'])}" if "low" in row and "high" in row else ""
    return str(row["figure"]), ", ".join(map(_said, values)), between


def _said(value: object) -> str:
    """A figure with its leading digits: a chance of 0.0008 is not nothing."""
    if isinstance(value, list):
        return ", ".join(map(str, cast(list[object], value)))
    if isinstance(value, float) and not value.is_integer():
        return f"{value:,.2f}" if abs(value) >= 1 else f"{value:.2g}"
    return f"{value:,.0f}" if isinstance(value, (int, float)) else str(value)


def _forecast_rows(change: "AdChange") -> list[dict[str, Any]]:
    forecast = change.forecast
    unit = MICROS if forecast.metric == "cost_micros" else 1
    name = f"cost in {change.payload.currency}" if unit != 1 else forecast.metric.replace("_", " ")
    values = {"expected": forecast.expected, "low": forecast.low, "high": forecast.high}
    return [{"what": name, **{key: value / unit for key, value in values.items()}}]
