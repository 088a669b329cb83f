"""Brand rules for words: every text is held against them before it is stored or sent."""

import re
import unicodedata
from collections.abc import Callable, Iterable
from datetime import date
from decimal import Decimal

from pydantic import BaseModel, ConfigDict

from marketing_pipeline.domain.brand import Brand
from marketing_pipeline.domain.brand_rule import AppliesTo
from marketing_pipeline.domain.creative import CreativeBrief
from marketing_pipeline.domain.hidden_text import hidden_in, look_alikes_in
from marketing_pipeline.domain.money import prices_in
from marketing_pipeline.domain.rule_check import problem_of_caption, problem_of_hashtags, problem_of_text
from marketing_pipeline.domain.season import out_of_season
from marketing_pipeline.domain.variation import CopyVariation

# Instagram's own limits: captions of at most 2,200 characters, 30 hashtags, 20 mentions (content publishing guide).
CAPTION_LIMIT = 2200
HASHTAG_LIMIT = 30
MENTION_LIMIT = 20
ALT_TEXT_LIMIT = 1000
_SCHEME = r"[a-z][a-z0-9+.\-]*://[^\s)]+|\b(?:mailto|tel|sms|data|javascript|www)[:.][^\s)]+"
_HOST = r"(?<![\w.\-])(?:[\w\-]+\.)+(?:xn--[a-z0-9\-]+|[^\W\d_]{2,})(?![\w\-])(?:[:/?#][^\s)]*)?"
_NUMBERS = r"(?<![\w.])\d{1,3}(?:\.\d{1,3}){3}(?![\w.])[^\s)]*"
_LINK = re.compile(f"{_SCHEME}|{_HOST}|{_NUMBERS}", re.I)
# Signs that a browser takes for a dot in a name, though Unicode's compatibility forms do not (UTS 46, section 2.3).
_DOTS = str.maketrans({"\u3002": ".", "\u2024": "."})
_MENTION = re.compile(r"@([A-Za-z0-9_.]+)")
_HASHTAG = re.compile(r"#\w+")


class Violation(BaseModel):
    """One broken rule, in words that a writer (human or model) can act on."""

    model_config = ConfigDict(frozen=True)

    rule: str
    where: str
    problem: str


def check_text(text: str, where: str, brand: Brand) -> tuple[Violation, ...]:
    """Rules that hold for any text of the brand: banned words, links, mentions, prices, characters that mislead."""
    return tuple(
        Violation(rule=rule, where=where, problem=problem)
        for rule, problem in (
            *(("banned_word", f"{word!r} is on the brand's list of banned words") for word in _banned(text, brand)),
            *(
                ("link", f"{link!r} does not lead to {_host(str(brand.website))}")
                for link in _foreign_links(text, brand)
            ),
            *(("mention", f"@{name} is not the brand's own handle") for name in _foreign_mentions(text, brand)),
            *(("price", f"{price} is no price on the product list") for price in _unknown_prices(text, brand)),
            *(("hidden_character", f"it holds the invisible character {letter}") for letter in hidden_in(text)),
            *(("look_alike", f"{word} mixes letters of two scripts that look alike") for word in look_alikes_in(text)),
        )
    )


def check_variation(variation: CopyVariation, brand: Brand) -> tuple[Violation, ...]:
    """Every rule for one variation. An empty result means that it may be stored and sent."""
    published = variation.published_text()
    found: list[Violation] = []

    def broken(rule: str, where: str, problem: str) -> None:
        found.append(Violation(rule=rule, where=where, problem=problem))

    if not variation.caption.startswith(variation.hook_line):
        broken("hook_line", "caption", "it must begin with the hook line, word for word")
    if len(published) > CAPTION_LIMIT:
        broken("caption_length", "caption", f"{len(published)} characters with hashtags; at most {CAPTION_LIMIT}")
    _check_hashtags(variation.hashtags, brand, broken)
    if _HASHTAG.search(variation.caption):
        broken("hashtag_place", "caption", "hashtags belong in their own field, not in the caption")
    if len(_MENTION.findall(published)) > MENTION_LIMIT:
        broken("mention_count", "caption", f"more than {MENTION_LIMIT} mentions")
    for where, text in (("caption", variation.caption), ("alt_text", variation.alt_text)):
        found.extend(check_text(text, where, brand))
        found.extend(check_rules(text, where, brand))
    found.extend(_check_post_rules(variation, brand))
    return tuple(found)


def check_rules(text: str, where: str, brand: Brand) -> tuple[Violation, ...]:
    """The accepted rules about copy that code can check, and that hold for any text of a post."""
    return tuple(
        Violation(rule="brand_rule", where=where, problem=rule.broken(problem))
        for rule in brand.rules_for(AppliesTo.COPY)
        if rule.check is not None and (problem := problem_of_text(rule.check, text))
    )


def _check_post_rules(variation: CopyVariation, brand: Brand) -> Iterable[Violation]:
    for rule in brand.rules_for(AppliesTo.COPY):
        if rule.check is None:
            continue
        if problem := problem_of_caption(rule.check, variation.caption):
            yield Violation(rule="brand_rule", where="caption", problem=rule.broken(problem))
        if problem := problem_of_hashtags(rule.check, variation.hashtags):
            yield Violation(rule="brand_rule", where="hashtags", problem=rule.broken(problem))


def _check_hashtags(tags: tuple[str, ...], brand: Brand, broken: Callable[[str, str, str], None]) -> None:
    allowed = min(brand.hashtags.most, HASHTAG_LIMIT)
    if len(tags) > allowed:
        broken("hashtag_count", "hashtags", f"{len(tags)} hashtags; at most {allowed}")
    if len({tag.casefold() for tag in tags}) < len(tags):
        broken("hashtag_twice", "hashtags", "a hashtag stands twice")
    for tag in tags:
        if not _HASHTAG.fullmatch(tag):
            broken("hashtag_form", "hashtags", f"{tag!r} is no hashtag: one # and then letters, digits or _")
    for tag in brand.hashtags.always:
        if tag.casefold() not in {given.casefold() for given in tags}:
            broken("hashtag_missing", "hashtags", f"{tag} belongs under every post")


def check_brief(brief: CreativeBrief, brand: Brand) -> tuple[Violation, ...]:
    """Every rule for the words a creative will show."""
    found: list[Violation] = []
    for where, text in brief_texts(brief):
        found.extend(check_text(text, where, brand))
        found.extend(check_rules(text, where, brand))
    if brief.palette not in brand.look.palettes:
        known = ", ".join(sorted(brand.look.palettes))
        found.append(Violation(rule="palette", where="palette", problem=f"{brief.palette!r} is none of: {known}"))
    if brief.artwork not in brand.look.artwork:
        known = ", ".join(brand.look.artwork)
        found.append(Violation(rule="artwork", where="artwork", problem=f"{brief.artwork} is none of: {known}"))
    return tuple(found)


def check_season(text: str, where: str, brand: Brand, day: date | None) -> tuple[Violation, ...]:
    """A post names an occasion or offer only on its days; `day` is the post's own. None: no day, nothing to check."""
    named = out_of_season(text, brand, day) if day is not None else ()
    return tuple(
        Violation(rule="season", where=where, problem=f"{item} does not cover {day:%d %b}, the day of this post")
        for item in named
    )


def brief_texts(brief: CreativeBrief) -> Iterable[tuple[str, str]]:
    """Each text that will be typeset, with the name of its field."""
    for name in ("headline", "kicker", "supporting_line", "price_label", "price_note", "call_to_action"):
        if text := getattr(brief, name):
            yield name, text
    for number, slide in enumerate(brief.slides, start=1):
        for name in ("title", "body", "figure"):
            if text := getattr(slide, name):
                yield f"slides[{number}].{name}", text


def known_prices(brand: Brand) -> frozenset[Decimal]:
    """All prices that the brand's copy may name, in units of its currency."""
    prices = {brand.money(product.price).amount for product in brand.products}
    prices |= {brand.money(item.framed_price).amount for item in brand.products if item.framed_price is not None}
    offered: set[Decimal] = set()
    for offer in brand.offers:
        offered |= prices_in(offer.statement)
    return frozenset(prices | offered)


def _banned(text: str, brand: Brand) -> list[str]:
    folded = text.casefold()
    return [
        word for word in brand.voice.banned_words if re.search(rf"(?<!\w){re.escape(word.casefold())}(?!\w)", folded)
    ]


def _host(address: str) -> str:
    return re.sub(r"^https?://", "", address).split("/")[0].removeprefix("www.").casefold()


def _foreign_links(text: str, brand: Brand) -> list[str]:
    """What a reader or a program may take for an address, however it is written, save those of the brand's website."""
    own, names = _host(str(brand.website)), _own_names(brand)
    found = [link.rstrip(".,;:!?'\"") for link in _LINK.findall(_MENTION.sub(_without_name, _plainly(text)))]
    return [link for link in found if link.casefold() not in names and (_host(link) != own or link not in text)]


def _foreign_mentions(text: str, brand: Brand) -> list[str]:
    """Accounts and mail addresses that are not the brand's own."""
    handle, host = brand.channels.instagram.handle.removeprefix("@").casefold(), _host(str(brand.website))
    plain = _plainly(text)
    return [
        found[1]
        for found in _MENTION.finditer(plain)
        if found[1].rstrip(".").casefold() != (host if _is_mail(plain, found) else handle)
    ]


def _plainly(text: str) -> str:
    """The text in the forms that a browser would read: no full-width letters, one kind of dot."""
    return unicodedata.normalize("NFKC", text.translate(_DOTS))


def _is_mail(text: str, at: re.Match[str]) -> bool:
    return at.start() > 0 and re.match(r"[\w.+\-]", text[at.start() - 1]) is not None


def _without_name(at: re.Match[str]) -> str:
    """A mention is judged as one; the name of a mail address stays, for it is a host."""
    return at.group() if _is_mail(at.string, at) else " "


def _own_names(brand: Brand) -> frozenset[str]:
    """Words with a dot in names that the brand itself goes by or sells."""
    words = " ".join([brand.name, *(product.name for product in brand.products)]).casefold().split()
    return frozenset(word for word in words if "." in word)


def _unknown_prices(text: str, brand: Brand) -> list[Decimal]:
    return sorted(prices_in(text) - known_prices(brand))
