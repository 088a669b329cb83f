"""Words that are wrong in the picture: a slip, a box for a letter, another price, lettering from nowhere."""

import random
from dataclasses import replace

import numpy as np

from benchmarks.creatives.good import Made
from benchmarks.creatives.planted import Planted, on_cover
from benchmarks.creatives.spoiled import (
    lettered,
    opened,
    repainted,
)
from marketing_pipeline.domain.creative import CreativeBrief
from marketing_pipeline.studio.colour import contrast_ratio
from marketing_pipeline.studio.render import RenderedPicture, render
from marketing_pipeline.studio.typesetting import MissingGlyph, TextOverflow

_STRAYS = ("SAMPLE", "Lorem ipsum", "New! Sale", "stock photo", "Happy hour", "Untitled 3")
_UNKNOWN = ("\N{BREAD}", "\N{RIGHTWARDS ARROW}\N{SNOWMAN}", "\N{CJK UNIFIED IDEOGRAPH-5BB6}", "\N{SPARKLES}")


def clutter(made: Made, dice: random.Random) -> Planted:
    """Lettering that nobody asked for, clear of the lines."""
    picture = made.creative.pictures[0]
    palette = made.house.brand.look.palettes[made.brief.palette]
    places = [(dice.randint(60, 700), dice.randint(80, picture.height - 80)) for _ in range(200)]
    boxes = [run.box for run in picture.runs]
    free = [(x, y) for x, y in places if all(box.bottom < y - 50 or box.top > y + 50 for box in boxes)]
    x, y = (free or places)[0]
    here = "#" + bytes(np.asarray(opened(picture))[y, x + 100]).hex().upper()
    colour = max((palette.ink, palette.on_deep), key=lambda ink: contrast_ratio(ink, here))
    stray = lettered(dice.choice(_STRAYS), colour, (x, y), dice.randint(38, 64), dice.choice(("inter", "dm_sans")))
    return on_cover(made, lambda each: repainted(each, stray))


def _drawn_otherwise(made: Made, brief: CreativeBrief) -> Planted | None:
    """What another brief looks like, with the lines on record that were asked for: the picture alone is wrong."""
    try:
        other = render(brief, made.house.brand, made.house.folder)
    except TextOverflow:
        return None
    pictures = tuple(
        replace(
            drawn,
            runs=tuple(
                run.model_copy(update={"text": wanted.text})
                for run, wanted in zip(drawn.runs, asked.runs, strict=False)
            ),
        )
        for drawn, asked in zip(other.pictures, made.creative.pictures, strict=True)
    )
    same = all(
        len(drawn.runs) == len(asked.runs) for drawn, asked in zip(other.pictures, made.creative.pictures, strict=True)
    )
    return Planted(replace(made, creative=replace(other, pictures=pictures))) if same else None


def typo(made: Made, dice: random.Random) -> Planted | None:
    """Two letters swapped, one dropped, one doubled or another one, in the middle of a word of the headline."""
    text = made.brief.headline
    places = [i for i in range(1, len(text) - 2) if text[i : i + 2].isalpha() and text[i] != text[i + 1]]
    at, way = dice.choice(places), dice.randrange(4)
    slip = (text[at + 1] + text[at], text[at + 1], text[at] * 2 + text[at + 1], "x" + text[at + 1])[way]
    return _drawn_otherwise(made, made.brief.model_copy(update={"headline": text[:at] + slip + text[at + 2 :]}))


def missing_glyph(made: Made, dice: random.Random) -> Planted:
    """Half in the brief, which the studio must refuse; half drawn all the same, as a box."""
    sign = dice.choice(_UNKNOWN)
    if dice.random() < 0.5:
        brief = made.brief.model_copy(update={"headline": f"{made.brief.headline} {sign}"})
        try:
            render(brief, made.house.brand, made.house.folder)
        except MissingGlyph:
            return Planted(made, refused=True)
        return Planted(replace(made, brief=brief))

    def change(picture: RenderedPicture) -> RenderedPicture:
        largest = max(picture.runs, key=lambda run: run.size)
        box, tall = largest.box, largest.box.bottom - largest.box.top
        tofu = lettered("\uffff", largest.ink, (box.right - tall, (box.top + box.bottom) // 2), tall, "inter")
        drawn = largest.model_copy(update={"text": f"{largest.text} {sign}"})
        runs = tuple(drawn if run is largest else run for run in picture.runs)
        return replace(repainted(picture, tofu), runs=runs)

    return on_cover(made, change)


def wrong_price(made: Made, dice: random.Random) -> Planted | None:
    """Another price than the brief's is on the picture, or none."""
    price = made.brief.price_label
    if not price:
        return None
    sign, figure = price[0], price[1:]
    wrong = dice.choice(
        (
            f"{sign}{figure}0",
            f"{sign}1{figure}",
            f"{sign}{figure}.50" if "." not in figure else f"{sign}{figure}5",
            ("€" if sign == "£" else "£") + figure,
            f"{sign}{figure[:-1]}{(int(figure[-1]) + 3) % 10}",
            "",
        )
    )
    drawn = made.brief.model_copy(update={"price_label": wrong})
    try:
        return Planted(replace(made, creative=render(drawn, made.house.brand, made.house.folder)))
    except TextOverflow:
        return None
