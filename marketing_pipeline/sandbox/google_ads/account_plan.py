"""What an account of the sandbox is made of, before anybody changes it."""

from typing import Annotated
from zoneinfo import ZoneInfo

from pydantic import BaseModel, Field

from marketing_pipeline.domain.money import Currency, smallest_unit

CustomerId = Annotated[str, Field(pattern=r"^\d{10}$", description="Ten digits, without dashes")]
SERIES = 1_000_000
"""How many things an account may hold."""
_PRICE_LEVELS = {"JPY": 150.0, "KRW": 1300.0, "VND": 25_000.0, "CLP": 900.0, "ISK": 140.0, "KWD": 0.4}


def price_level(currency: str) -> float:
    """What one pound's worth costs in the currency, very roughly, so that accounts look believable."""
    return _PRICE_LEVELS.get(currency, 1.0)


class AdsAccount(BaseModel, frozen=True, extra="forbid"):
    """One account. The same plan, seed and day of opening give the same account, campaigns and figures."""

    customer_id: CustomerId
    name: str = "Sandbox account"
    currency: Currency = "GBP"
    time_zone: str = "Europe/London"
    history_days: Annotated[int, Field(ge=1, le=1100, description="Days of figures before it was opened")] = 120
    campaigns: Annotated[int, Field(ge=1, le=200, description="Running at the start")] = 4
    removed_campaigns: Annotated[int, Field(ge=0, le=20, description="Removed 45 days before the opening")] = 1
    shared_budget: Annotated[bool, Field(description="The first two campaigns spend from one budget")] = False
    ad_groups: Annotated[int, Field(ge=1, le=100, description="In each campaign")] = 2
    keywords: Annotated[int, Field(ge=1, le=200, description="In each ad group")] = 4
    terms: Annotated[int, Field(ge=1, le=12, description="Search terms that a keyword meets, at most")] = 4
    ads: Annotated[int, Field(ge=1, le=6, description="In each ad group")] = 2
    themes: Annotated[tuple[str, ...], Field(min_length=1, description="What the ad groups are about")] = (
        "art prints",
        "framed posters",
        "botanical prints",
        "gallery wall",
    )
    measures_conversions: Annotated[bool, Field(description="False: no conversion is ever counted")] = True
    enabled: Annotated[bool, Field(description="False: closed, every call is refused")] = True
    anomalies: Annotated[float, Field(ge=0, le=0.2, description="Share of campaign days that go wrong")] = 0.008

    @property
    def zone(self) -> ZoneInfo:
        """The zone in which the account's days begin."""
        return ZoneInfo(self.time_zone)

    @property
    def unit(self) -> int:
        """The smallest amount, in micros."""
        return smallest_unit(self.currency)

    @property
    def first_id(self) -> int:
        """Where the numbers of its resources start, so that two accounts do not share ids."""
        return int(self.customer_id) % 10_000 * SERIES
