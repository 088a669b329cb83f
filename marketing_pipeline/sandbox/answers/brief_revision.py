"""How a composer mends a brief: each reason leads to the one change that answers it."""

import re
from collections.abc import Callable, Sequence
from typing import TypeVar

from marketing_pipeline.domain.creative import ArtworkStyle, CreativeBrief, Slide, Template, TextTone
from marketing_pipeline.domain.identifiers import short_hash
from marketing_pipeline.sandbox.answers.brief_words import BriefWords, clean, less, without
from marketing_pipeline.sandbox.answers.prompt import Problem

_CALMEST = (ArtworkStyle.DUNES, ArtworkStyle.HORIZON, ArtworkStyle.PEBBLES, ArtworkStyle.BOTANICAL, ArtworkStyle.TILES)
_ON_ARTWORK = (Template.SEASONAL, Template.STATEMENT, Template.CAROUSEL, Template.BEFORE_AFTER)
_SMALLER, _LARGER = 0.88, 1.12
_LEAST_SCALE, _MOST_SCALE = 0.6, 1.4
_SEEDS = 1_000_001
T = TypeVar("T")


class _Bench:
    """A brief under repair, with what else the brand could use."""

    def __init__(
        self,
        brief: CreativeBrief,
        first: CreativeBrief,
        attempt: int,
        palettes: Sequence[str],
        artwork: Sequence[ArtworkStyle],
    ) -> None:
        self._brief = brief
        self._first = first
        self._attempt = attempt
        self._palettes = palettes
        self._artwork = artwork
        self.changes: dict[str, object] = {}

    def contrast(self) -> None:
        """The other ink first; where that was tried, a quiet plate under the text; then another ground altogether."""
        tried = self._brief.text_tone is not self._first.text_tone
        if not tried and not self._brief.scrim:
            self.changes["text_tone"] = TextTone.LIGHT if self._brief.text_tone is TextTone.DARK else TextTone.DARK
        elif not self._brief.scrim:
            self.changes["scrim"] = True
        else:
            self.new_palette()
            self.new_artwork()

    def faint_palette(self) -> None:
        """Ink and ground of the palette itself are too close: another palette, or its other ink where there is none."""
        self.new_palette()
        if self.changes["palette"] == self._brief.palette:
            self.contrast()

    def too_much_text(self) -> None:
        """Shorter words first; once they are short, smaller type."""
        self.changes["headline"] = less(self._brief.headline, 0.75, 12) or self._brief.headline
        if self._brief.supporting_line:
            self.changes["supporting_line"] = less(self._brief.supporting_line, 0.75, 12)
        self.changes["slides"] = tuple(
            Slide(title=less(slide.title, 0.85, 8), body=less(slide.body, 0.8, 20), figure=slide.figure)
            for slide in self._brief.slides
        )
        if self._attempt > 2 or self.changes["headline"] == self._brief.headline:
            self.changes["type_scale"] = max(_LEAST_SCALE, round(self._brief.type_scale * _SMALLER, 2))
            if self._brief.type_scale == _LEAST_SCALE:
                self.changes["supporting_line"] = ""

    def small_text(self) -> None:
        """Fewer words, so that the type can be larger."""
        self.too_much_text()
        self.changes["type_scale"] = min(_MOST_SCALE, round(self._brief.type_scale * _LARGER, 2))

    def new_artwork(self) -> None:
        """Another drawing of another kind."""
        self.changes["artwork_seed"] = (
            int(short_hash(str(self._brief.artwork_seed), str(self._attempt), length=8), 16) % _SEEDS
        )
        self.changes["artwork"] = _next(self._artwork, self._brief.artwork)

    def new_palette(self) -> None:
        """The next palette of the brand."""
        self.changes["palette"] = _next(self._palettes, self._brief.palette)

    def strange_colours(self) -> None:
        """The next palette; another drawing where the brand has only one."""
        self.new_palette()
        if self.changes["palette"] == self._brief.palette:
            self.new_artwork()

    def duplicate(self) -> None:
        """Nothing that the eye remembers stays: drawing, kind and colours."""
        self.new_artwork()
        self.new_palette()

    def busy(self) -> None:
        """A plate under text that stands on artwork, else artwork that is calmer."""
        if self._brief.template in _ON_ARTWORK and not self._brief.scrim:
            self.changes["scrim"] = True
            return
        self.new_artwork()
        calmer = [style for style in _CALMEST if style in self._artwork and style is not self._brief.artwork]
        if calmer:
            self.changes["artwork"] = calmer[0]

    def glyphs(self) -> None:
        """Only characters that every face has."""
        for name in ("headline", "kicker", "supporting_line", "price_note", "call_to_action"):
            text = str(getattr(self._brief, name))
            if clean(text) != text:
                self.changes[name] = clean(text) or (self._first.headline if name == "headline" else "")
        if not self.changes:
            self.changes["headline"] = less(self._brief.headline, 0.9, 8)
        self.changes["slides"] = tuple(
            Slide(
                title=clean(slide.title) or "More", body=clean(slide.body) or "See below.", figure=clean(slide.figure)
            )
            for slide in self._brief.slides
        )

    def message(self) -> None:
        """Back to the words of the first brief, which come from the post itself."""
        words = {"headline": self._first.headline, "supporting_line": self._first.supporting_line}
        if all(getattr(self._brief, name) == text for name, text in words.items()):
            self.new_artwork()
        self.changes |= words

    def unsharp(self) -> None:
        """A new drawing, and type a little larger."""
        self.new_artwork()
        self.changes["type_scale"] = min(_MOST_SCALE, round(self._brief.type_scale * 1.06, 2))


_MENDING: tuple[tuple[str, Callable[[_Bench], None]], ...] = (
    (r"near[_ ]duplicate|looks like|too similar|same (?:picture|look)", _Bench.duplicate),
    (r"glyph|cannot be drawn|missing character|tofu", _Bench.glyphs),
    (r"small|text[_ ]size|below \d+ px", _Bench.small_text),
    (r"overflow|cut off|clipp|border|safe[_ ]area|margin|does not fit|too long|crop", _Bench.too_much_text),
    (r"declared_contrast|on its ground", _Bench.faint_palette),
    (r"contrast|low_contrast|hard to read|cannot be read|unreadable|missing_text", _Bench.contrast),
    (r"palette|off[_-]brand|colour|color", _Bench.strange_colours),
    (r"busy|clutter|crowded|restless", _Bench.busy),
    (r"acuity|sharp|blur|soft|jpeg|artefact", _Bench.unsharp),
    (r"blank|empty", _Bench.new_artwork),
    (r"^message_match", _Bench.message),
    (r"^legibility", _Bench.contrast),
    (r"^brand_fit", _Bench.strange_colours),
)


def revised(
    brief: CreativeBrief,
    first: CreativeBrief,
    reasons: Sequence[str],
    attempt: int,
    palettes: Sequence[str],
    artwork: Sequence[ArtworkStyle],
) -> CreativeBrief:
    """The brief with each reason answered; a reason that nobody understands gets another drawing."""
    bench = _Bench(brief, first, attempt, palettes, artwork)
    mendings = dict.fromkeys(_mending_of(reason) for reason in reasons) or {_Bench.new_artwork: None}
    for mend in mendings:
        mend(bench)
    fields = {**brief.model_dump(), **bench.changes}
    fields["intent"] = f"Attempt after: {'; '.join(reason.split(':')[0] for reason in reasons)}. {first.intent}"[:400]
    return CreativeBrief.model_validate(fields)


def _mending_of(reason: str) -> Callable[[_Bench], None]:
    folded = reason.casefold()
    return next((mend for pattern, mend in _MENDING if re.search(pattern, folded)), _Bench.new_artwork)


def _next(options: Sequence[T], current: T) -> T:
    place = list(options).index(current) if current in options else -1
    return options[(place + 1) % len(options)]


def avoid_words(words: BriefWords, problems: Sequence[Problem]) -> BriefWords:
    """The words without those that a repair turn quotes as a problem."""
    quoted = [found for item in problems for found in re.findall(r"'([^']{2,60})'", item.problem)]
    return without(words, quoted) if quoted else words
