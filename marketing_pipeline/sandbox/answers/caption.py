"""One caption at a time: paragraphs from the brand's own facts, in an order that suits the opening."""

import re
from dataclasses import dataclass
from enum import StrEnum

from marketing_pipeline.domain.creative import PostFormat
from marketing_pipeline.domain.plan import Hook
from marketing_pipeline.sandbox.answers.caption_facts import facts_of
from marketing_pipeline.sandbox.answers.phrases import filled, phrases
from marketing_pipeline.sandbox.answers.prompt import SeenBrand, SeenPost
from marketing_pipeline.sandbox.answers.wishes import Wishes
from marketing_pipeline.sandbox.answers.wording import (
    rotated,
    sentence,
    shortened,
)

HOOK_LIMIT = 125
_VARIATION_STEP = 5
_LEAST_POINTS = 3
_COUNTS = re.compile(r"(?:\S+ ){0,3}(?:\d+|two|three|four|five|six|seven|eight|nine|ten|twelve)\b", re.IGNORECASE)
"""A number so early makes a line read as a list."""


class Build(StrEnum):
    """How a caption is put together after its first line."""

    SHORT = "short"
    FACTS = "facts"
    REASONS = "reasons"
    SCENE = "scene"
    GUIDE = "guide"


@dataclass(frozen=True)
class Caption:
    """A caption and what is true of it."""

    hook: Hook
    build: Build
    hook_line: str
    text: str
    priced: bool
    listed: bool


class Writer:
    """Everything that the captions of one post share: facts, wishes and the place in every rotation."""

    def __init__(
        self, brand: SeenBrand, post: SeenPost, wishes: Wishes, recent: frozenset[str], salt: str, limit: int
    ) -> None:
        self._brand = brand
        self._post = post
        self._wishes = wishes
        self._recent = recent
        self._salt = salt
        self._limit = limit
        self._product = brand.product(post.idea.product)
        self._facts = facts_of(brand, post, self._product, wishes)
        self._used: set[str] = set()
        self._said: set[str] = set()

    def caption(self, hook: Hook, build: Build, turn: int, number: int) -> Caption:
        """One caption of two to five paragraphs after the hook line; `number` tells the variations apart."""
        step = turn + number * _VARIATION_STEP
        self._said = set()
        points = self._points(hook, step) if build is Build.GUIDE else []
        line = self._hook_line(hook, step, len(points))
        priced = self._names_price(step, number)
        self._said = set(_phrases_of("\n".join(points)))
        body = [self._say(f"after_{hook}", step), *self._paragraphs(build, step, points, priced)]
        occasion = self._occasion(step)
        wanted = [sentence(text) for text in self._wishes.include]
        if self._wishes.price and priced and self._facts["price"] not in "".join(body):
            wanted.append(f"{self._facts['name']}: {self._facts['price']}.")
        paragraphs = [line, *(text for text in (*body[:3], occasion, *wanted) if text)]
        paragraphs = self._with_keywords(paragraphs, step)
        text = "\n\n".join([*paragraphs, self._close(step)])
        return Caption(hook, build, line, self._cut(text, line), priced and self._facts["price"] in text, bool(points))

    def alt_text(self, turn: int) -> str:
        """What the planned picture shows."""
        kind = "product" if self._product else "plain"
        shape: PostFormat = self._post.assignment.format
        texts = [
            filled(item, self._facts) for item in rotated(phrases("copy")[f"alt_{kind}_{shape}"], turn, self._salt)
        ]
        allowed = [text for text in texts if text and self._wishes.allows(text)]
        return (allowed or [f"A designed card by {self._brand.name}."])[0]

    def _paragraphs(self, build: Build, step: int, points: list[str], priced: bool) -> list[str]:
        """What stands between the opening and the ending; nothing is said twice, the price right after the product."""
        key = sentence(self._post.idea.key_message)
        key = self._told(key) if self._wishes.allows(key) else ""
        product = self._say("product", step)
        if priced and product:
            product = f"{product} {self._say('price', step)}"
        reason = self._say("reason", step)
        if build is Build.SHORT:
            return [product or key or reason]
        if build is Build.FACTS:
            return [product or reason, key]
        if build is Build.REASONS:
            return [f"{reason} {key}".strip(), product]
        if build is Build.SCENE:
            return [f"{self._say('scene', step)} {reason}".strip(), product or key]
        return ["\n".join(points), product or key]

    def _points(self, hook: Hook, step: int) -> list[str]:
        """Numbered points: steps for a how-to, else facts of the product and advice."""
        if hook is Hook.HOW_TO:
            manner = "step" if self._facts["np"] or self._facts["about"].startswith("how to") else "look"
            told = [self._say(f"{manner}_{place}", step) for place in ("first", "second", "third")]
        else:
            details = [self._facts["detail"], self._facts["second"]]
            facts = [f"{self._facts['name']}: {item}." for item in details if item and self._wishes.allows(item)][:2]
            tips = [self._say("tips", step + at) for at in range(_LEAST_POINTS + 2)]
            many = _LEAST_POINTS + step % 3
            told = [*[tip for tip in tips if tip][: many - len(facts)], *facts]
        return [
            f"{number}. {text}" for number, text in enumerate(dict.fromkeys(text for text in told if text), start=1)
        ]

    def _hook_line(self, hook: Hook, step: int, points: int) -> str:
        facts = {**self._facts, "count": str(points) if points else ""}
        options = rotated(phrases("copy")[f"hook_{hook}"], step, f"{self._salt}/hook_{hook}")
        lines = [text for item in options if (text := filled(item, facts)) and len(text) <= HOOK_LIMIT]
        lines = [line for line in lines if self._wishes.allows(line) and (hook is Hook.LIST or not _COUNTS.match(line))]
        fresh = [line for line in lines if line.casefold() not in self._recent | self._used]
        line = (fresh or lines or [_spare_line(hook, points, self._brand.name)])[0]
        self._used.add(line.casefold())
        return line

    def _occasion(self, step: int) -> str:
        row = self._post.occasion
        if row is None:
            return ""
        if row.id in {offer.id for offer in self._brand.offers}:
            return f"{sentence(row.name)} Code: {row.note}." if row.note else sentence(row.name)
        return self._say("occasion" if self._facts["note"] else "occasion_plain", step)

    def _with_keywords(self, paragraphs: list[str], step: int) -> list[str]:
        """A line with two of the pillar's own words where the text has not used two of them anyway."""
        words = self._brand.pillar.keywords if self._brand.pillar else ()
        text = "\n".join(paragraphs).casefold()
        used = sum(bool(re.search(rf"\b{re.escape(word.casefold())}\b", text)) for word in words)
        line = self._say("keywords", step)
        return [*paragraphs, line] if used < 2 and line else paragraphs

    def _close(self, step: int) -> str:
        linked = self._facts["host"] in self._facts["cta"]
        return self._say("close_linked" if linked else "close", step) or self._facts["cta"]

    def _names_price(self, step: int, number: int) -> bool:
        if self._product is None or not self._facts["price"]:
            return False
        return self._wishes.price if self._wishes.price is not None else (step + number) % 2 == 0

    def _say(self, purpose: str, turn: int) -> str:
        """The next sentence of that purpose that the facts fill, the wishes allow and no earlier one has said."""
        for template in rotated(phrases("copy")[purpose], turn, f"{self._salt}/{purpose}"):
            text = filled(template, self._facts)
            if text and self._wishes.allows(text) and not self._said & _phrases_of(text):
                return self._told(text[0].upper() + text[1:] if not text.startswith(self._facts["host"]) else text)
        return ""

    def _told(self, text: str) -> str:
        """The text, remembered."""
        self._said |= _phrases_of(text)
        return text

    def _cut(self, text: str, line: str) -> str:
        """Whole paragraphs from the end of the middle go until the limit is kept; hook line and ending stay."""
        parts = text.split("\n\n")
        while len("\n\n".join(parts)) > self._limit and len(parts) > 2:
            del parts[-2]
        kept = "\n\n".join(parts)
        return kept if len(kept) <= self._limit else f"{line}\n\n{shortened(parts[-1], self._limit - len(line) - 2)}"


def _phrases_of(text: str) -> set[str]:
    """Every run of four words: what makes two sentences sound alike."""
    words = re.findall(r"\w+", text.casefold())
    return {" ".join(words[at : at + 4]) for at in range(len(words) - 3)}


def _spare_line(hook: Hook, points: int, brand: str) -> str:
    """When no sentence fits: short, and still of its kind."""
    return {
        Hook.QUESTION: "What would you like to know?",
        Hook.LIST: f"{points or _LEAST_POINTS} notes from {brand}",
        Hook.HOW_TO: "How to decide with a clear head",
        Hook.STORY: "Last week someone asked us a good question.",
        Hook.CLAIM: "The small things decide.",
    }[hook]
