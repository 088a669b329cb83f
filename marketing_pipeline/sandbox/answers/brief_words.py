"""Everything that a creative will say, short enough for its place."""

import re
from collections.abc import Mapping, Sequence

from pydantic import BaseModel, ConfigDict

from marketing_pipeline.domain.creative import Slide, Template
from marketing_pipeline.domain.plan import Hook
from marketing_pipeline.sandbox.answers.prompt import SeenBrand, SeenPost, SeenProduct
from marketing_pipeline.sandbox.answers.wording import (
    Subject,
    bare,
    host,
    joined,
    rotated,
    sentence,
    short_name,
    shortened,
    turn_of,
    unpriced,
)

_LIMITS = {
    "headline": 60, "kicker": 28, "supporting_line": 90, "price_label": 16, "price_note": 32, "call_to_action": 36,
    "title": 44, "body": 130, "figure": 12,
}  # fmt: skip
_FIGURE = re.compile(r"(?<![\w.])\d[\d.,]*\s?(?:%|°C|[a-zA-Z]{1,7})?(?:\s?[×x]\s?\d+\s?[a-z]{0,3})?")
_TYPESET = re.compile(r"[^\x20-\x7e\u00a1-\u017f‘’“”–—…•€£×°]")
_ACTIONS = ("See it at {host}", "More at {host}", "Find yours at {host}", "Read on at {host}", "Ask us at {host}")
_SLIDE_TITLES = (
    "Start here", "Keep in mind", "A good sign", "Look twice", "Good to know", "In the details", "Not to forget",
)  # fmt: skip
_ENDINGS = ("Over to you", "The next step", "Your turn", "And now")
_LEAST_POINT = 20
_PRICED = re.compile(r"[£$€¥]\s?\d")
_MOST_SLIDES = 5
_DANGLING = re.compile(r"[\s(,;:–—-]+$")


class BriefWords(BaseModel):
    """The typeset fields of a brief."""

    model_config = ConfigDict(frozen=True)

    headline: str
    kicker: str = ""
    supporting_line: str = ""
    price_label: str = ""
    price_note: str = ""
    call_to_action: str = ""
    slides: tuple[Slide, ...] = ()


def words_of(
    template: Template,
    brand: SeenBrand,
    post: SeenPost,
    hook_line: str,
    caption: str,
    product: SeenProduct | None,
    limits: Mapping[str, int],
) -> BriefWords:
    """The words for a template. `limits` are the studio's most characters by field; our own are tighter or equal."""
    room = {
        name: min(limit, limits.get(name, limit), limits.get(f"slides[].{name}", limit))
        for name, limit in _LIMITS.items()
    }
    turn = turn_of(post.id)
    headline = _headline(template, brand, post, hook_line, product, room["headline"])
    site = host(brand.website)
    action = next(
        (
            text
            for item in rotated(_ACTIONS, turn, "action")
            if len(text := item.format(host=site)) <= room["call_to_action"]
        ),
        shortened(site, room["call_to_action"]),
    )
    card = template is Template.PRODUCT_CARD and product is not None
    return BriefWords(
        headline=headline,
        kicker=_kicker(brand, post, room["kicker"]),
        supporting_line=_supporting(template, post, product, headline, room["supporting_line"]),
        price_label=clean(product.price_label)[: room["price_label"]] if card and product else "",
        price_note=_price_note(product, room["price_note"]) if card and product else "",
        call_to_action=action,
        slides=_slides(post, caption, product, turn, room) if template is Template.CAROUSEL else (),
    )


def clean(text: str) -> str:
    """Only characters that every face of the studio can draw."""
    return re.sub(r"\s+", " ", _TYPESET.sub("", text)).strip()


def _headline(
    template: Template, brand: SeenBrand, post: SeenPost, hook_line: str, product: SeenProduct | None, room: int
) -> str:
    """The topic, or another short line of the post; the hook line itself only where nothing else is short enough."""
    title = clean(Subject(unpriced(post.idea.topic)).title)
    line = clean(hook_line)
    line = line if line.endswith("?") else bare(line)
    key = bare(clean(post.idea.key_message).split(": ")[0])
    options = [title, key, line, clean(brand.tagline)]
    if template is Template.PRODUCT_CARD and product is not None:
        options.insert(0, clean(short_name(product.name)))
    elif post.assignment.hook is Hook.LIST:
        options.insert(0, line)
    fitting = [text for text in options if 3 <= len(text) <= room]
    other = [text for text in fitting if text.casefold() != line.casefold() or post.assignment.hook is Hook.LIST]
    return (other or fitting or [shortened(title, room)])[0]


def _kicker(brand: SeenBrand, post: SeenPost, room: int) -> str:
    options = [post.occasion.name if post.occasion else "", brand.pillar.name if brand.pillar else "", _spaced(post)]
    return next((text for option in options if 2 < len(text := clean(option)) <= room), "")


def _spaced(post: SeenPost) -> str:
    return post.assignment.pillar.replace("_", " ").capitalize()


def _supporting(template: Template, post: SeenPost, product: SeenProduct | None, headline: str, room: int) -> str:
    """A line that adds something to the headline, whole or not at all."""
    details = list(product.details) if product else []
    gist = product.description.split(". ")[0] if product else ""
    options = [clean(gist), clean(joined(details[:2])), clean(post.idea.key_message)]
    if template not in (Template.PRODUCT_CARD, Template.SEASONAL):
        options.reverse()
    for option in options:
        text = sentence(option).removesuffix(".")
        if 8 <= len(text) <= room and headline.casefold() not in text.casefold():
            return text
    return ""


def _price_note(product: SeenProduct, room: int) -> str:
    note = f"Framed {product.framed_price_label}" if product.framed_price_label else ""
    kind = product.name.removeprefix(short_name(product.name)).strip(" ,()")
    detail = product.details[0] if product.details else ""
    return next((text for item in (kind, detail, note) if 0 < len(text := clean(item)) <= room), "")


def _slides(
    post: SeenPost, caption: str, product: SeenProduct | None, turn: int, room: Mapping[str, int]
) -> tuple[Slide, ...]:
    """One point a slide: those that the caption makes, the product's facts with their figures, and the way on."""
    titles = iter(rotated(_SLIDE_TITLES, turn, "slides"))
    name = short_name(product.name) if product else ""
    points = _points(caption, room["body"]) or [post.idea.key_message]
    details = [
        detail for detail in (product.details if product else ()) if not any(detail in point for point in points)
    ]
    slides = [_fact(next(titles), point, room) for point in points[: _MOST_SLIDES - 1 - min(2, len(details))]]
    slides += [_fact(next(titles), f"{name}: {detail}", room) for detail in details[:2]]
    slides.append(_slide(name or rotated(_ENDINGS, turn, "ending")[0], _ending(post, product), room))
    return tuple(slides) if len(slides) > 1 else (_slide("In short", post.idea.key_message, room), *slides)


def _ending(post: SeenPost, product: SeenProduct | None) -> str:
    """The last slide's sentence. The studio sets the call to action below it, so it is not said here."""
    if product is not None:
        price = f"{product.price_label}. " if product.price_label else ""
        return f"{price}{sentence(product.description)}"
    action = post.idea.call_to_action
    return post.idea.key_message if _ends_with_link(action) else action


def _points(caption: str, room: int) -> list[str]:
    """The numbered points of a caption; without any, its sentences between the first line and the last."""
    numbered = re.findall(r"^\d+\. (.+)$", caption, re.MULTILINE)
    middle = " ".join(caption.split("\n\n")[2:-1])
    told = numbered or re.findall(r"[^.!?]+\.(?= |$)", middle)
    return [text for item in told if _LEAST_POINT <= len(text := clean(item)) <= room and not _PRICED.search(text)]


def _fact(title: str, detail: str, room: Mapping[str, int]) -> Slide:
    found = _FIGURE.search(clean(detail))
    figure = found.group().strip() if found else ""
    slide = _slide(title, detail, room)
    return slide.model_copy(update={"figure": figure}) if 1 < len(figure) <= room["figure"] else slide


def _slide(title: str, body: str, room: Mapping[str, int]) -> Slide:
    text = clean(body)
    ending = sentence(text) if len(text) < room["body"] and "/" not in text and not _ends_with_link(text) else text
    return Slide(title=shortened(clean(title), room["title"]), body=shortened(ending, room["body"]))


def _ends_with_link(text: str) -> bool:
    """A full stop after an address would become part of it."""
    return bool(re.search(r"\.[a-z]{2,}$", text))


def less(text: str, share: float, least: int) -> str:
    """The text cut to a share of its length, at a place where it still reads."""
    for mark in (": ", ", ", " – ", "; "):
        head = text.split(mark)[0]
        if least <= len(head) <= len(text) * share:
            return _DANGLING.sub("", head)
    return shortened(text, max(least, int(len(text) * share)))


def without(words: BriefWords, unwanted: Sequence[str]) -> BriefWords:
    """The words without some others: a field that held one loses it, or is left empty where it may be."""
    fields = {
        name: _dropped(value, unwanted)
        for name, value in words.model_dump(exclude={"slides"}).items()
        if isinstance(value, str)
    }
    return words.model_copy(update={**fields, "headline": fields["headline"] or words.headline})


def _dropped(text: str, unwanted: Sequence[str]) -> str:
    for word in unwanted:
        text = re.sub(rf"(?<!\w){re.escape(word)}(?!\w)", "", text, flags=re.IGNORECASE)
    return re.sub(r"\s+", " ", text).strip(" ,;:")
