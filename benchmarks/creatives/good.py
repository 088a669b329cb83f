"""Good creatives: every template, format, palette, artwork style and length of copy, as a careful composer asks."""

import random
from collections.abc import Iterator
from dataclasses import dataclass

from benchmarks.creatives.houses import House
from marketing_pipeline.domain.creative import ArtworkStyle, CreativeBrief, PostFormat, Slide, Template, TextTone
from marketing_pipeline.studio.render import RenderedCreative, render
from marketing_pipeline.studio.typesetting import TextOverflow

_HEADLINES = (
    "Leave a hand's width",
    "How high should you hang it?",
    "Paper that outlives the frame",
    "One wall, three prints, no drill",
    "What a north-facing room wants from a picture",
    "Framed by hand, posted flat, ready for the wall",
    "Five small things that make a hallway feel like a room",
    "Quiet colours",
    "Begin with the largest piece and let the others follow",
    "Dusk over the marsh",
)
_KICKERS = ("At home", "New in", "Framing guides", "From the workshop", "Room inspiration", "Behind the print", "")
_LINES = (
    "About 20 cm from seat back to frame",
    "Cotton paper, twelve pigments, open edition",
    "Measure once with newspaper before you reach for the hammer; the wall remembers every hole.",
    "Two prints that belong side by side, on etching paper with a white border of three centimetres",
    "A calm picture for a busy corner",
)
_ACTIONS = ("See the whole range", "Save this for moving day", "Ask us about sizes", "Visit the workshop", "")
_PRICES = ("£48", "£86", "£24", "£118", "€39", "£4.50", "£1,240")
_NOTES = ("A3, unframed", "Framed £118", "Edition of 300", "")
_TITLES = ("Start with the wall", "Then the frame", "Mark the middle", "Step back once", "Hang it lower than you think")
_BODIES = (
    "Measure it with a sheet of newspaper.",
    "Oak is quiet beside most pictures, black is quiet beside most walls.",
    "Eye level is about 145 cm from the floor to the middle of the picture, in rooms where people stand.",
)
_FIGURES = ("20 cm", "90 cm", "2 : 3", "145 cm", "")
SHAPES = tuple(
    (template, shape)
    for template in Template
    for shape in PostFormat
    if (template is Template.CAROUSEL) is (shape is PostFormat.CAROUSEL)
)


@dataclass(frozen=True)
class Made:
    """A rendered creative with what it was made from."""

    house: House
    brief: CreativeBrief
    creative: RenderedCreative


def good_brief(dice: random.Random, house: House, template: Template, shape: PostFormat) -> CreativeBrief:
    """One brief of a template and format; chance chooses the rest.

    An occasion's copy always stands on its plate, since without one nobody can promise that it reads.
    """
    carousel = template is Template.CAROUSEL
    product = template is Template.PRODUCT_CARD
    return CreativeBrief(
        format=shape,
        template=template,
        headline=dice.choice(_HEADLINES),
        kicker=dice.choice(_KICKERS),
        supporting_line=dice.choice(_LINES),
        call_to_action=dice.choice(_ACTIONS),
        price_label=dice.choice(_PRICES) if product else "",
        price_note=dice.choice(_NOTES) if product else "",
        slides=tuple(
            Slide(title=dice.choice(_TITLES), body=dice.choice(_BODIES), figure=dice.choice(_FIGURES))
            for _ in range(2 if carousel else 0)
        ),
        artwork=dice.choice(list(ArtworkStyle)),
        artwork_seed=dice.randrange(1_000_001),
        palette=dice.choice(sorted(house.brand.look.palettes)),
        text_tone=TextTone.LIGHT if dice.random() < 0.3 else TextTone.DARK,
        scrim=template is Template.SEASONAL,
        type_scale=dice.choice((0.9, 1.0, 1.0, 1.0, 1.1)),
    )


def good_creatives(seed: int, houses: tuple[House, ...]) -> Iterator[Made]:
    """Good creatives without end. A brief whose copy does not fit is no creative: the next one takes its place."""
    dice = random.Random(seed)
    number = 0
    while True:
        house = dice.choice(houses)
        brief = good_brief(dice, house, *SHAPES[number % len(SHAPES)])
        number += 1
        try:
            yield Made(house, brief, render(brief, house.brand, house.folder))
        except TextOverflow:
            continue
