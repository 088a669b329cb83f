"""Broken creatives: a good one with exactly one defect of a kind. The label is what was planted, not what was found."""

import random
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace

from benchmarks.creatives.good import Made
from benchmarks.creatives.planted import Planted, on_cover
from benchmarks.creatives.spoiled import (
    blurred,
    busied,
    covered,
    enlarged,
    faded,
    moved,
    opened,
    repainted,
    resaved,
)
from benchmarks.creatives.wrong_words import clutter, missing_glyph, typo, wrong_price
from marketing_pipeline.domain.creative import Severity, TextRun
from marketing_pipeline.domain.identifiers import CreativeId
from marketing_pipeline.domain.look import Look, Palette
from marketing_pipeline.studio.colour import contrast_ratio, mix
from marketing_pipeline.studio.fingerprint import RecentCreative, perceptual_hash
from marketing_pipeline.studio.render import RenderedPicture, render

STRANGE_GROUNDS = ("#7A4FA3", "#3FA45B", "#F2D33C", "#BFE3F2", "#E8557A", "#F5A623")


@dataclass(frozen=True)
class Kind:
    """A kind of defect: how it is planted, what it should come to, and which checks are meant for it."""

    plant: Callable[[Made, random.Random], Planted | None]
    verdict: Severity
    checks: frozenset[str]
    needs_reader: bool = False


def _declared(made: Made) -> list[TextRun]:
    return [run for run in made.creative.pictures[0].runs if run.ground is not None]


def _blur(made: Made, dice: random.Random) -> Planted:
    return on_cover(made, lambda picture: repainted(picture, blurred(dice.uniform(1.2, 2.2))))


def _upscaled(width: int) -> Callable[[Made, random.Random], Planted]:
    return lambda made, _: on_cover(made, lambda picture: repainted(picture, enlarged(width)))


def _compressed(made: Made, _: random.Random) -> Planted:
    return on_cover(made, lambda picture: replace(picture, jpeg=resaved(opened(picture), quality=12)))


def _compressed_and_resaved(made: Made, _: random.Random) -> Planted:
    def change(picture: RenderedPicture) -> RenderedPicture:
        hard = replace(picture, jpeg=resaved(opened(picture), quality=12))
        return repainted(hard, lambda image: image)

    return on_cover(made, change)


def _wrong_size(made: Made, dice: random.Random) -> Planted:
    wide, high = made.brief.format.size
    size = dice.choice(((wide, high + 1), (wide * 2, high * 2), (wide, 1920), (540, 675), (high, wide + 1)))
    return on_cover(made, lambda picture: repainted(picture, lambda image: image.resize(size)))


def _wrong_format(made: Made, dice: random.Random) -> Planted:
    def change(picture: RenderedPicture) -> RenderedPicture:
        way = dice.randrange(3)
        if way == 2:
            return replace(picture, jpeg=picture.jpeg[: len(picture.jpeg) // 2])
        return replace(picture, jpeg=resaved(opened(picture), ("PNG", "WEBP")[way]))

    return on_cover(made, change)


def _duplicate(made: Made, dice: random.Random) -> Planted:
    image = opened(made.creative.pictures[0])
    way, cut = dice.randrange(3), dice.uniform(0.005, 0.015)
    if way == 0:
        seen = resaved(image, quality=dice.randint(60, 85))
    elif way == 1:
        seen = resaved(image.point([min(255, round(level * 0.93 + 6)) for level in range(256)] * 3))
    else:
        x, y = image.width * cut, image.height * cut
        seen = resaved(image.crop((round(x), round(y), round(image.width - x), round(image.height - y))))
    return Planted(made, (RecentCreative(creative_id=CreativeId("earlier"), perceptual_hash=perceptual_hash(seen)),))


def _covered(made: Made, dice: random.Random) -> Planted | None:
    lines = [run for run in _declared(made) if len(run.text) > 3]
    return on_cover(made, lambda picture: covered(picture, dice.choice(lines), dice)) if lines else None


def _pushed(made: Made, dice: random.Random, least: int, most: int) -> Planted:
    """The layout moved so that a line stands between `least` and `most` pixels past the safe area of 40."""
    picture = made.creative.pictures[0]
    over = dice.randint(least, most)
    boxes = [run.box for run in picture.runs]
    dx, dy = dice.choice(
        (
            (40 - over - min(box.left for box in boxes), 0),
            (picture.width - 40 + over - max(box.right for box in boxes), 0),
            (0, 40 - over - min(box.top for box in boxes)),
            (0, picture.height - 40 + over - max(box.bottom for box in boxes)),
        )
    )
    ground = made.house.brand.look.palettes[made.brief.palette].ground
    return on_cover(made, lambda each: moved(each, ground, dx, dy))


def _outside(made: Made, dice: random.Random) -> Planted:
    return _pushed(made, dice, 4, 36)


def _off_the_edge(made: Made, dice: random.Random) -> Planted:
    return _pushed(made, dice, 60, 200)


def _faded(made: Made, dice: random.Random) -> Planted | None:
    lines = _declared(made)
    if not lines:
        return None
    run = dice.choice(lines)
    return on_cover(made, lambda picture: repainted(picture, faded(run, dice.uniform(1.6, 3.4))))


def _with_palette(made: Made, **colours: str) -> Planted:
    """Drawn in a changed palette, and inspected as if the brand's own had been used."""
    brand = made.house.brand
    own = brand.look.palettes[made.brief.palette]
    changed = Palette.model_validate({**own.model_dump(), **colours})
    look = Look.model_validate({**brand.look.model_dump(), "palettes": {made.brief.palette: changed}})
    other = brand.model_copy(update={"look": look})
    return Planted(replace(made, creative=render(made.brief, other, made.house.folder)))


def _pale_ink(made: Made, dice: random.Random) -> Planted:
    own = made.house.brand.look.palettes[made.brief.palette]
    pale, on_deep = _of_contrast(own.ink, own.ground, dice), _of_contrast(own.on_deep, own.deep, dice)
    return _with_palette(made, ink=pale, mute=pale, on_deep=on_deep, accent=pale)


def _of_contrast(ink: str, ground: str, dice: random.Random) -> str:
    """The ink mixed towards its ground down to a contrast between 1.8 and 3.6."""
    wanted = dice.uniform(1.8, 3.6)
    tones = [mix(ink, ground, step / 100) for step in range(100)]
    return next(tone for tone in tones if contrast_ratio(tone, ground) <= wanted)


def _strange_ground(made: Made, dice: random.Random) -> Planted:
    colour = dice.choice(STRANGE_GROUNDS)
    return _with_palette(made, ground=colour, deep=colour)


def _busy(made: Made, dice: random.Random) -> Planted | None:
    lines = [run for run in _declared(made) if len(run.text) > 3]
    if not lines:
        return None
    run = dice.choice(lines)
    colours = made.house.brand.look.palettes[made.brief.palette].artwork
    return on_cover(made, lambda picture: repainted(picture, busied(run, colours, dice)))


def _small_type(made: Made, dice: random.Random) -> Planted:
    """Half by the brief's own scale, half as a layout shrunk on an empty sheet."""
    if dice.random() < 0.5:
        brief = made.brief.model_copy(update={"type_scale": dice.choice((0.6, 0.63, 0.66))})
        return Planted(replace(made, brief=brief, creative=render(brief, made.house.brand, made.house.folder)))
    ground = made.house.brand.look.palettes[made.brief.palette].ground
    scale = dice.uniform(0.45, 0.62)
    return on_cover(made, lambda picture: moved(picture, ground, 120, 160, scale))


def _kind(
    plant: Callable[[Made, random.Random], Planted | None], verdict: Severity, *checks: str, reader: bool = False
) -> Kind:
    return Kind(plant, verdict, frozenset(checks), reader)


KINDS: Mapping[str, Kind] = {
    "blur 1.2 to 2.2": _kind(_blur, Severity.REJECT, "acuity"),
    "from 432 px": _kind(_upscaled(432), Severity.REJECT, "acuity"),
    "from 720 px": _kind(_upscaled(720), Severity.REJECT, "acuity"),
    "JPEG q12": _kind(_compressed, Severity.REJECT, "compression", "artefacts"),
    "JPEG q12 saved again": _kind(_compressed_and_resaved, Severity.REJECT, "artefacts"),
    "wrong size": _kind(_wrong_size, Severity.REJECT, "size"),
    "wrong format": _kind(_wrong_format, Severity.REJECT, "format"),
    "near duplicate": _kind(_duplicate, Severity.REVISE, "near_duplicate"),
    "text covered": _kind(_covered, Severity.REJECT, "whole_lines"),
    "text off the edge": _kind(_off_the_edge, Severity.REJECT, "safe_area", "whole_lines"),
    "outside the safe area": _kind(_outside, Severity.REJECT, "safe_area"),
    "one line faded": _kind(_faded, Severity.REVISE, "contrast"),
    "pale ink": _kind(_pale_ink, Severity.REJECT, "contrast", "declared_contrast"),
    "strange ground": _kind(_strange_ground, Severity.REVISE, "ground", "text_ground", "palette"),
    "busy behind text": _kind(_busy, Severity.REVISE, "quiet_ground", "contrast", "text_ground"),
    "type too small": _kind(_small_type, Severity.REVISE, "type_size"),
    "missing glyph": _kind(missing_glyph, Severity.REJECT, "glyphs"),
    "wrong price": _kind(wrong_price, Severity.REJECT, "copy"),
    "typo in the picture": _kind(typo, Severity.REJECT, "legible_text", reader=True),
    "unexpected text": _kind(clutter, Severity.REVISE, "unexpected_text", reader=True),
}
