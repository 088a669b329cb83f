"""What each criterion makes of one picture. A defect is named only where it shows in the pixels."""

from dataclasses import dataclass
from functools import cached_property

from marketing_pipeline.domain.creative import CreativeBrief, PostFormat, Template
from marketing_pipeline.domain.evaluation import Level
from marketing_pipeline.sandbox.answers.looking import Look, SeenColour
from marketing_pipeline.sandbox.answers.text_lines import TextLine
from marketing_pipeline.sandbox.answers.wording import joined

LARGE_TYPE = 34
"""Height in pixels from which letters count as large: WCAG asks for 3 to 1 there, for 4.5 to 1 below."""
_POOR_LARGE, _FAIR_LARGE = 2.4, 3.1
_POOR_SMALL, _FAIR_SMALL = 2.6, 3.8
_CUT, _CLOSE = 2, 24
_READABLE_SHARE = 0.45
_MANY_LOST, _MOST_LOST = 0.72, 0.55
_RESTLESS = 0.1
_LEAST_HEADLINE = 6
_BLANK_SPREAD = 12
_EMPTY_FAIR, _EMPTY_POOR = 0.90, 0.95
_SOFT, _BLURRED = 0.58, 0.47
_BLOCKY, _BLOCKY_AND_LOST = 2.0, 1.25
_STRANGE, _VIVID = 16.0, 25.0
_MUCH, _SOME, _SPOT = 0.06, 0.02, 0.004
_MANY_HUES = 2


@dataclass(frozen=True)
class Finding:
    """A level with its reason, and the short name of the defect where there is one."""

    level: Level
    reason: str
    defect: str = ""


@dataclass(frozen=True)
class Expected:
    """What the brief puts on one picture: its main line, all its letters, and the most lines that they can take.

    `scale` is the least height of the main line against the tallest type: a price or a figure may be taller.
    """

    headline: str
    letters: int
    most_lines: int
    scale: float = 0.5


def expected_on(brief: CreativeBrief, number: int) -> Expected:
    """The words of a picture, by its number: the cover is 1, slides follow."""
    if brief.format is PostFormat.CAROUSEL and number > 1 and number - 2 < len(brief.slides):
        slide = brief.slides[number - 2]
        letters = _letters(slide.title, slide.body)
        return Expected(slide.title, letters, 8 + letters // 12, scale=0.25)
    action = "" if brief.template is Template.CAROUSEL else brief.call_to_action
    small = [text for text in (brief.kicker, brief.supporting_line, brief.price_note, action) if text]
    extra = 2 if brief.template in (Template.BEFORE_AFTER, Template.PRODUCT_CARD) else 0
    scale = 0.35 if brief.template is Template.PRODUCT_CARD else 0.5
    return Expected(brief.headline, _letters(brief.headline, *small), 8 + 2 * len(small) + extra, scale)


def _letters(*texts: str) -> int:
    return sum(character.isalnum() for text in texts for character in text)


@dataclass(frozen=True)
class Sight:
    """A picture as seen, with what it was meant to hold."""

    look: Look
    expected: Expected

    @cached_property
    def headline(self) -> tuple[TextLine, ...]:
        """The lines in the largest type, as far as they can be the headline."""
        tallest = max((line.height for line in self.look.type_lines), default=0.0)
        return tuple(line for line in self.look.type_lines if line.height >= self.expected.scale * tallest)

    @property
    def headline_missing(self) -> bool:
        """Whether far fewer large letters show than the headline has."""
        letters = _letters(self.expected.headline)
        return letters >= _LEAST_HEADLINE and sum(line.letters for line in self.headline) < _READABLE_SHARE * letters

    @property
    def readable_share(self) -> float:
        """Letters that stand out, as a share of those that the brief asks for; marks that touch count as one."""
        return sum(line.letters for line in self.look.type_lines) / max(1, self.expected.letters)

    @property
    def blank(self) -> bool:
        """Whether there is nothing to see at all."""
        return self.look.spread < _BLANK_SPREAD and not self.look.type_lines


def legibility(sight: Sight) -> Finding:
    """Contrast of each line with its own ground, the headline's presence."""
    lines, look = sight.look.type_lines, sight.look
    if sight.blank:
        return Finding(Level.POOR, "There is nothing to read: the picture is blank.", "missing_text")
    if look.sharpness < _BLURRED:
        return Finding(Level.POOR, "The letters run into their ground: the type is blurred and cannot be read.", "blur")
    faint = sorted((line for line in lines if line.contrast < _limit(line, poor=True)), key=lambda line: line.contrast)
    if faint:
        where = f"{len(faint)} of {len(lines)} lines" if len(faint) > 1 else "The line"
        reason = (
            f"{where} at the {_place(faint[0], look)}: contrast of about {faint[0].contrast:.1f} to 1, hard to read."
        )
        return Finding(Level.POOR, reason, "low_contrast")
    if sight.headline_missing:
        told = f"Of the headline “{sight.expected.headline}” too few letters stand out"
        return Finding(
            Level.POOR, f"{told}; it is lost in its ground, so low contrast or a busy ground.", "low_contrast"
        )
    restless = [line for line in lines if line.unrest >= _RESTLESS]
    if sight.readable_share < (_MANY_LOST if restless else _MOST_LOST):
        ground = f"restless ground behind the {_place((restless or list(lines))[0], look)}" if lines else "its ground"
        reason = f"Only about {sight.readable_share:.0%} of the letters stand out; the others are lost in the {ground}."
        return Finding(Level.POOR, reason.replace("the its", "its"), "busy_ground")
    weak = sorted((line for line in lines if line.contrast < _limit(line, poor=False)), key=lambda line: line.contrast)
    if weak:
        reason = f"The line at the {_place(weak[0], look)} reads with some effort: about {weak[0].contrast:.1f} to 1."
        return Finding(Level.ACCEPTABLE, reason, "weak_contrast")
    if not lines:
        return Finding(Level.ACCEPTABLE, "No line of type was made out with certainty on this picture.", "little_text")
    weakest = min(lines, key=lambda line: line.contrast)
    return Finding(
        Level.GOOD,
        f"All {len(lines)} lines read at once; the largest type, at the {_place(sight.headline[0], look)}, is about "
        f"{max(line.height for line in lines):.0f} px high, the weakest line has about {weakest.contrast:.1f} to 1.",
    )


def composition(sight: Sight) -> Finding:
    """Type against the borders, crowding, and areas without anything."""
    look, lines = sight.look, sight.look.type_lines
    if sight.blank:
        return Finding(Level.POOR, "The picture is blank: one even colour without a subject.", "blank")
    cut = [line for line in lines if _margin(line, look) <= _CUT]
    if cut:
        reason = f"The line at the {_place(cut[0], look)} runs into the {_side(cut[0], look)} border and is cut off."
        return Finding(Level.POOR, reason, "cut_off")
    loud = {int(colour.hue // 60) for colour in _foreign(sight, _SPOT) if colour.share < _MUCH}
    if len(lines) > sight.expected.most_lines or len(loud) >= _MANY_HUES:
        reason = (
            f"{len(lines)} separate pieces of type and {len(loud)} loud foreign hues compete: cluttered, nothing leads."
        )
        return Finding(Level.POOR, reason, "clutter")
    if look.empty > _EMPTY_POOR:
        return Finding(
            Level.POOR, f"{look.empty:.0%} of the picture is empty by accident; nothing leads the eye.", "empty"
        )
    close = [line for line in lines if _margin(line, look) < _CLOSE]
    if close:
        reason = f"The line at the {_place(close[0], look)} stands only {_margin(close[0], look)} px from the border."
        return Finding(Level.ACCEPTABLE, reason, "tight_margin")
    if look.empty > _EMPTY_FAIR:
        return Finding(Level.ACCEPTABLE, f"{look.empty:.0%} of the picture is empty, a little adrift.", "empty")
    if not lines:
        return Finding(Level.GOOD, f"One subject, no type in its way; {look.empty:.0%} of the picture stays quiet.")
    margin = min(_margin(line, look) for line in lines)
    return Finding(
        Level.GOOD,
        f"The headline leads from the {_place(sight.headline[0], look)}; every line keeps at least {margin} px "
        f"from the border, and {look.empty:.0%} of the picture stays quiet around them.",
    )


def brand_fit(sight: Sight, palette: str) -> Finding:
    """The colours that fill the picture, against the brand's."""
    main = [colour.name for colour in sight.look.colours if colour.share > 0.04][:3] or [sight.look.colours[0].name]
    strange = _foreign(sight, _SOME)
    if strange:
        worst = max(strange, key=lambda colour: colour.share)
        level = Level.POOR if sum(colour.share for colour in strange) >= _MUCH else Level.ACCEPTABLE
        reason = f"{worst.name.capitalize()} fills {worst.share:.0%} of the picture and is none of the brand's colours."
        return Finding(level, reason, "off_brand_colour")
    if sight.blank:
        return Finding(Level.POOR, f"A plain {main[0]} area could be anybody's.", "blank")
    return Finding(
        Level.GOOD,
        f"{joined(list(dict.fromkeys(main))).capitalize()} fill the picture, at home in the palette {palette}.",
    )


def craft(sight: Sight) -> Finding:
    """Sharpness of type and edges, traces of compression."""
    look = sight.look
    if sight.blank:
        return Finding(Level.POOR, "There is no work to be seen: the picture is blank.", "blank")
    if look.sharpness < _BLURRED:
        reason = f"Everything is blurred: edges reach {look.sharpness:.2f} of a clean step, where sharp type has 0.7."
        return Finding(Level.POOR, reason, "blur")
    if look.blocks > (_BLOCKY_AND_LOST if sight.headline_missing else _BLOCKY):
        return Finding(
            Level.POOR, "Square blocks of heavy compression show in even areas and around the type.", "artefacts"
        )
    if look.sharpness < _SOFT:
        reason = f"Edges are a little soft, {look.sharpness:.2f} of a clean step, as after enlarging a small picture."
        return Finding(Level.ACCEPTABLE, reason, "soft")
    return Finding(
        Level.GOOD, f"Edges are crisp, {look.sharpness:.2f} of a clean step on the sharpest line; even areas are clean."
    )


def _limit(line: TextLine, *, poor: bool) -> float:
    if line.height >= LARGE_TYPE:
        return _POOR_LARGE if poor else _FAIR_LARGE
    return _POOR_SMALL if poor else _FAIR_SMALL


def _foreign(sight: Sight, least: float) -> list[SeenColour]:
    """Vivid colours of some size that are far from all of the brand's."""
    return [
        colour
        for colour in sight.look.colours
        if colour.strangeness >= _STRANGE and colour.chroma >= _VIVID and colour.share >= least
    ]


def _margin(line: TextLine, look: Look) -> int:
    return min(line.left, line.top, look.width - line.right, look.height - line.bottom)


def _side(line: TextLine, look: Look) -> str:
    distances = {
        "left": line.left,
        "upper": line.top,
        "right": look.width - line.right,
        "lower": look.height - line.bottom,
    }
    return min(distances, key=lambda side: distances[side])


def _place(line: TextLine, look: Look) -> str:
    down = (line.top + line.bottom) / 2 / look.height
    across = (line.left + line.right) / 2 / look.width
    row = "top" if down < 1 / 3 else "middle" if down < 2 / 3 else "bottom"
    column = "left" if across < 0.4 else "right" if across > 0.6 else "centre"
    return f"{row} {column}"
