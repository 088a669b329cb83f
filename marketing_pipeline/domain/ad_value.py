"""Values of ad changes in people's words."""

from marketing_pipeline.domain.ad_change import MONEY_KINDS, ApplyAdChange
from marketing_pipeline.domain.money import Money


def readable(change: ApplyAdChange, value: str | None) -> str:
    """A value of a change as people write it: money with its symbol, "nothing" for none, "gone" for a lost resource."""
    if value is None:
        return "gone"
    if change.change_kind in MONEY_KINDS and value.isdecimal():
        return Money(micros=int(value), currency=change.currency).label()
    return value or "nothing"


def step(change: ApplyAdChange) -> str:
    """What a change does, in a few words: the field, from and to."""
    return f"{change.field}: {readable(change, change.before)} -> {readable(change, change.after)}"
