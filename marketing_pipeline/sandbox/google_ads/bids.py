"""Amounts that are bid: for a click, or for a conversion. The codes are documented; where each applies is assumed."""

from marketing_pipeline.domain.money import MICROS
from marketing_pipeline.sandbox.google_ads.account_plan import AdsAccount, price_level
from marketing_pipeline.sandbox.google_ads.refusal import Refusal

_LARGEST_BID_UNITS = 10_000


def check_bid(account: AdsAccount, micros: int, path: str) -> None:
    """Refuse a bid that is not positive, absurdly high, or no multiple of the currency's smallest unit."""
    if micros <= 0:
        raise Refusal("bidding_error.BID_TOO_SMALL", "The bid must be more than nothing.", path)
    if micros > _LARGEST_BID_UNITS * price_level(account.currency) * MICROS:
        raise Refusal("bidding_error.BID_TOO_BIG", "The bid is too high.", path)
    if micros % account.unit:
        raise Refusal(
            "bidding_error.BID_TOO_MANY_FRACTIONAL_DIGITS",
            f"The bid must be a multiple of {account.unit} micros in {account.currency}.",
            path,
        )
