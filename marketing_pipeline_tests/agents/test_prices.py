"""The price list: tiers, dates, cached tokens, and reservations that are never too small."""

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from marketing_pipeline.agents.prices import (
    LISTED_ON,
    PRICES,
    UNKNOWN_PRICE,
    ListedPrice,
    cost_of,
    price_of,
    reservation_micros,
)
from marketing_pipeline.domain.model_call import TokenUse

DAY = date(2026, 11, 22)


@pytest.mark.parametrize(
    ("model", "use", "micros"),
    [
        ("claude-opus-5-5", TokenUse(input=1_000_000, output=1_000_000), 24_000_000),
        ("claude-sonnet-5-5", TokenUse(cache_read=1_000_000), 100_000),
        ("claude-sonnet-5-5-20261007", TokenUse(output=100), 1_000),
        ("claude-haiku-5-5", TokenUse(input=99_999), 10_000),
        ("claude-haiku-5-5", TokenUse(input=50_000, cache_read=50_000), 50_000),
        ("claude-fable-5-1", TokenUse(cache_write=1000), 12_500),
    ],
)
def test_a_call_costs_what_the_list_says(model: str, use: TokenUse, micros: int) -> None:
    assert cost_of(model, use, DAY) == (micros, LISTED_ON)


def test_an_unknown_model_has_no_cost() -> None:
    assert cost_of("house-model", TokenUse(input=1), DAY) is None


def test_the_newest_row_published_by_the_day_holds() -> None:
    old, new = (
        ListedPrice(PRICES[0].price.model_copy(update={"as_of": day, "input": usd}))
        for day, usd in ((date(2026, 1, 1), 8.0), (date(2026, 6, 1), 4.0))
    )
    found = [
        price_of("claude-opus-5-5", 1, day, (old, new))
        for day in (date(2025, 1, 1), date(2026, 5, 31), date(2026, 6, 1))
    ]
    assert [price.input if price else None for price in found] == [8.0, 8.0, 4.0]


@given(
    st.sampled_from(sorted({row.price.model for row in PRICES})),
    st.integers(0, 900_000),
    st.integers(0, 100_000),
    st.integers(0, 10),
)
def test_a_reservation_covers_the_cost_of_what_it_foresaw(
    model: str, characters: int, output: int, images: int
) -> None:
    prompt_tokens = characters // 3 + images * 1944
    spent = cost_of(model, TokenUse(input=prompt_tokens, output=output), DAY)
    assert spent is not None
    assert reservation_micros(model, characters, images, output, DAY) >= spent[0]


def test_an_unknown_model_is_reserved_above_every_listed_one() -> None:
    assert all(UNKNOWN_PRICE.input > row.price.input and UNKNOWN_PRICE.output > row.price.output for row in PRICES)
    assert reservation_micros("house-model", 2500, 0, 1000, DAY) == 1000 * 25 + 1000 * 100
