"""A piece for an occasion: artwork fills the picture and the copy stands on it."""

from PIL import Image

from marketing_pipeline.studio.canvas import Canvas, Page, Stack
from marketing_pipeline.studio.colour import rgb
from marketing_pipeline.studio.commission import Commission
from marketing_pipeline.studio.copy_block import HEADLINE, MARGIN, copy_stack, footer, footer_height
from marketing_pipeline.studio.room import FLAT, plaster
from marketing_pipeline.studio.shadows import lift
from marketing_pipeline.studio.surfaces import Surface, on_artwork

_PLATE = 52  # from the plate's edge to the copy


def seasonal(commission: Commission) -> Page:
    """One of the arrangements by the artwork seed. A scrim puts a plate of plain ground under the copy.

    Without a scrim the ink of the text tone stands straight on the artwork: whether it reads depends on both. Copy then
    stands in the upper part, which alone the artwork can keep quiet.
    """
    arrangement = ARRANGEMENTS[commission.variant(len(ARRANGEMENTS))]
    if not commission.brief.scrim and arrangement in _ON_A_PLATE:
        arrangement = ARRANGEMENTS[commission.variant(2)]
    return arrangement(commission)


def _surface(commission: Commission) -> Surface:
    brief = commission.brief
    return commission.surface if brief.scrim else on_artwork(commission.palette, brief.text_tone)


def _stack(commission: Commission, canvas: Canvas, surface: Surface, width: float, natural: float) -> Stack:
    room = canvas.height * (0.56 if commission.is_square else 0.5)
    return copy_stack(commission, canvas, surface, width, room, HEADLINE.sized(natural, 44), action=True)


def _flush_left(commission: Commission) -> Page:
    surface = _surface(commission)
    canvas = commission.canvas(_blank(commission))
    scrim = commission.brief.scrim
    left = MARGIN + (_PLATE - 24 if scrim else 0)
    natural = 92 if commission.is_square else 116
    stack = _stack(commission, canvas, surface, canvas.width - 2 * left, natural)
    top = 210 if not scrim else 228
    bottom = top + stack.height
    _paint(commission, canvas, bottom + 60)
    if scrim:
        _plate(canvas, surface, (56, 56, canvas.width - 56, round(bottom + _PLATE + 12)))
    commission.logo.draw(canvas, left, 126 if not scrim else 148, surface)
    stack.write(canvas, left, top, surface)
    return Page.of(canvas, (0, 0, canvas.width, canvas.height))


def _centred(commission: Commission) -> Page:
    surface = _surface(commission)
    canvas = commission.canvas(_blank(commission))
    scrim = commission.brief.scrim
    width = canvas.width - 2 * (MARGIN + 70)
    stack = _stack(commission, canvas, surface, width, 84 if commission.is_square else 104)
    top, middle = 206 if not scrim else 240, canvas.width / 2
    bottom = top + stack.height
    _paint(commission, canvas, bottom + 60)
    if scrim:
        _plate(canvas, surface, (MARGIN + 16, 92, canvas.width - MARGIN - 16, round(bottom + _PLATE + 14)))
    else:
        frame = (40, 40, canvas.width - 40, canvas.height - 40)
        canvas.pen.rectangle(frame, outline=rgb(surface.ink), width=2)
    commission.logo.draw(canvas, middle, 134 if not scrim else 168, surface, align="middle")
    stack.write(canvas, middle, top, surface, "middle")
    return Page.of(canvas, (0, 0, canvas.width, canvas.height))


def _blank(commission: Commission) -> Image.Image:
    return Image.new("RGB", (commission.width, commission.height))


def _paint(commission: Commission, canvas: Canvas, quiet: float) -> None:
    """The artwork, quiet down to `quiet` pixels where its style can be."""
    canvas.image.paste(commission.artwork((canvas.width, canvas.height), calm=min(0.8, quiet / canvas.height)))


def _plate(canvas: Canvas, surface: Surface, box: tuple[int, int, int, int]) -> None:
    """A plain plate with a hairline inside its edge."""
    left, top, right, bottom = box
    canvas.image.paste(rgb(surface.ground), box)
    canvas.pen.rectangle((left + 14, top + 14, right - 15, bottom - 15), outline=rgb(surface.rule), width=2)


def _at_the_foot(commission: Commission) -> Page:
    """A band of plain ground across the foot, as high as the copy needs; the artwork keeps all the rest."""
    surface, square = commission.surface, commission.is_square
    canvas = commission.canvas(_blank(commission))
    foot = footer_height(commission, canvas) + 60
    room = canvas.height * (0.56 if square else 0.5) - foot
    headline = HEADLINE.sized(76 if square else 96, 42)
    stack = copy_stack(commission, canvas, surface, canvas.width - 2 * MARGIN, room, headline)
    top = round(canvas.height - foot - stack.height - 72)
    canvas.image.paste(commission.artwork((canvas.width, top)), (0, 0))
    canvas.image.paste(plaster((canvas.width, canvas.height - top), surface.ground, 9, (0.2, 0), FLAT), (0, top))
    stack.write(canvas, MARGIN, top + 72, surface)
    footer(commission, canvas, surface)
    return Page.of(canvas, (0, 0, canvas.width, top))


def _invitation(commission: Commission) -> Page:
    """A card in the middle of the artwork, like an invitation: everything on one axis inside a fine double line."""
    surface, square = commission.surface, commission.is_square
    canvas = commission.canvas(_blank(commission))
    wide, pad = (760, 84) if square else (780, 100)
    headline = HEADLINE.sized(66 if square else 84, 40)
    room = canvas.height - 2 * 110 - 2 * pad - 130
    stack = copy_stack(commission, canvas, surface, wide - 2 * 84, room, headline, action=True)
    high = round(stack.height + 2 * pad + 118)
    left, top = (canvas.width - wide) // 2, round((canvas.height - high) * 0.4)
    _paint(commission, canvas, top + high)
    box = (left, top, left + wide, top + high)
    lift(canvas.image, box, 0.45)
    _plate(canvas, surface, box)
    inner = (left + 24, top + 24, left + wide - 25, top + high - 25)
    canvas.pen.rectangle(inner, outline=rgb(surface.rule), width=1)
    middle = canvas.width / 2
    stack.write(canvas, middle, top + pad, surface, "middle")
    commission.logo.draw(canvas, middle, top + high - pad + 8, surface, align="middle")
    return Page.of(canvas, (0, 0, canvas.width, canvas.height))


ARRANGEMENTS = (_flush_left, _centred, _at_the_foot, _invitation)
_ON_A_PLATE = (_at_the_foot, _invitation)
