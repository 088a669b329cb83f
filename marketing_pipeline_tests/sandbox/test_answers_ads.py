"""The sandbox's ads analyst: correct sentences, amounts in the account's own coins, only numbers that were given."""

from typing import Any

import pytest

from marketing_pipeline.agents.prompt import Block, user_text
from marketing_pipeline.domain.ad_advice import AdAdvice
from marketing_pipeline.sandbox.answers.ads import advise
from marketing_pipeline.sandbox.answers.prompt import Prompt

PACING = {"month": "2026-11", "spent": 1234.5, "projected": 2400.0, "pace": "on_pace"}


def candidate(**forecast: Any) -> dict[str, Any]:
    """One candidate as the agent shows it."""
    told = {"metric": "cost in GBP", "days": 14, "expected": -1108.0, "low": -1124.66, "high": -91.45, **forecast}
    return {"id": "c-1", "finding": "The term cost £90 for 40 clicks.", "forecast": told}


def asked(currency: str = "GBP", pacing: Any = PACING, odd: int = 0, alone: int = 0, found: Any = ()) -> AdAdvice:
    """The advice on an account with so many odd days and things left alone."""
    blocks = [
        Block("brand", {"name": "Tea Room"}),
        Block("account", {"currency": currency, "pacing": pacing, "odd_days": [{}] * odd}),
        Block("ad_left_alone", [{"what": "Search", "why": "it learns"}] * alone, trusted=False),
        Block("ad_candidates", list(found), trusted=False),
    ]
    return advise(Prompt([user_text(blocks, "Advise.")]))


@pytest.mark.parametrize(
    ("number", "words"),
    [
        (0, ("No day was odd. 0 changes are worth a decision.",)),
        (1, ("1 odd day stood out.", "1 thing is left alone for now.", "1 change is worth a decision.")),
        (2, ("2 odd days stood out.", "2 things are left alone for now.", "2 changes are worth a decision.")),
    ],
)
def test_one_is_no_plural(number: int, words: tuple[str, ...]) -> None:
    summary = asked(odd=number, alone=number, found=[candidate()] * number).account_summary
    assert all(sentence in summary for sentence in words)


@pytest.mark.parametrize(
    ("currency", "amounts"),
    [("GBP", "has spent £1,234.50 in 2026-11 and is heading for £2,400;"), ("JPY", "has spent ¥1,234 in")],
)
def test_the_month_is_told_in_the_accounts_coins(currency: str, amounts: str) -> None:
    assert amounts in asked(currency).account_summary


@pytest.mark.parametrize(
    ("pacing", "words"),
    [
        ({**PACING, "pace": "over"}, "that is above the month's budget."),
        ({**PACING, "pace": "under"}, "that is below the month's budget."),
        ({**PACING, "pace": "on_pace"}, "that agrees with the month's budget."),
        ({**PACING, "pace": "no_budget"}, "no budget is set for the month."),
        (None, "Too few days of Tea Room were read to say how the month stands."),
    ],
)
def test_each_pace_is_a_sentence(pacing: Any, words: str) -> None:
    assert words in asked(pacing=pacing).account_summary


@pytest.mark.parametrize(
    ("currency", "forecast", "words"),
    [
        ("GBP", {}, "expect cost to change by -1,108.00 GBP (-1,124.66 to -91.45)."),
        (
            "JPY",
            {"metric": "cost in JPY", "expected": -108, "low": -200, "high": 3},
            "expect cost to change by -108 JPY (-200 to +3).",
        ),
        (
            "GBP",
            {"metric": "conversions", "expected": -0.6, "low": -1.187, "high": -0.19},
            "expect conversions to change by -0.6 (-1.187 to -0.19).",
        ),
    ],
)
def test_a_reason_says_what_is_expected(currency: str, forecast: dict[str, Any], words: str) -> None:
    [choice] = asked(currency, found=[candidate(**forecast)]).choices
    assert choice.reason.startswith("The term cost £90 for 40 clicks.") and choice.reason.endswith(words)
