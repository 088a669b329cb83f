"""A piece for an occasion: artwork fills the picture and the copy stands on it."""

from PIL import Image

from marketing_pipeline.studio.canvas import Canvas, Page, Stack
from marketing_pipeline.studio.colour import rgb
from marketing_pipeline.studio.commission import Commission
from marketing_pipeline.studio.copy_block import HEADLINE, MARGIN, copy_stack
from marketing_pipeline.studio.surfaces import Surface, on_artwork

_PLATE = 52  # from the plate's edge to the copy


def seasonal(commission: Commission) -> Page:
    """Flush left, or centred in a fine frame, by the artwork seed. A scrim puts a plate of plain ground under the copy.

    Without a scrim the ink of the text tone stands straight on the artwork: whether it reads depends on both.
    """
    return (_flush_left, _centred)[commission.variant(2)](commission)


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
