"""Values of ad changes in people's words."""

from marketing_pipeline.domain.ad_change import MONEY_KINDS, AdChangeKind, ApplyAdChange
from marketing_pipeline.domain.money import Money

_FIELDS = {
    "amount_micros": "daily budget",
    "target_cpa_micros": "target cost of a conversion",
    "target_roas": "target return",
    "cpc_bid_micros": "bid for a click",
    "status": "status",
    "negative_keyword": "negative keyword",
}
_MATCHES = {"EXACT": "exact match", "PHRASE": "phrase match"}


def field_in_words(change: ApplyAdChange) -> str:
    """What a change sets, such as "daily budget"."""
    return _FIELDS[change.field]


def readable(change: ApplyAdChange, value: str | None) -> str:
    """A value of a change as people write it: money with its symbol, "nothing" for none, "gone" for a lost resource."""
    if value is None:
        return "gone"
    if change.change_kind in MONEY_KINDS and value.isdecimal():
        return Money(micros=int(value), currency=change.currency).label()
    if change.change_kind is AdChangeKind.ADD_NEGATIVE_KEYWORD and value:
        match, _, words = value.partition(":")
        return f"'{words}' ({_MATCHES.get(match, match.lower())})"
    return (value.lower() if change.field == "status" else value) or "nothing"


def step(change: ApplyAdChange) -> str:
    """What a change does, in a few words: what it sets, from and to."""
    return f"{field_in_words(change)}: {readable(change, change.before)} → {readable(change, change.after)}"
