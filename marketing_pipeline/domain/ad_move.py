"""One change of a setting that the figures speak for: what changes, the figures behind it, and what it should do."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

from marketing_pipeline.domain.ad_account import AdAccountHistory
from marketing_pipeline.domain.ad_change import AdChangeKind, ApplyAdChange, Forecast, RiskClass
from marketing_pipeline.domain.ad_figures import Figures
from marketing_pipeline.domain.ad_policy import AdCaps
from marketing_pipeline.domain.money import MICROS

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]

DRAWS = 1_000
LARGEST_STEP = 0.2
"""No target or bid moves further at once, whatever the caps allow: that larger steps make bidding learn anew is
practitioners' lore, and smaller ones are easier to judge."""
Metric = Literal["conversions", "cost_micros", "conversions_value"]


@dataclass(frozen=True)
class AdMove:
    """A change with its figures. `finding` is the plain sentence that they come to."""

    payload: ApplyAdChange
    label: str
    finding: str
    evidence: tuple[dict[str, Any], ...]
    forecast: Forecast
    risk: RiskClass
    money_micros: int
    """What is at stake in `forecast.days`, to rank by."""


def setting(
    account: AdAccountHistory, kind: AdChangeKind, resource: str, field: str, before: str, after: str
) -> ApplyAdChange:
    """A change of one field of one of the account's resources."""
    return ApplyAdChange(
        change_kind=kind,
        customer_id=account.customer_id,
        resource=resource,
        field=field,
        before=before,
        after=after,
        currency=account.currency,
    )


def stepped(now: int, aim: float, caps: AdCaps, unit: int, ceiling: float) -> int:
    """The amount nearest to `aim` that one step within the caps reaches, in whole units; `now` where none does.

    `ceiling` is in units of the currency.
    """
    reach = min(caps.change_percent / 100, LARGEST_STEP) * now
    most = min(now + reach, ceiling * MICROS)
    if aim > now:
        return max(int(min(aim, most) // unit * unit), now) if now <= most else now
    least = max(now - reach, unit)
    after = -int(-max(aim, least) // unit) * unit
    return after if 0 < after < now and after <= ceiling * MICROS else now


def luck(*names: int) -> "np.random.Generator":
    """The draws behind one move: the same for the same things."""
    import numpy as np

    return np.random.default_rng(names)


def rates(conversions: float, exposure: float, chance: "np.random.Generator") -> "Floats":
    """Draws of conversions per unit of exposure (micros, clicks), given those seen: gamma, with half a one as prior."""
    return chance.gamma(conversions + 0.5, size=DRAWS) / exposure


def forecast_of(metric: Metric, days: int, daily: "Floats") -> Forecast:
    """Mean and 90 % interval over `days` of draws of one day."""
    import numpy as np

    low, high = (float(end) for end in np.quantile(daily, (0.05, 0.95)))
    expected = float(daily.mean())
    return Forecast(
        metric=metric,
        days=days,
        expected=round(expected * days, 3),
        low=round(min(low, expected) * days, 3),
        high=round(max(high, expected) * days, 3),
    )


def cost_per_conversion(figures: Figures) -> float:
    """In micros; of fewer than one conversion, the whole cost."""
    return figures.cost_micros / max(figures.conversions, 1.0)


def rows_of(figures: Figures, whose: str, days: int) -> Sequence[dict[str, Any]]:
    """Evidence: what something came to in so many days."""
    return (
        {"figure": f"cost of {whose}", "value": round(figures.cost_micros / MICROS, 2), "days": days},
        {"figure": f"clicks of {whose}", "value": figures.clicks, "days": days},
        {"figure": f"conversions of {whose}", "value": round(figures.conversions, 2), "days": days},
    )
