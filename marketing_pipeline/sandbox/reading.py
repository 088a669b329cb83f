"""How an audience reads a post: only what came over the wire, never the plan behind it."""

import re
from datetime import date, datetime
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

from marketing_pipeline.domain.brand import Brand, Pillar
from marketing_pipeline.domain.creative import PostFormat
from marketing_pipeline.domain.plan import Hook
from marketing_pipeline.domain.posting import WEEKDAYS
from marketing_pipeline.sandbox.picture import Picture
from marketing_pipeline.sandbox.tastes import Daypart, slot_name

_HASHTAG = re.compile(r"#\w+")
_HASHTAG_POINTS = 3.0
_SQUARE_TOLERANCE = 0.05
_NUMBER = r"(?:[2-9]|1[0-2]|two|three|four|five|six|seven|eight|nine|ten)"
_MEASURES = r"(?!(?:hours?|days?|weeks?|months?|years?|minutes?|cm|mm|m|inch(?:es)?|in|to|per|of|and|or|out)\b)"
_LIST_FIRST = re.compile(rf"^(?:the |our |my |your |here are )?{_NUMBER}\s+{_MEASURES}[a-z]", re.IGNORECASE)
_LIST_EARLY = re.compile(rf"^(?:[a-z'’]+ ){{1,3}}{_NUMBER}\s+{_MEASURES}[a-z]", re.IGNORECASE)
_STORY = re.compile(
    r"^(?:we|we['’](?:d|ve|re)|i|i['’](?:d|ve|m)|my|she|he|when|once|yesterday|one (?:day|morning|evening|night|of)|"
    r"it (?:started|began|was|took)|back in|in (?:19|20)\d\d|years ago|the (?:day|night|morning|first time)|"
    r"last (?:week|month|year|night|spring|summer|autumn|winter|\w+day)|this (?:morning|week)|"
    r"(?:a|an|one|our|two) (?:[\w'’-]+ ){0,2}(?:customer|client|regular|visitor|guest|couple|reader|artist)s?|"
    r"\w+ (?:came|wrote|walked|brought|called|asked|told)|(?:two|three|ten|\d+) (?:days|weeks|months|years) ago)\b",
    re.IGNORECASE,
)


class Reading(BaseModel):
    """What the audience makes of one post. `quality` is 0 to 1 from the pixels; times are the audience's own."""

    model_config = ConfigDict(frozen=True)

    pillar: str | None
    format: PostFormat
    hook: Hook
    weekday: str
    daypart: Daypart
    occasion: str | None
    quality: Annotated[float, Field(ge=0, le=1)]

    @property
    def slot(self) -> str:
        """As `Tastes.slots` names it."""
        return slot_name(self.weekday, self.daypart)


def read_post(brand: Brand | None, caption: str, pictures: tuple[Picture, ...], moment: datetime) -> Reading:
    """Read a post of an account; without a known brand no pillar or occasion is seen, and times are UTC."""
    local = moment.astimezone(brand.zone) if brand else moment
    return Reading(
        pillar=pillar_of(brand.pillars, caption) if brand else None,
        format=format_of(pictures),
        hook=hook_of(caption),
        weekday=WEEKDAYS[local.weekday()],
        daypart=Daypart.at(local.hour),
        occasion=_occasion_of(brand, caption, local.date()) if brand else None,
        quality=sum(picture.quality for picture in pictures) / len(pictures),
    )


def pillar_of(pillars: tuple[Pillar, ...], caption: str) -> str | None:
    """The pillar whose hashtags (3 points, shared ones divided) and keywords (1 point each) the caption uses most.

    A tie goes to the first in the brand's order; None when nothing matches.
    """
    tags = {tag.casefold() for tag in _HASHTAG.findall(caption)}
    words = _HASHTAG.sub(" ", caption).casefold()
    owners: dict[str, int] = {}
    for pillar in pillars:
        for tag in pillar.hashtags:
            owners[tag.casefold()] = owners.get(tag.casefold(), 0) + 1

    def points(pillar: Pillar) -> float:
        by_tag = sum(_HASHTAG_POINTS / owners[tag.casefold()] for tag in pillar.hashtags if tag.casefold() in tags)
        by_word = sum(bool(re.search(rf"\b{re.escape(word.casefold())}\b", words)) for word in pillar.keywords)
        return by_tag + by_word

    best = max(pillars, key=points)
    return best.id if points(best) > 0 else None


def hook_of(caption: str) -> Hook:
    """The kind of the caption's first line.

    In this order: ends with a question mark; begins with "How to"; begins with a small number and a noun; begins
    like a story ("We ...", "Last week ...", "When ...", "A customer ..."); has the number within the first words;
    else it is a claim.
    """
    line = caption.strip().split("\n", 1)[0]
    line = re.sub(r"\s+", " ", _HASHTAG.sub("", line)).strip(" \"'“”‘’*_–—-")
    if line.rstrip("\"'”’ )").endswith("?"):
        return Hook.QUESTION
    if line.casefold().startswith("how to "):
        return Hook.HOW_TO
    if _LIST_FIRST.match(line) and not _STORY.match(line):
        return Hook.LIST
    if _STORY.match(line):
        return Hook.STORY
    return Hook.LIST if _LIST_EARLY.match(line) else Hook.CLAIM


def format_of(pictures: tuple[Picture, ...]) -> PostFormat:
    """Several pictures are a carousel; one is square or wider, or a portrait."""
    if len(pictures) != 1:
        return PostFormat.CAROUSEL
    ratio = pictures[0].width / pictures[0].height
    return PostFormat.SQUARE if ratio > 1 - _SQUARE_TOLERANCE else PostFormat.PORTRAIT


def _occasion_of(brand: Brand, caption: str, day: date) -> str | None:
    """The occasion of these days that the caption names."""
    for occasion in brand.occasions_between(day, day):
        if re.search(rf"\b{re.escape(occasion.name.casefold())}\b", caption.casefold()):
            return occasion.id
    return None
