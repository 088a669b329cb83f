"""Money: integer micros (millionths of the unit) with an ISO 4217 currency, never a float."""

import re
from decimal import Decimal
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

MICROS = 1_000_000
Currency = Annotated[str, Field(pattern=r"^[A-Z]{3}$", description="ISO 4217 code, such as GBP")]
SYMBOLS = {"GBP": "£", "USD": "$", "EUR": "€", "JPY": "¥"}
_WITHOUT_CENTS = frozenset(
    {"BIF", "CLP", "DJF", "GNF", "ISK", "JPY", "KMF", "KRW", "PYG", "RWF", "UGX", "VND", "VUV", "XAF", "XOF", "XPF"}
)
_WITH_THOUSANDTHS = frozenset({"BHD", "IQD", "JOD", "KWD", "LYD", "OMR", "TND"})
_PRICE_IN_TEXT = re.compile(r"(?:£|\$|€|¥|\b(?:GBP|USD|EUR|JPY)\s?)\s?(\d[\d,]*(?:\.\d{1,2})?)")


class Money(BaseModel):
    """An amount in micros of one currency. 48.00 GBP is `Money(micros=48_000_000, currency="GBP")`."""

    model_config = ConfigDict(frozen=True)

    micros: int
    currency: Currency

    @property
    def amount(self) -> Decimal:
        """The amount in units of the currency."""
        return Decimal(self.micros) / MICROS

    def label(self) -> str:
        """As a customer reads it, in whole coins: £48, £48.50, CHF 48, KWD 4.805, ¥4,805."""
        value = self.amount
        places = 0 if value == value.to_integral_value() else places_of(self.currency)
        digits = f"{value:,.{places}f}"
        symbol = SYMBOLS.get(self.currency)
        return f"{symbol}{digits}" if symbol else f"{self.currency} {digits}"


def smallest_unit(currency: str) -> int:
    """Micros that every amount of an ad account is a multiple of: one of the currency's smallest coin.

    Documented as a rule; which currency has none, hundredths or thousandths is that of ISO 4217, assumed of Google's.
    """
    return MICROS // 10 ** places_of(currency)


def places_of(currency: str) -> int:
    """Digits after the point in an amount of whole coins: of JPY none, of KWD three, mostly two."""
    if currency in _WITHOUT_CENTS:
        return 0
    return 3 if currency in _WITH_THOUSANDTHS else 2


def prices_in(text: str) -> frozenset[Decimal]:
    """Every price that a text names, in units of whatever currency stands beside it."""
    return frozenset(Decimal(found.replace(",", "")) for found in _PRICE_IN_TEXT.findall(text))
