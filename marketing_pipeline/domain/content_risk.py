"""Why a post is risky: under the content policy `risky` such a post waits for a person."""

import re
from datetime import date

from marketing_pipeline.domain.brand import Brand
from marketing_pipeline.domain.plan import PostIdea
from marketing_pipeline.domain.season import out_of_season
from marketing_pipeline.domain.variation import CopyVariation

_CLAIMS = (
    "best in",
    "cheapest",
    "clinically",
    "cure",
    "cures",
    "for free",
    "guarantee",
    "guaranteed",
    "last chance",
    "number one",
    "proven",
    "world's",
)
_CONTACT = ("dm us", "message us", "send us a message")


def risks_of(idea: PostIdea, variation: CopyVariation, brand: Brand, day: date) -> tuple[str, ...]:
    """Reasons for a person to look: an offer's code, a strong claim, a call to write in private; empty: none.

    `day` is the one on which the post goes out, in the brand's zone: what it names must be in season then.
    """
    text = f"{variation.caption} {variation.alt_text}".casefold()
    asked = f"{text} {idea.call_to_action.casefold()}"
    offers = [offer.id for offer in brand.offers if offer.code and _says(text, offer.code.casefold())]
    return (
        *(f"names the offer {offer}" for offer in offers),
        *(f"names {named} on {day:%d %b}" for named in out_of_season(text, brand, day)),
        *(f"makes the claim {claim!r}" for claim in _CLAIMS if _says(text, claim)),
        *(f"asks people to write in private ({words!r})" for words in _CONTACT if _says(asked, words)),
    )


def _says(text: str, words: str) -> bool:
    return re.search(rf"(?<!\w){re.escape(words)}(?!\w)", text) is not None
