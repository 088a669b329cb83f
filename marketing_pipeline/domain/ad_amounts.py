"""What an ad change may set: amounts within floors, ceilings and caps, statuses and keywords in their only forms."""

import re
from decimal import Decimal

from marketing_pipeline.domain.ad_change import MONEY_KINDS, RATIO, AdChangeKind, ApplyAdChange
from marketing_pipeline.domain.ad_policy import AdCaps
from marketing_pipeline.domain.ad_value import step
from marketing_pipeline.domain.approval import Unauthorized
from marketing_pipeline.domain.money import MICROS, Money, smallest_unit

SLIP_FACTOR = 500
"""No honest change multiplies or divides an amount by this: micros for units, or a slipped separator, do."""
_MOST_DIGITS = 15
_AMOUNT = re.compile(r"[1-9][0-9]*")
_NEGATIVE_KEYWORD = re.compile(r"(EXACT|PHRASE):\S(?:.{0,78}\S)?")
_STATUSES = {
    AdChangeKind.PAUSE_KEYWORD: ("ENABLED", "PAUSED"),
    AdChangeKind.ENABLE_KEYWORD: ("PAUSED", "ENABLED"),
    AdChangeKind.PAUSE_AD: ("ENABLED", "PAUSED"),
    AdChangeKind.ENABLE_AD: ("PAUSED", "ENABLED"),
}
_LOOK = "Correct the proposal, or the caps in policies.ads of brand.yaml."


def micros_of(text: object) -> int:
    """An amount written in plain digits. Raises Unauthorized for zero, signs, points, exponents and all other text."""
    if not isinstance(text, str) or len(text) > _MOST_DIGITS or _AMOUNT.fullmatch(text) is None:
        raise Unauthorized(f"{str(text)[:40]!r} is no amount: write whole micros in digits, above zero.", _LOOK)
    return int(text)


def ratio_of(text: object) -> Decimal:
    """A target return written as a plain decimal. Raises Unauthorized for zero, signs, exponents and all other text."""
    if not isinstance(text, str) or RATIO.fullmatch(text) is None or not text.isascii() or not Decimal(text):
        raise Unauthorized(f"{str(text)[:40]!r} is no target return: write a decimal above zero, such as 3.5.", _LOOK)
    return Decimal(text)


def raise_of(change: ApplyAdChange) -> int:
    """By how many micros a day the change raises a budget; 0 for everything else."""
    if change.change_kind is not AdChangeKind.SET_BUDGET:
        return 0
    return max(0, micros_of(change.after) - micros_of(change.before))


def require_bounds(change: ApplyAdChange, caps: AdCaps, *, undoes: ApplyAdChange | None = None) -> None:
    """Raise Unauthorized unless the change by itself keeps to every bound. Nothing is ever shrunk to fit.

    A rollback is measured against the amount that it restores, as the change that it undoes was.
    """
    if change.change_kind in MONEY_KINDS:
        _require_amount(change, caps, undoes)
    elif change.change_kind is AdChangeKind.SET_TARGET_ROAS:
        _require_step(change, ratio_of(change.before), ratio_of(change.after), caps, undoes)
    elif change.change_kind in _STATUSES:
        _require(
            (change.before, change.after) == _STATUSES[change.change_kind], f"{change.after!r} is not its new status"
        )
    else:
        _require_keyword(change, undoes)


def _require_amount(change: ApplyAdChange, caps: AdCaps, undoes: ApplyAdChange | None) -> None:
    before, after, unit = micros_of(change.before), micros_of(change.after), smallest_unit(change.currency)
    exact, coin = (f"{Decimal(micros) / MICROS:f} {change.currency}" for micros in (after, unit))
    _require(after % unit == 0, f"{exact} is no multiple of the smallest unit, {coin}")
    _require_step(change, before, after, caps, undoes)
    if change.change_kind is not AdChangeKind.SET_BUDGET:
        _at_most(after, caps.bid_ceiling, change, "the ceiling of bids and targets")
        return
    _require("/campaignBudgets/" in change.resource, "a budget is set on a campaign budget")
    _at_most(after, caps.budget_ceiling, change, "the ceiling of a daily budget")
    _require(after >= caps.budget_floor * MICROS, f"{_said(after, change)} is below the floor of a daily budget")
    _at_most(abs(after - before), caps.change_amount, change, "what one change may move")
    _at_most(raise_of(change), caps.raise_per_day, change, "what the account's budgets may rise by in a day")


def _require_step(
    change: ApplyAdChange, before: int | Decimal, after: int | Decimal, caps: AdCaps, undoes: ApplyAdChange | None
) -> None:
    low, high = Decimal(min(before, after)), Decimal(max(before, after))
    _require(high < low * SLIP_FACTOR, f"{step(change)} looks like a slip of the unit")
    percent = (high - low) * 100 / (after if undoes else before)
    _require(
        percent <= caps.change_percent, f"{percent:.1f} % is more than the {caps.change_percent:g} % of one change"
    )


def _require_keyword(change: ApplyAdChange, undoes: ApplyAdChange | None) -> None:
    # A rollback takes the words away again; a rollback of that one brings them back.
    added, nothing = (change.before, change.after) if undoes and change.before else (change.after, change.before)
    _require(nothing == "" and _NEGATIVE_KEYWORD.fullmatch(added) is not None, f"{added!r} is no negative keyword")


def _at_most(micros: int, units: float, change: ApplyAdChange, what: str) -> None:
    bound = round(units * MICROS)
    _require(micros <= bound, f"{_said(micros, change)} is above {what}, {_said(bound, change)}")


def _said(micros: int, change: ApplyAdChange) -> str:
    return Money(micros=micros, currency=change.currency).label()


def _require(holds: bool, otherwise: str) -> None:
    if not holds:
        raise Unauthorized(f"Refused: {otherwise}.", _LOOK)
