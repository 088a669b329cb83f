"""Statements as posters: a band of artwork between the lines, a round window, or a quarter disc out of the corner."""

from marketing_pipeline.studio.canvas import Page
from marketing_pipeline.studio.colour import rgb
from marketing_pipeline.studio.commission import Commission
from marketing_pipeline.studio.copy_block import ACTION, BODY, HEADLINE, KICKER, MARGIN, copy_stack, footer
from marketing_pipeline.studio.frames import disc_mask
from marketing_pipeline.studio.room import FLAT, plaster


def around_band(commission: Commission) -> Page:
    """Kicker and headline above a band of artwork from edge to edge; the small print and the footer below it."""
    surface, square, brief = commission.surface, commission.is_square, commission.brief
    canvas = commission.canvas(plaster((commission.width, commission.height), surface.ground, 14, (0.3, 0.1), FLAT))
    inner = canvas.width - 2 * MARGIN
    foot = footer(commission, canvas, surface)
    below = canvas.fit(brief.supporting_line, BODY, inner, 150) if brief.supporting_line else None
    bottom = round(foot - 62 - (below.height + 56 if below else 0))
    if below:
        canvas.write(below, MARGIN, bottom + 56, surface.soft, surface.declared)
    top = 104.0
    if brief.kicker:
        top = canvas.write(canvas.fit(brief.kicker, KICKER, inner), MARGIN, top, surface.accent, surface.declared) + 42
    least = 300 if square else 430
    headline = canvas.fit(brief.headline, HEADLINE.sized(100 if square else 132, 44), inner, bottom - least - 70 - top)
    upper = round(canvas.write(headline, MARGIN, top, surface.ink, surface.declared) + 70)
    canvas.image.paste(commission.artwork((canvas.width, bottom - upper)), (0, upper))
    return Page.of(canvas, (0, upper, canvas.width, bottom))


def round_window(commission: Commission) -> Page:
    """Everything on the middle axis: the artwork in a round window, the copy centred below it, the logo at the foot."""
    surface, square = commission.surface, commission.is_square
    canvas = commission.canvas(plaster((commission.width, commission.height), surface.ground, 14, (0.5, 0.2), FLAT))
    middle, foot = canvas.width // 2, canvas.height - 92
    commission.logo.draw(canvas, middle, foot, surface, align="middle")
    natural = HEADLINE.sized(64 if square else 84, 40)
    stack = copy_stack(
        commission, canvas, surface, canvas.width - 2 * MARGIN - 40, 330 if square else 430, natural, action=True
    )
    top = foot - 28 - (64 if square else 84) - stack.height
    stack.write(canvas, middle, top, surface, "middle")
    upper, gap = 76, 16
    side = round(min(top - (56 if square else 72) - upper, 840))
    left = middle - side // 2
    ring = (left - gap, upper - gap, left + side + gap, upper + side + gap)
    canvas.pen.ellipse(ring, outline=rgb(surface.rule), width=2)
    canvas.image.paste(commission.artwork((side, side)), (left, upper), disc_mask(side))
    return Page.of(canvas, ring)


def quarter_disc(commission: Commission) -> Page:
    """Large type from the upper left; the artwork rises out of the lower right corner as a quarter of a disc."""
    surface, square = commission.surface, commission.is_square
    canvas = commission.canvas(plaster((commission.width, commission.height), surface.ground, 14, (0.2, 0.1), FLAT))
    room = canvas.height * (0.52 if square else 0.5) - 100
    headline = HEADLINE.sized(112 if square else 150, 48)
    stack = copy_stack(commission, canvas, surface, canvas.width - 2 * MARGIN, room, headline)
    bottom = stack.write(canvas, MARGIN, 104, surface)
    beside = canvas.width - MARGIN - commission.logo.width(canvas) - 48
    side = round(min(canvas.height - bottom - 72, beside))
    left, top = canvas.width - side, canvas.height - side
    canvas.image.paste(commission.artwork((side, side)), (left, top), disc_mask(2 * side).crop((0, 0, side, side)))
    lowest = canvas.height - 84
    commission.logo.draw(canvas, MARGIN, lowest, surface)
    if commission.brief.call_to_action:
        action = canvas.fit(commission.brief.call_to_action, ACTION, left - MARGIN - 24, 190)
        canvas.write(action, MARGIN, lowest - 84 - action.height, surface.accent, surface.declared)
    return Page.of(canvas, (left, top, canvas.width, canvas.height))
