"""A carousel: a cover, inner slides with a figure, a title and a sentence, and a closing slide with the action."""

from marketing_pipeline.domain.creative import Slide
from marketing_pipeline.studio.canvas import Canvas, Page, Stack
from marketing_pipeline.studio.colour import rgb
from marketing_pipeline.studio.commission import Commission
from marketing_pipeline.studio.copy_block import ACTION, HEADLINE, MARGIN, copy_stack, eased
from marketing_pipeline.studio.frames import WOODS, disc_mask, hang, opening
from marketing_pipeline.studio.room import FLAT, plaster
from marketing_pipeline.studio.surfaces import Surface, other_surface
from marketing_pipeline.studio.typesetting import TypeStyle

_FIGURE = TypeStyle("display", 230, 72, weight=340, tracking=-0.02, leading=1.0, most_lines=2)
_TITLE = TypeStyle("display", 92, 44, weight=380, tracking=-0.015, leading=1.08)
_BODY = TypeStyle("text", 42, 24, weight=420, leading=1.4)


def carousel(commission: Commission) -> tuple[Page, ...]:
    """Cover first, then one picture a slide; the last slide closes with the call to action and the logo.

    One of the arrangements by the artwork seed: one artwork that runs on from picture to picture, or a framed print on
    each, with the ground changing.
    """
    return ARRANGEMENTS[commission.variant(len(ARRANGEMENTS))](commission)


def _slide_stack(canvas: Canvas, surface: Surface, slide: Slide, width: float, height: float) -> Stack:
    """Figure, title and sentence of one slide. Without a figure the title is larger."""

    def build(ease: float) -> Stack:
        return _slide_stack_at(canvas, surface, slide, width, height, ease)

    return eased(build)


def _slide_stack_at(canvas: Canvas, surface: Surface, slide: Slide, width: float, height: float, ease: float) -> Stack:
    body = canvas.fit(slide.body, _BODY, width, height * 0.5, ease)
    room = height - body.height - 56
    stack = Stack()
    if slide.figure:
        figure = canvas.fit(slide.figure, _FIGURE, width, room * 0.6, ease)
        room -= figure.height + 64
        stack.add(figure, surface.accent, 0)
    title = canvas.fit(slide.title, _TITLE if slide.figure else _TITLE.sized(120), width, room)
    stack.add(title, surface.ink, 64)
    stack.add(body, surface.soft, 36 + title.size * 0.24)
    return stack


def _action(commission: Commission, canvas: Canvas, surface: Surface, top: float) -> float:
    """The call to action as a filled plate. Returns its lower edge."""
    action = commission.brief.call_to_action
    if not action:
        return top
    setting = canvas.fit(action, ACTION.sized(34), canvas.width - 2 * MARGIN - 96)
    box = (MARGIN, round(top), round(MARGIN + setting.width + 96), round(top + setting.height + 60))
    canvas.pen.rounded_rectangle(box, (box[3] - box[1]) // 2, fill=rgb(surface.ink))
    canvas.write(setting, MARGIN + 48, top + 30, surface.ground, surface.ink)
    return float(box[3])


def _panorama(commission: Commission) -> tuple[Page, ...]:
    slides = commission.brief.slides
    width, height = commission.width, commission.height
    surface = commission.surface
    cover_top, strip_top = round(height * 0.56), round(height * 0.70)
    whole = commission.artwork((width * (len(slides) + 1), height - cover_top))
    pages: list[Page] = []
    for index in range(len(slides) + 1):
        canvas = commission.canvas(plaster((width, height), surface.ground, 14, (0.3, 0), FLAT))
        top = cover_top if index == 0 else strip_top
        art = commission.artwork((width, height - top), index) if index < len(commission.pictures) else None
        part = art or whole.crop((width * index, top - cover_top, width * (index + 1), height - cover_top))
        canvas.image.paste(part, (0, top))
        if index == 0:
            commission.logo.draw(canvas, MARGIN, 122, surface)
            room = top - 200 - 84
            cover_copy = copy_stack(commission, canvas, surface, width - 2 * MARGIN, room, HEADLINE.sized(120, 48))
            cover_copy.write(canvas, MARGIN, top - 84 - cover_copy.height, surface)
        else:
            _inner(commission, canvas, surface, slides[index - 1], top - 84, closing=index == len(slides))
        pages.append(Page.of(canvas, (0, top, width, height)))
    return tuple(pages)


def _inner(
    commission: Commission, canvas: Canvas, surface: Surface, slide: Slide, lowest: float, *, closing: bool
) -> None:
    """One inner slide above its artwork; the closing one adds the call to action."""
    commission.logo.draw(canvas, MARGIN, 122, surface)
    extra = 150 if closing and commission.brief.call_to_action else 0
    stack = _slide_stack(canvas, surface, slide, canvas.width - 2 * MARGIN, lowest - 210 - extra)
    top = 210 + max(0.0, (lowest - 210 - extra - stack.height) * 0.42)
    bottom = stack.write(canvas, MARGIN, top, surface)
    if closing:
        _action(commission, canvas, surface, bottom + 60)


def _gallery(commission: Commission) -> tuple[Page, ...]:
    slides = commission.brief.slides
    pages = [_gallery_cover(commission)]
    grounds = (other_surface(commission.palette, commission.brief.text_tone), commission.surface)
    for number, slide in enumerate(slides, 1):
        surface = commission.surface if number == len(slides) else grounds[(number - 1) % 2]
        pages.append(_gallery_slide(commission, surface, slide, number, closing=number == len(slides)))
    return tuple(pages)


def _gallery_cover(commission: Commission) -> Page:
    surface = commission.surface
    width, height = commission.width, commission.height
    canvas = commission.canvas(plaster((width, height), surface.ground, 21, (0.3, 0.2), FLAT))
    stack = copy_stack(commission, canvas, surface, width - 2 * MARGIN, 440, HEADLINE.sized(108, 48))
    top = height - 92 - stack.height
    stack.write(canvas, MARGIN, top, surface)
    lower = round(top - 84)
    canvas.image.paste(commission.artwork((width, lower)), (0, 0))
    return Page.of(canvas, (0, 0, width, lower))


def _gallery_slide(commission: Commission, surface: Surface, slide: Slide, number: int, *, closing: bool) -> Page:
    """Title across the top; below it the figure and the sentence on the left, a framed print on the right."""
    width, height = commission.width, commission.height
    canvas = commission.canvas(plaster((width, height), surface.ground, 21, (0.3, 0.2), FLAT))
    commission.logo.draw(canvas, MARGIN, 122, surface)
    floor = height - 100
    title = canvas.fit(slide.title, _TITLE.sized(120), width - 2 * MARGIN, 380)
    title_end = canvas.write(title, MARGIN, 214, surface.ink, surface.declared)
    high = round(min(620, floor - title_end - 100))
    place = (width - MARGIN - round(high * 0.8), floor - high, round(high * 0.8), high)
    column = place[0] - MARGIN - 56
    image = canvas.image
    image.paste(rgb(surface.rule), (MARGIN, floor, width - MARGIN, floor + 3))
    mat = round(high * 0.07)
    hang(image, commission.artwork(opening(place, 13, mat), number), place, frame=13, mat=mat, wood_colour=WOODS[1])
    action = commission.brief.call_to_action if closing else ""
    call = canvas.fit(action, ACTION.sized(32), column, 150) if action else None
    room = high - 48 - (call.height + 56 if call else 0)
    stack = Stack()
    if slide.figure:
        figure = canvas.fit(slide.figure, _FIGURE.sized(132, 56), column, room * 0.45)
        stack.add(figure, surface.accent, 0)
        room -= figure.height + 48
    stack.add(canvas.fit(slide.body, _BODY.sized(36), column, room), surface.soft, 48)
    if call:
        stack.add(call, surface.accent, 56)
    stack.write(canvas, MARGIN, floor - 48 - stack.height, surface)
    return Page.of(canvas, (place[0], place[1], place[0] + place[2], floor))


def _medallions(commission: Commission) -> tuple[Page, ...]:
    """The deep and the light ground in turn; on each picture the artwork as a half disc that rises from the foot."""
    slides = commission.brief.slides
    other = other_surface(commission.palette, commission.brief.text_tone)
    pages: list[Page] = []
    for index in range(len(slides) + 1):
        surface = (other, commission.surface)[index % 2]
        canvas = commission.canvas(plaster((commission.width, commission.height), surface.ground, 16, (0.4, 0), FLAT))
        side = 860 if index == 0 else 640
        left, top = (canvas.width - side) // 2, canvas.height - side // 2
        art = commission.artwork((side, side // 2), index)
        canvas.image.paste(art, (left, top), disc_mask(side).crop((0, 0, side, side // 2)))
        if index == 0:
            commission.logo.draw(canvas, MARGIN, 122, surface)
            room = top - 200 - 84
            stack = copy_stack(commission, canvas, surface, canvas.width - 2 * MARGIN, room, HEADLINE.sized(120, 48))
            stack.write(canvas, MARGIN, 200 + max(0.0, (room - stack.height) * 0.4), surface)
        else:
            _inner(commission, canvas, surface, slides[index - 1], top - 84, closing=index == len(slides))
        pages.append(Page.of(canvas, (left, top, left + side, canvas.height)))
    return tuple(pages)


ARRANGEMENTS = (_panorama, _gallery, _medallions)
