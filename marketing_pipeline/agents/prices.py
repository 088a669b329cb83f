"""What a model call costs: a dated price table, and the sum set aside before a call whose length is not known yet."""

import math
import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from marketing_pipeline.domain.model_call import ModelPrice, TokenUse

LISTED_ON = date(2026, 11, 22)
CHARACTERS_PER_TOKEN = 2.5
"""Lower than English prose needs (about 4), so that a reservation is rarely too small."""
TOKENS_PER_IMAGE = 5_000
"""Above the 1,944 tokens (width x height / 750) of a picture of 1080 x 1350, the largest that the studio makes."""
BATCH_SHARE = 0.5
"""Of the list price, for tokens of every kind."""
# A cache write is taken at 1.25 times the input rate for five minutes and at twice for an hour, as published for
# earlier families. A cache read without a
# published rate is taken at the full input rate: a bill may come out lower than the record, never higher.
_CACHE_WRITE = 1.25
_CACHE_WRITE_1H = 2.0
_DATED_ID = re.compile(r"-\d{8}$")


@dataclass(frozen=True)
class ListedPrice:
    """One row of the price list; it holds for prompts of at least `from_prompt_tokens` tokens."""

    price: ModelPrice
    from_prompt_tokens: int = 0


def _listed(
    model: str, input_usd: float, output_usd: float, cache_read: float | None = None, from_prompt_tokens: int = 0
) -> ListedPrice:
    price = ModelPrice(
        model=model,
        as_of=LISTED_ON,
        input=input_usd,
        output=output_usd,
        cache_write=input_usd * _CACHE_WRITE,
        cache_write_1h=input_usd * _CACHE_WRITE_1H,
        cache_read=input_usd if cache_read is None else cache_read,
    )
    return ListedPrice(price, from_prompt_tokens)


# USD per million tokens as published on LISTED_ON. A new price is a new row with its own date; old rows stay.
PRICES: tuple[ListedPrice, ...] = (
    _listed("claude-opus-5-5", 4.0, 20.0),
    _listed("claude-sonnet-5-5", 2.0, 10.0, cache_read=0.10),
    _listed("claude-haiku-5-5", 0.10, 0.50),
    _listed("claude-haiku-5-5", 0.50, 2.50, from_prompt_tokens=100_000),
    _listed("claude-fable-5-1", 10.0, 50.0),
)
UNKNOWN_PRICE = ModelPrice(
    model="unknown", as_of=LISTED_ON, input=20.0, output=100.0, cache_write=25.0, cache_write_1h=40.0, cache_read=20.0
)
"""Set aside for a model that the list does not know: twice the dearest row. Never recorded as a cost."""


def price_of(model: str, prompt_tokens: int, on: date, prices: Sequence[ListedPrice] = PRICES) -> ModelPrice | None:
    """The price of a model (an id with or without its date) for a prompt of that length on a day; None when unknown.

    The newest row published by that day holds; before the first row, the first.
    """
    name = _DATED_ID.sub("", model)
    rows = [row for row in prices if row.price.model == name]
    if not rows:
        return None
    published = [row.price.as_of for row in rows if row.price.as_of <= on]
    day = max(published) if published else min(row.price.as_of for row in rows)
    tiers = [row for row in rows if row.price.as_of == day and row.from_prompt_tokens <= prompt_tokens]
    return max(tiers, key=lambda row: row.from_prompt_tokens).price if tiers else None


def cost_of(model: str, use: TokenUse, on: date, share: float = 1.0) -> tuple[int, date] | None:
    """Cost of one reply in micros of USD and the date of the price; None when the price is not known."""
    price = price_of(model, use.prompt, on)
    return (price.cost_micros(use, share), price.as_of) if price else None


def reservation_micros(model: str, characters: int, images: int, max_tokens: int, on: date, share: float = 1.0) -> int:
    """The most that a call is expected to cost, in micros of USD.

    The whole prompt is taken as written to the cache and the whole answer as used. A model without a known price is
    reckoned at UNKNOWN_PRICE.
    """
    prompt_tokens = math.ceil(characters / CHARACTERS_PER_TOKEN) + images * TOKENS_PER_IMAGE
    price = price_of(model, prompt_tokens, on) or UNKNOWN_PRICE
    return price.cost_micros(TokenUse(cache_write=prompt_tokens, output=max_tokens), share)
