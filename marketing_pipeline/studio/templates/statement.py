"""A headline that carries the card: above artwork, below it, beside a tall strip of it, or as a poster."""

from dataclasses import replace

from marketing_pipeline.studio.canvas import Page
from marketing_pipeline.studio.commission import Commission
from marketing_pipeline.studio.copy_block import HEADLINE, MARGIN, copy_stack, footer, footer_height
from marketing_pipeline.studio.room import FLAT, plaster
from marketing_pipeline.studio.templates.statement_posters import around_band, quarter_disc, round_window


def statement(commission: Commission) -> Page:
    """One of the arrangements by the artwork seed. Short copy gives its room to the artwork: no dead zone is left."""
    return ARRANGEMENTS[commission.variant(len(ARRANGEMENTS))](commission)


def _above_artwork(commission: Commission) -> Page:
    surface, square = commission.surface, commission.is_square
    canvas = commission.canvas(plaster((commission.width, commission.height), surface.ground, 14, (0.3, 0), FLAT))
    commission.logo.draw(canvas, MARGIN, 122, surface)
    room = canvas.height * (0.60 if square else 0.58) - 190
    stack = copy_stack(
        commission,
        canvas,
        surface,
        canvas.width - 2 * MARGIN,
        room,
        HEADLINE.sized(104 if square else 128, 46),
        action=True,
    )
    top = round(stack.write(canvas, MARGIN, 196, surface) + 84)
    canvas.image.paste(commission.artwork((canvas.width, canvas.height - top)), (0, top))
    return Page.of(canvas, (0, top, canvas.width, canvas.height))


def _below_artwork(commission: Commission) -> Page:
    surface, square = commission.surface, commission.is_square
    canvas = commission.canvas(plaster((commission.width, commission.height), surface.ground, 14, (0.3, 0.9), FLAT))
    foot = footer_height(commission, canvas) + 64
    room = canvas.height * (0.50 if square else 0.52) - foot
    stack = copy_stack(
        commission, canvas, surface, canvas.width - 2 * MARGIN, room, HEADLINE.sized(84 if square else 108, 44)
    )
    top = canvas.height - foot - stack.height
    stack.write(canvas, MARGIN, top, surface)
    footer(commission, canvas, surface)
    size = (canvas.width - 2 * MARGIN, round(top - 74 - MARGIN))
    canvas.image.paste(commission.artwork(size), (MARGIN, MARGIN))
    return Page.of(canvas, (MARGIN, MARGIN, MARGIN + size[0], MARGIN + size[1]))


def _beside_strip(commission: Commission) -> Page:
    surface, square = commission.surface, commission.is_square
    canvas = commission.canvas(plaster((commission.width, commission.height), surface.ground, 14, (0.2, 0.4), FLAT))
    strip = 348 if square else 384
    left = canvas.width - strip
    column = left - MARGIN - 56
    commission.logo.draw(canvas, MARGIN, 122, surface)
    room = canvas.height - 200 - 90
    stack = copy_stack(
        commission,
        canvas,
        surface,
        column,
        room,
        replace(HEADLINE.sized(112 if square else 140), most_lines=4),
        action=True,
    )
    stack.write(canvas, MARGIN, canvas.height - 84 - stack.height, surface)
    canvas.image.paste(commission.artwork((strip, canvas.height)), (left, 0))
    return Page.of(canvas, (left, 0, canvas.width, canvas.height))


ARRANGEMENTS = (_above_artwork, _below_artwork, _beside_strip, around_band, round_window, quarter_disc)
