"""Amounts that must never pass, and honest ones, for whoever draws them."""

from typing import Any

from hypothesis import strategies as st
from pydantic import ValidationError

from marketing_pipeline.domain.ad_amounts import require_bounds
from marketing_pipeline.domain.ad_change import AdChangeKind, ApplyAdChange
from marketing_pipeline.domain.ad_policy import AdCaps
from marketing_pipeline.domain.approval import Unauthorized

CAPS = AdCaps(
    change_percent=100,
    change_amount=1_000_000,
    raise_per_day=1_000_000,
    account_daily_budget=10_000_000,
    budget_floor=0.02,
    budget_ceiling=10_000_000,
    bid_ceiling=100,
)
POUND = 1_000_000
AMOUNTS = st.integers(min_value=20_000, max_value=10**12).map(lambda cents: cents // 10_000 * 10_000)
BROKEN: st.SearchStrategy[Any] = st.one_of(
    st.sampled_from(
        ["0", "00", "-1", "+20000000", "NaN", "nan", "inf", "-inf", "Infinity", "1e308", "5,000", "5.0", "", " "]
    ),
    st.sampled_from([True, False, None, 0, 24_000_000, 24.5, float("nan"), float("inf"), 1e308]),
    st.integers(max_value=0).map(str),
    st.floats().map(str),
    AMOUNTS.map(lambda micros: f"{micros:,}" if micros >= 1000 else "1,0"),
    AMOUNTS.map(lambda micros: f"0{micros}"),
    AMOUNTS.map(lambda micros: f"{micros} "),
    st.integers(min_value=10**15).map(str),
    st.sampled_from(["٢٤٠٠٠٠٠٠", "２４００００００", "²4000000", "2_4000000"]),
    st.integers(min_value=1, max_value=10**9).filter(lambda micros: micros % 10_000 != 0).map(str),
)
"""What may stand where an amount belongs."""


def change(**changes: Any) -> ApplyAdChange:
    """A budget from twenty pounds to twenty-four, unchecked: what a forged or broken row could hold."""
    content: dict[str, Any] = {
        "change_kind": AdChangeKind.SET_BUDGET,
        "customer_id": "1234567890",
        "resource": "customers/1234567890/campaignBudgets/7",
        "field": "amount_micros",
        "before": str(20 * POUND),
        "after": str(24 * POUND),
        "currency": "GBP",
    }
    return ApplyAdChange.model_construct(**{**content, **changes})


def slip(before: int, factor: int, up: bool) -> ApplyAdChange:
    """A change by a factor that only a mistaken unit can have."""
    after = before * factor if up else before // factor // 10_000 * 10_000
    return change(before=str(before), after=str(after))


def passes(candidate: ApplyAdChange, caps: AdCaps = CAPS) -> bool:
    """Whether both the model and the rules let it through."""
    try:
        ApplyAdChange.model_validate(candidate.model_dump(warnings=False))
        require_bounds(candidate, caps)
    except (ValidationError, Unauthorized):
        return False
    return True
