"""Where a brand publishes and advertises, as brand.yaml names it."""

from typing import Annotated

from pydantic import Field

from marketing_pipeline.domain.ad_change import CustomerId
from marketing_pipeline.domain.brand_part import BrandPart


class InstagramChannel(BrandPart):
    """The brand's Instagram account. Its token comes from INSTAGRAM_TOKEN_<BRAND ID IN CAPITALS>."""

    account_id: Annotated[str, Field(pattern=r"^\d{5,25}$")]
    handle: Annotated[str, Field(pattern=r"^@[A-Za-z0-9_.]{1,30}$")]


class GoogleAdsChannel(BrandPart):
    """The brand's Google Ads account. `monthly_budget` in units of the account's currency."""

    customer_id: CustomerId
    monthly_budget: Annotated[float, Field(gt=0)]


class Channels(BrandPart):
    """Where the brand publishes and advertises."""

    instagram: InstagramChannel
    google_ads: GoogleAdsChannel | None = None
