"""Why a post is risky: under the content policy `risky` such a post waits for a person."""

from marketing_pipeline.domain.brand import Brand
from marketing_pipeline.domain.money import prices_in
from marketing_pipeline.domain.plan import PostIdea
from marketing_pipeline.domain.variation import CopyVariation

_CLAIMS = (
    "guarantee",
    "best in",
    "cheapest",
    "free",
    "cure",
    "proven",
    "medical",
    "number one",
    "world's",
    "last chance",
)


def risks_of(idea: PostIdea, variation: CopyVariation, brand: Brand) -> tuple[str, ...]:
    """Reasons for a person to look: an offer or discount, a strong claim, a price named twice over. Empty: none."""
    text = f"{variation.caption} {variation.alt_text}".casefold()
    offers = [offer.id for offer in brand.offers if offer.code and offer.code.casefold() in text]
    claims = [claim for claim in _CLAIMS if claim in text]
    prices = prices_in(variation.caption)
    return (
        *(f"names the offer {offer}" for offer in offers),
        *(f"makes the claim {claim!r}" for claim in claims),
        *(["names more than one price"] if len(prices) > 1 else []),
        *(["asks for contact by message"] if "dm us" in text or "message us" in idea.call_to_action.casefold() else []),
    )
