"""A product with its price: a sheet on clips, an arched window, a label on full artwork, or a column beside it."""

from marketing_pipeline.studio.canvas import Canvas, Page, Stack
from marketing_pipeline.studio.colour import rgb
from marketing_pipeline.studio.commission import Commission
from marketing_pipeline.studio.copy_block import (
    ACTION,
    BODY,
    HEADLINE,
    KICKER,
    MARGIN,
    copy_stack,
    eased,
    footer,
    footer_height,
)
from marketing_pipeline.studio.frames import arch, clip_sheet
from marketing_pipeline.studio.room import FLAT, plaster
from marketing_pipeline.studio.surfaces import Surface, wall_colour
from marketing_pipeline.studio.templates.product_labels import beside_column, on_label
from marketing_pipeline.studio.typesetting import Setting, TypeStyle

_PRICE = TypeStyle("display", 112, 44, weight=380, tracking=-0.01, most_lines=1)
_NOTE = TypeStyle("text", 28, 22, weight=430, leading=1.3, most_lines=2)


def product_card(commission: Commission) -> Page:
    """One of the arrangements by the artwork seed; without a price the copy takes its room."""
    return ARRANGEMENTS[commission.variant(len(ARRANGEMENTS))](commission)


def _price_column(commission: Commission, canvas: Canvas, surface: Surface, width: float) -> Stack:
    brief = commission.brief
    stack = Stack()
    if brief.price_label:
        stack.add(canvas.fit(brief.price_label, _PRICE, width), surface.accent, 0)
    if brief.price_note:
        stack.add(canvas.fit(brief.price_note, _NOTE, width), surface.soft, 30)
    return stack


def _on_clips(commission: Commission) -> Page:
    surface = commission.surface
    image = plaster((commission.width, commission.height), wall_colour(commission.palette), 31, (0.5, 0.3))
    canvas = commission.canvas(image)
    inner = canvas.width - 2 * MARGIN
    price = _price_column(commission, canvas, surface, inner * 0.4)
    foot = footer_height(commission, canvas) + 40
    column = inner - (price.width + 48 if price.height else 0)
    natural = 60 if commission.is_square else 74
    stack = copy_stack(
        commission, canvas, surface, column, 350 if commission.is_square else 460, HEADLINE.sized(natural)
    )
    block = max(stack.height, price.height)
    top = round(canvas.height - foot - 54 - block - 66)
    height = top - 86 - 76
    width = round(min(height * 0.75, 640) if height > 520 else min(height * 1.3, 700))
    place = ((canvas.width - width) // 2, 86, width, height)
    edge = round(min(width, height) * 0.032)
    clip_sheet(image, commission.artwork((width - 2 * edge, height - 2 * edge)), place, edge)
    image.paste(rgb(surface.ground), (0, top, canvas.width, canvas.height))
    stack.write(canvas, MARGIN, top + 66 + (block - stack.height) / 2, surface)
    price.write(canvas, canvas.width - MARGIN, top + 66 + (block - price.height) / 2, surface, "right")
    rule = round(canvas.height - foot)
    image.paste(rgb(surface.rule), (MARGIN, rule, canvas.width - MARGIN, rule + 2))
    footer(commission, canvas, surface)
    return Page.of(canvas, (place[0], 86, place[0] + width, 86 + height))


def _pill(canvas: Canvas, surface: Surface, setting: Setting, x: float, top: float, *, centred: bool) -> None:
    """The call to action in a rounded outline; x is its middle or its left edge."""
    pad_x, pad_y = 40, 26
    width = setting.width + 2 * pad_x
    left = x - width / 2 if centred else x
    box = (round(left), round(top), round(left + width), round(top + setting.height + 2 * pad_y))
    canvas.pen.rounded_rectangle(box, (box[3] - box[1]) // 2, outline=rgb(surface.ink), width=2)
    canvas.write(setting, left + width / 2, top + pad_y, surface.ink, surface.declared, "middle")


def _pill_height(setting: Setting | None) -> float:
    return setting.height + 2 * 26 if setting else 0.0


def _full_stack(commission: Commission, canvas: Canvas, width: float, natural: float, height: float) -> Stack:
    """Kicker, name, description, price and its note, one below the other."""

    def build(ease: float) -> Stack:
        return _full_stack_at(commission, canvas, width, natural, height, ease)

    return eased(build)


def _full_stack_at(
    commission: Commission, canvas: Canvas, width: float, natural: float, height: float, ease: float
) -> Stack:
    surface, brief = commission.surface, commission.brief
    stack = Stack()
    room = height
    pieces: list[tuple[Setting, str, float]] = []
    for text, style, ink, gap in (
        (brief.supporting_line, BODY, surface.soft, 44.0),
        (brief.price_label, _PRICE.sized(96), surface.accent, 52.0),
        (brief.price_note, _NOTE, surface.soft, 28.0),
    ):
        if text:
            setting = canvas.fit(text, style, width, ease=ease)
            room -= setting.height + gap
            pieces.append((setting, ink, gap))
    kicker = canvas.fit(brief.kicker, KICKER, width, ease=ease) if brief.kicker else None
    if kicker:
        room -= kicker.height + 40
        stack.add(kicker, surface.accent, 0)
    stack.add(canvas.fit(brief.headline, HEADLINE.sized(natural), width, room), surface.ink, 40)
    for setting, ink, gap in pieces:
        stack.add(setting, ink, gap)
    return stack


def _arched(commission: Commission) -> Page:
    return _arched_beside(commission) if commission.is_square else _arched_above(commission)


def _arched_above(commission: Commission) -> Page:
    surface = commission.surface
    canvas = commission.canvas(plaster((commission.width, commission.height), surface.ground, 12, (0.5, 0.2), FLAT))
    middle = canvas.width // 2
    action = canvas.fit(commission.brief.call_to_action, ACTION, 700) if commission.brief.call_to_action else None
    stack = _full_stack(commission, canvas, canvas.width - 2 * MARGIN - 60, 66, 520)
    below = _pill_height(action) + (46 if action else 0)
    top = canvas.height - 80 - below - stack.height
    stack.write(canvas, middle, top, surface, "middle")
    if action:
        _pill(canvas, surface, action, middle, canvas.height - 80 - _pill_height(action) + 8, centred=True)
    commission.logo.draw(canvas, middle, 106, surface, align="middle")
    upper = 172
    height = round(top - 74 - upper)
    width = round(min(700, height * 1.08))
    place = (middle - width // 2, upper, width, height)
    arch(canvas.image, commission.artwork((width, height)), place, surface.rule)
    return Page.of(canvas, (place[0], upper, place[0] + width, upper + height))


def _arched_beside(commission: Commission) -> Page:
    surface = commission.surface
    canvas = commission.canvas(plaster((commission.width, commission.height), surface.ground, 12, (0.5, 0.2), FLAT))
    place = (MARGIN + 14, 104, 420, canvas.height - 104 - 90)
    arch(canvas.image, commission.artwork(place[2:]), place, surface.rule)
    left = place[0] + place[2] + 70
    column = canvas.width - MARGIN - left
    commission.logo.draw(canvas, left, 130, surface)
    action = (
        canvas.fit(commission.brief.call_to_action, ACTION, column - 80) if commission.brief.call_to_action else None
    )
    lower = canvas.height - 90 - _pill_height(action)
    if action:
        _pill(canvas, surface, action, left, lower, centred=False)
    space = lower - 60 - 200
    stack = _full_stack(commission, canvas, column, 68, space)
    stack.write(canvas, left, lower - (56 if action else 0) - stack.height, surface)
    return Page.of(canvas, (place[0] - 14, place[1] - 14, place[0] + place[2] + 14, place[1] + place[3]))


ARRANGEMENTS = (_on_clips, _arched, on_label, beside_column)
