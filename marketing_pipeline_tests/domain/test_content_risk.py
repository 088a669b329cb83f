"""Each reason for a person to look has its row; ordinary copy gives none, also with a risky word inside another."""

from datetime import date

import pytest

from marketing_pipeline.domain.content_risk import risks_of
from marketing_pipeline.domain.plan import PostIdea
from marketing_pipeline_tests.domain.brands import make_brand
from marketing_pipeline_tests.domain.test_caption import variation

BRAND = make_brand()
DAY = date(2026, 11, 25)


def idea(call_to_action: str = "Brew a pot") -> PostIdea:
    return PostIdea(
        position=1,
        topic="Assam at four",
        angle="The clock on the wall",
        key_message="Four minutes are enough",
        audience="drinkers",
        product=None,
        occasion=None,
        call_to_action=call_to_action,
    )


@pytest.mark.parametrize(
    ("caption", "call_to_action", "reason"),
    [
        ("How long should Assam steep? Use FROST5 until Sunday and it tastes better.", "Brew", "the offer frost"),
        ("How long should Assam steep? Guaranteed to please at four minutes, always.", "Brew", "'guaranteed'"),
        ("How long should Assam steep? The cheapest way to find out is a clock on the wall.", "Brew", "'cheapest'"),
        ("How long should Assam steep? Four minutes by the clock on the wall.", "Message us today", "in private"),
    ],
)
def test_a_reason_to_look(caption: str, call_to_action: str, reason: str) -> None:
    found = risks_of(idea(call_to_action), variation(caption=caption), BRAND, DAY)
    assert len(found) == 1 and reason in found[0]


@pytest.mark.parametrize(
    "caption",
    [
        "How long should Assam steep? Four minutes; £12.50 buys fifty pots of it.",
        "How long should Assam steep? Freely chosen, securely packed, unproven by anybody.",
    ],
)
def test_ordinary_copy_is_not_risky(caption: str) -> None:
    assert risks_of(idea(), variation(caption=caption), BRAND, DAY) == ()
