"""Turns a brand's own phrases into sentences that are correct for any trade."""

import re
from collections.abc import Iterable, Sequence
from datetime import date
from enum import StrEnum
from typing import TypeVar

from marketing_pipeline.domain.identifiers import short_hash

T = TypeVar("T")
_END = re.compile(r"[.!?…:;,\s]+$")
_PRICE = re.compile(r"\s*\b(?:(?:for|at|under|below|from|over|about|only)\s+)*[£$€¥]\s?\d[\d,.]*\d?\b", re.IGNORECASE)
_FOLLOWS_A_GERUND = {
    "in",
    "on",
    "for",
    "with",
    "without",
    "out",
    "up",
    "down",
    "back",
    "off",
    "to",
    "and",
    "about",
    "through",
}
_QUESTION_WORDS = ("how", "why", "what", "which", "when", "where", "who", "whether")
_BASE_FORMS = {
    "adjusting": "adjust", "baking": "bake", "buying": "buy", "caring": "care", "choosing": "choose",
    "cleaning": "clean", "commuting": "commute", "finding": "find", "fitting": "fit", "framing": "frame",
    "giving": "give", "hanging": "hang", "keeping": "keep", "learning": "learn", "making": "make", "matching": "match",
    "measuring": "measure", "mixing": "mix", "packing": "pack", "picking": "pick", "planning": "plan",
    "printing": "print", "riding": "ride", "setting": "set", "slicing": "slice", "storing": "store", "using": "use",
}  # fmt: skip
_IMPERATIVES = {
    *_BASE_FORMS.values(), "meet", "see", "ask", "try", "read", "look", "start", "order", "visit", "bring", "turn",
    "say",
}  # fmt: skip
_SMALL = {"a", "an", "the", "our", "your", "one", "two", "three", "four", "five", "every", "some", "no", "this", "that"}
_STOP_WORDS = _SMALL | {
    "and", "or", "of", "for", "to", "in", "on", "with", "at", "by", "from", "it", "its", "is", "are", "be", "as",
    "who", "how", "what", "when", "which", "why", "where", "people", "not", "we", "you", "us", "they", "their", "them",
}  # fmt: skip
_NEVER_LAST = _STOP_WORDS | {
    "", "that", "over", "under", "above", "below", "into", "about", "than", "but", "if", "so", "has", "can",
}  # fmt: skip


def turn_of(post_id: str) -> int:
    """The running number of a post, from the week and position in its id: neighbours get neighbouring numbers."""
    found = re.search(r"(\d{4})-(\d\d)-(\d\d)-(\d+)$", post_id)
    if not found:
        return int(short_hash(post_id, length=6), 16)
    year, month, day, position = (int(part) for part in found.groups())
    return date(year, month, day).toordinal() // 7 * 7 + position


def rotated(options: Sequence[T], turn: int, salt: str) -> list[T]:
    """All options in an order that begins elsewhere for each turn: no option comes back before all had their turn.

    The salt (seed and purpose) decides where the rotation stands at turn 0 and how the options are shuffled.
    """
    shuffled = sorted(range(len(options)), key=lambda number: short_hash(salt, str(number)))
    start = turn % len(options) if options else 0
    return [options[number] for number in (*shuffled[start:], *shuffled[:start])]


def sentence(text: str) -> str:
    """With a capital at the start and a full stop (or its own mark) at the end."""
    clean = text.strip()
    if not clean:
        return ""
    clean = clean[0].upper() + clean[1:]
    return clean if clean[-1] in ".!?…" else _END.sub("", clean) + "."


def bare(text: str) -> str:
    """Without the mark at its end."""
    return _END.sub("", text.strip())


def unpriced(text: str) -> str:
    """Without any price: only labels from the product list are repeated, and those word for word."""
    return re.sub(r"\s+", " ", _PRICE.sub("", text)).strip()


def short_name(product: str) -> str:
    """The name of a product in running text: what stands before the size or the kind."""
    return re.split(r", | \(", product)[0]


def joined(parts: Sequence[str], word: str = "and") -> str:
    """a, b and c."""
    return f"{', '.join(parts[:-1])} {word} {parts[-1]}" if len(parts) > 1 else "".join(parts)


def host(address: str) -> str:
    """A web address as people write it: upscaleprint.example."""
    return re.sub(r"^https?://(www\.)?", "", address).strip("/")


def shortened(text: str, limit: int) -> str:
    """At most `limit` characters, cut between words where it must be, never after a small word or a comma."""
    clean = text.strip()
    if len(clean) <= limit:
        return clean
    words = clean[: limit + 1].rsplit(" ", 1)[0].split(" ")
    while len(words) > 1 and re.sub(r"\W", "", words[-1]).casefold() in _NEVER_LAST:
        words.pop()
    return bare(" ".join(words))[:limit]


def stems(*texts: str) -> frozenset[str]:
    """The content words of some texts, cut to their first five letters, so that frame, frames and framed meet."""
    words = re.findall(r"[a-z][a-z'’-]+", " ".join(texts).casefold())
    return frozenset(word[:5] for word in words if word not in _STOP_WORDS and len(word) > 2)


def proper_names(texts: Iterable[str]) -> frozenset[str]:
    """Words that stand with a capital in the middle of a sentence: names, which keep it everywhere."""
    found: set[str] = set()
    for text in texts:
        found |= set(re.findall(r"(?<=[a-z,;] )([A-Z][\w'’-]*)", text))
    return frozenset(found)


def inside(text: str, names: Iterable[str] = ()) -> str:
    """As it reads in the middle of a sentence: a small first letter unless it is a name or an abbreviation."""
    clean = bare(text)
    first = re.split(r"[\s,:]", clean, maxsplit=1)[0]
    if first in set(names) or first[1:] != first[1:].lower() or re.search(r"\d", first) or first == "I":
        return clean
    return clean[:1].lower() + clean[1:]


class Form(StrEnum):
    """How a subject is built, which decides the sentences it fits into."""

    NOUN = "noun"
    GERUND = "gerund"
    CLAUSE = "clause"
    QUOTED = "quoted"


class Subject:
    """A topic of the brand, ready for the places that sentences have for it."""

    def __init__(self, topic: str, names: Iterable[str] = ()) -> None:
        self.title = sentence(bare(topic)).removesuffix(".")
        plain = inside(topic, names)
        first = plain.split(" ", 1)[0].casefold()
        self._plain = plain
        second = plain.split(" ")[1].casefold() if " " in plain else ""
        if topic.strip().endswith("?") or re.search(r": | [-–—] ", topic):
            self.form = Form.QUOTED
        elif first in _QUESTION_WORDS:
            self.form = Form.CLAUSE
        elif first in _IMPERATIVES and not first.endswith("ing"):
            self.form = Form.CLAUSE
            self._plain = f"how to {plain}"
        elif first.endswith("ing") and len(first) > 5 and second in _FOLLOWS_A_GERUND | _SMALL:
            self.form = Form.GERUND
        else:
            self.form = Form.NOUN

    @property
    def about(self) -> str:
        """What can follow 'about' or 'on'."""
        return f"“{self.title}”" if self.form is Form.QUOTED else self._plain

    @property
    def noun_phrase(self) -> str:
        """The subject where it names a matter in general, in few enough words; else empty."""
        return "" if self._tells_of_one_thing else self._short_noun

    @property
    def scene(self) -> str:
        """The subject where it names one thing or moment, in few enough words; else empty."""
        return self._short_noun if self._tells_of_one_thing else ""

    @property
    def _tells_of_one_thing(self) -> bool:
        return self._plain.split(" ", 1)[0].casefold() in ("a", "an", "the", "one", "our", "this", "that")

    @property
    def _short_noun(self) -> str:
        fits = self.form in (Form.NOUN, Form.GERUND) and len(self._plain.split()) <= 9 and "," not in self._plain
        return self._plain if fits else ""

    def how_to(self) -> str | None:
        """The subject as a 'How to ...' line of its own; None where the words do not allow it."""
        first, _, rest = self._plain.partition(" ")
        if self._plain.startswith("how to "):
            return sentence(self._plain).removesuffix(".")
        if self.form is Form.GERUND:
            verb = _BASE_FORMS.get(first.casefold())
            return f"How to {verb} {rest}" if verb else f"How to go about {self._plain}"
        return f"How to find out {self._plain}" if self.form is Form.CLAUSE else None
