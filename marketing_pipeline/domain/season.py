"""Which occasions and offers a post may name: those whose days, lead-in included, cover the post's own day."""

import re
from collections.abc import Iterator
from datetime import date

from marketing_pipeline.domain.brand import Brand

_PROPER_NAME = re.compile(r"[A-Z][\w'’]*(?: [A-Z][\w'’]*)+")


def speakable_on(brand: Brand, day: date) -> tuple[str, ...]:
    """Ids of what a post of that day, in the brand's zone, may name: occasions with their lead days, offers in force.

    An offer has no lead-in: what is promised can be had on the day on which it is read.
    """
    occasions = (occasion.id for occasion in brand.occasions_between(day, day))
    return (*occasions, *(offer.id for offer in brand.offers if offer.start <= day <= offer.end))


def out_of_season(text: str, brand: Brand, day: date) -> tuple[str, ...]:
    """What the text names that a post of that day may not, each in words with its days; empty: nothing.

    An occasion counts as named by the proper name that it begins with, or by its whole name; an offer by its code or
    its statement. What something in season speaks of itself may be said: Christmas in the last orders for Christmas.
    """
    allowed = speakable_on(brand, day)
    spoken = " ".join(words for known, words in _spoken(brand) if known in allowed)
    named = (
        (f"{item} ({start:%d %b} to {end:%d %b})", words)
        for item, words, start, end, known in _names(brand)
        if known not in allowed and not _says(spoken, words)
    )
    return tuple(dict.fromkeys(item for item, words in named if _says(text, words)))


def _spoken(brand: Brand) -> Iterator[tuple[str, str]]:
    yield from ((occasion.id, f"{occasion.name} {occasion.note}") for occasion in brand.occasions)
    yield from ((offer.id, f"{offer.statement} {offer.code or ''}") for offer in brand.offers)


def _names(brand: Brand) -> Iterator[tuple[str, str, date, date, str]]:
    for occasion in brand.occasions:
        proper = _PROPER_NAME.match(occasion.name)
        words = proper.group() if proper else occasion.name
        yield words, words, occasion.start, occasion.end, occasion.id
    for offer in brand.offers:
        for words in (offer.code, offer.statement):
            if words:
                yield f"the offer {offer.id}", words, offer.start, offer.end, offer.id


def _says(text: str, words: str) -> bool:
    return re.search(rf"(?<!\w){re.escape(words.casefold())}(?!\w)", text.casefold()) is not None
