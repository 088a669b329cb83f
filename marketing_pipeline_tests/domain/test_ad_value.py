"""What people read of a change holds no word of the machine: amounts in currency, fields and values in their words."""

import re

import pytest

from marketing_pipeline.domain.ad_change import AdChangeKind, ApplyAdChange
from marketing_pipeline.domain.ad_value import field_in_words, readable, step

_K = AdChangeKind
CUSTOMER = "1234567890"


def change(kind: AdChangeKind, field: str, before: str, after: str, currency: str = "GBP") -> ApplyAdChange:
    """A change of a resource; which one is not looked at."""
    return ApplyAdChange(
        change_kind=kind,
        customer_id=CUSTOMER,
        resource=f"customers/{CUSTOMER}/campaigns/1",
        field=field,
        before=before,
        after=after,
        currency=currency,
    )


CHANGES = [
    (change(_K.SET_BUDGET, "amount_micros", "59000000", "42360000"), "daily budget: £59 → £42.36"),
    (change(_K.SET_BUDGET, "amount_micros", "5900000000", "4236000000", "JPY"), "daily budget: ¥5,900 → ¥4,236"),
    (change(_K.SET_BUDGET, "amount_micros", "5900000", "4235000", "KWD"), "daily budget: KWD 5.900 → KWD 4.235"),
    (
        change(_K.SET_TARGET_CPA, "target_cpa_micros", "9000000", "8500000"),
        "target cost of a conversion: £9 → £8.50",
    ),
    (change(_K.SET_TARGET_ROAS, "target_roas", "3", "3.5"), "target return: 3 → 3.5"),
    (change(_K.SET_BID, "cpc_bid_micros", "400000", "440000"), "bid for a click: £0.40 → £0.44"),
    (change(_K.PAUSE_KEYWORD, "status", "ENABLED", "PAUSED"), "status: enabled → paused"),
    (change(_K.ENABLE_KEYWORD, "status", "PAUSED", "ENABLED"), "status: paused → enabled"),
    (change(_K.PAUSE_AD, "status", "ENABLED", "PAUSED"), "status: enabled → paused"),
    (change(_K.ENABLE_AD, "status", "PAUSED", "ENABLED"), "status: paused → enabled"),
    (
        change(_K.ADD_NEGATIVE_KEYWORD, "negative_keyword", "", "PHRASE:how to: free"),
        "negative keyword: nothing → 'how to: free' (phrase match)",
    ),
    (
        change(_K.ADD_NEGATIVE_KEYWORD, "negative_keyword", "EXACT:jobs", ""),
        "negative keyword: 'jobs' (exact match) → nothing",
    ),
]


@pytest.mark.parametrize(("made", "said"), CHANGES, ids=[said for _, said in CHANGES])
def test_a_step_is_told_in_peoples_words(made: ApplyAdChange, said: str) -> None:
    assert step(made) == said
    assert not re.search(r"micros|_|\d{6}|[A-Z]{5}", said)


def test_every_kind_has_its_words() -> None:
    assert {made.change_kind for made, _ in CHANGES} == set(AdChangeKind)
    assert all(field_in_words(made) for made, _ in CHANGES)


def test_a_lost_resource_is_gone() -> None:
    assert readable(CHANGES[0][0], None) == "gone"
