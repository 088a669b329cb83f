"""Products shown large: the artwork from edge to edge with a label on it, or beside a column of copy."""

from marketing_pipeline.studio.canvas import Canvas, Page, Stack
from marketing_pipeline.studio.colour import rgb
from marketing_pipeline.studio.commission import Commission
from marketing_pipeline.studio.copy_block import ACTION, BODY, HEADLINE, KICKER, copy_stack, eased
from marketing_pipeline.studio.room import FLAT, plaster
from marketing_pipeline.studio.shadows import lift
from marketing_pipeline.studio.surfaces import Surface
from marketing_pipeline.studio.typesetting import TypeStyle

_PRICE = TypeStyle("display", 88, 44, weight=380, tracking=-0.01, most_lines=1)
_NOTE = TypeStyle("text", 28, 22, weight=430, leading=1.3, most_lines=2)
_PAD = 60


def _price(commission: Commission, canvas: Canvas, surface: Surface, width: float, size: float) -> Stack:
    stack = Stack()
    if commission.brief.price_label:
        stack.add(canvas.fit(commission.brief.price_label, _PRICE.sized(size), width), surface.accent, 0)
    if commission.brief.price_note:
        stack.add(canvas.fit(commission.brief.price_note, _NOTE, width), surface.soft, 28)
    return stack


def on_label(commission: Commission) -> Page:
    """The artwork fills the picture; a label like a museum's lies on its lower part, with the price at the right."""
    surface, square = commission.surface, commission.is_square
    size = (commission.width, commission.height)
    canvas = commission.canvas(commission.artwork(size))
    outer = 56
    inner = canvas.width - 2 * outer - 2 * _PAD
    price = _price(commission, canvas, surface, inner * 0.36, 88)
    column = inner - (price.width + 52 if price.height else 0)
    stack = copy_stack(
        commission, canvas, surface, column, 290 if square else 360, HEADLINE.sized(60 if square else 68)
    )
    block = max(stack.height, price.height)
    action = commission.brief.call_to_action
    line = canvas.fit(action, ACTION, inner - commission.logo.width(canvas) - 40) if action else None
    foot = max(28.0, line.height if line else 0.0)
    height = round(_PAD + block + 52 + 2 + 44 + foot + _PAD - 8)
    top = canvas.height - outer - height
    box = (outer, top, canvas.width - outer, canvas.height - outer)
    lift(canvas.image, box, 0.5)
    plate = plaster((box[2] - box[0], height), surface.ground, 12, (0.4, 0.1), FLAT)
    canvas.image.paste(plate, box[:2])
    left, right = outer + _PAD, canvas.width - outer - _PAD
    stack.write(canvas, left, top + _PAD + (block - stack.height) / 2, surface)
    price.write(canvas, right, top + _PAD + (block - price.height) / 2, surface, "right")
    rule = round(top + _PAD + block + 52)
    canvas.image.paste(rgb(surface.rule), (left, rule, right, rule + 2))
    baseline = canvas.height - outer - _PAD + 8
    if line:
        canvas.write(line, left, baseline - line.height, surface.ink, surface.declared)
        commission.logo.draw(canvas, right, baseline, surface, align="right")
    else:
        commission.logo.draw(canvas, left, baseline, surface)
    return Page.of(canvas, (0, 0, canvas.width, top))


def beside_column(commission: Commission) -> Page:
    """The artwork as one tall half from edge to edge; name, words and price in a column beside it."""
    surface, square = commission.surface, commission.is_square
    canvas = commission.canvas(plaster((commission.width, commission.height), surface.ground, 12, (0.7, 0.1), FLAT))
    art = 500 if square else 520
    canvas.image.paste(commission.artwork((art, canvas.height)), (0, 0))
    left, top, lowest = art + 60, 122, canvas.height - 84
    column = canvas.width - 72 - left
    commission.logo.draw(canvas, left, top, surface)
    action = commission.brief.call_to_action
    line = canvas.fit(action, ACTION, column, 150) if action else None
    if line:
        canvas.write(line, left, lowest - line.height, surface.ink, surface.declared)
        rule = round(lowest - line.height - 46)
        canvas.image.paste(rgb(surface.rule), (left, rule, left + column, rule + 2))
        lowest = rule - 56
    stack = eased(lambda ease: _column(commission, canvas, surface, column, lowest - top - 70, ease))
    stack.write(canvas, left, lowest - stack.height, surface)
    return Page.of(canvas, (0, 0, art, canvas.height))


def _column(
    commission: Commission, canvas: Canvas, surface: Surface, width: float, height: float, ease: float
) -> Stack:
    brief, stack, room = commission.brief, Stack(), height
    price = _price(commission, canvas, surface, width, 100)
    room -= price.height + 56
    kicker = canvas.fit(brief.kicker, KICKER, width, ease=ease) if brief.kicker else None
    below = canvas.fit(brief.supporting_line, BODY, width, height * 0.4, ease) if brief.supporting_line else None
    room -= sum(piece.height + 44 for piece in (kicker, below) if piece)
    if kicker:
        stack.add(kicker, surface.accent, 0)
    stack.add(canvas.fit(brief.headline, HEADLINE.sized(76), width, room), surface.ink, 40)
    if below:
        stack.add(below, surface.soft, 44)
    if brief.price_label:
        stack.add(canvas.fit(brief.price_label, _PRICE.sized(100), width), surface.accent, 60)
    if brief.price_note:
        stack.add(canvas.fit(brief.price_note, _NOTE, width), surface.soft, 28)
    return stack
