"""A bare wall and the same wall dressed: two halves of one room, two cards, or the old wall as a snapshot."""

from typing import Final

from PIL import Image, ImageEnhance

from marketing_pipeline.studio.canvas import Canvas, Page
from marketing_pipeline.studio.colour import rgb
from marketing_pipeline.studio.commission import Commission
from marketing_pipeline.studio.copy_block import HEADLINE, MARGIN, copy_stack, footer, footer_height
from marketing_pipeline.studio.frames import WOODS, Place, hang, opening
from marketing_pipeline.studio.props import stack_books, stand_vase
from marketing_pipeline.studio.room import FLAT, ledge, plaster, window_light
from marketing_pipeline.studio.shadows import lift
from marketing_pipeline.studio.surfaces import Surface, wall_colour
from marketing_pipeline.studio.typesetting import TypeStyle

_BOARD: Final = 24
_LABELS: Final = ("Before", "After")
_LABEL: Final = TypeStyle("text", 28, 22, weight=620, tracking=0.02, most_lines=1)


def labels_of(commission: Commission) -> tuple[str, str]:
    """What the halves are called: the two parts of a kicker such as 'Monday / Friday', else Before and After."""
    parts = [part.strip() for part in commission.brief.kicker.split("/")]
    return (parts[0], parts[1]) if len(parts) == 2 and all(parts) else _LABELS


def before_after(commission: Commission) -> Page:
    """One of the arrangements by the artwork seed."""
    return ARRANGEMENTS[commission.variant(len(ARRANGEMENTS))](commission)


def _bare(commission: Commission, size: tuple[int, int], board: int) -> Image.Image:
    """The wall on a dull day: flat light, less colour, an empty sideboard."""
    image = plaster(size, wall_colour(commission.palette), 17, (0.5, 0.2), 0.8)
    ledge(image, board, _BOARD)
    dull = ImageEnhance.Color(image).enhance(0.62)
    return ImageEnhance.Brightness(dull).enhance(0.94)


def _dressed(
    commission: Commission, size: tuple[int, int], board: int, above: int, *, left: int = 0
) -> tuple[Image.Image, Place]:
    """The same wall in the sun, with a framed print, a vase and books. `above` and `left` stay free."""
    width, _ = size
    random = commission.random()
    wall = wall_colour(commission.palette)
    image = plaster(size, wall, 17, (0.2, 0.1), 0.9)
    window_light(image, wall, 0.32, lean=float(random.choice((0.26, 0.34, 0.44))))
    ledge(image, board, _BOARD)
    height = round(min(board - above - 138, 620))
    wide = round(min(height * float(random.uniform(0.72, 0.84)), width - left - 128))
    height = round(min(height, wide / 0.72))
    mirrored = bool(random.random() < 0.5) and not left
    place = (
        (width + left - wide) // 2 + (12 if mirrored else -12),
        above + round((board - 138 - above - height) * 0.5),
        wide,
        height,
    )
    frame, mat = 11, round(wide * 0.1)
    wood_colour = WOODS[commission.brief.artwork_seed // 2 % len(WOODS)]
    hang(image, commission.artwork(opening(place, frame, mat)), place, frame=frame, mat=mat, wood_colour=wood_colour)
    stand_vase(image, 66 if mirrored else width - 66, board + 6, commission.brief.artwork_seed, 0.54)
    stack_books(image, width - 104 if mirrored else left + 104, board, commission.palette.artwork, 0.54)
    return image, place


def _chip(canvas: Canvas, text: str, x: int, top: int, surface: Surface) -> None:
    """A label on a small plate; x is the plate's left edge."""
    setting = canvas.fit(text, _LABEL, 380)
    box = (x, top, round(x + setting.width + 44), round(top + setting.height + 36))
    canvas.pen.rounded_rectangle(box, (box[3] - box[1]) // 2, fill=rgb(surface.ground))
    canvas.write(setting, x + 22, top + 18, surface.ink, surface.ground)


def _copy_without_labels(commission: Commission) -> bool:
    """True when the kicker is a kicker and not the two labels."""
    return labels_of(commission) == _LABELS


def _one_room(commission: Commission) -> Page:
    surface, square = commission.surface, commission.is_square
    canvas = commission.canvas(Image.new("RGB", (commission.width, commission.height), rgb(surface.ground)))
    foot = footer_height(commission, canvas) + 58
    room = canvas.height - (520 if square else 700) - foot - 70
    stack = copy_stack(
        commission,
        canvas,
        surface,
        canvas.width - 2 * MARGIN,
        room,
        HEADLINE.sized(58 if square else 72),
        kicker=_copy_without_labels(commission),
    )
    top = round(canvas.height - foot - stack.height - 70)
    half, board = canvas.width // 2, top - _BOARD - (22 if square else 30)
    panel = plaster((canvas.width, canvas.height - top), surface.ground, 9, (0.2, 0), FLAT)
    canvas.image.paste(_bare(commission, (half, top), board), (0, 0))
    scene, place = _dressed(commission, (half, top), board, 132)
    canvas.image.paste(scene, (half, 0))
    canvas.image.paste(panel, (0, top))
    canvas.image.paste(rgb(surface.ground), (half - 3, 0, half + 3, top))
    before, after = labels_of(commission)
    _chip(canvas, before, 44, 44, surface)
    _chip(canvas, after, half + 44, 44, surface)
    stack.write(canvas, MARGIN, top + 70, surface)
    footer(commission, canvas, surface)
    return Page.of(canvas, (half + place[0], place[1], half + place[0] + place[2], place[1] + place[3]))


def _two_cards(commission: Commission) -> Page:
    surface, square = commission.surface, commission.is_square
    canvas = commission.canvas(plaster((commission.width, commission.height), surface.ground, 14, (0.3, 0), FLAT))
    foot = footer(commission, canvas, surface)
    copy_first = commission.brief.artwork_seed // 2 % 2 == 0
    room = 290 if square else 400
    stack = copy_stack(
        commission,
        canvas,
        surface,
        canvas.width - 2 * MARGIN,
        room,
        HEADLINE.sized(66 if square else 92),
        kicker=_copy_without_labels(commission),
    )
    gap = 28
    width = (canvas.width - 2 * MARGIN - gap) // 2
    names = [canvas.fit(text, _LABEL.sized(30), width) for text in labels_of(commission)]
    caption = max(name.height for name in names) + 34
    if copy_first:
        top = round(stack.write(canvas, MARGIN, 96, surface) + 68)
        bottom = round(foot - 66 - caption)
    else:
        copy_top = foot - 62 - stack.height
        stack.write(canvas, MARGIN, copy_top, surface)
        top, bottom = MARGIN, round(copy_top - 70 - caption)
    size = (width, bottom - top)
    right = MARGIN + width + gap
    board = size[1] - _BOARD - 36
    canvas.image.paste(_bare(commission, size, board), (MARGIN, top))
    scene, place = _dressed(commission, size, board, 56)
    canvas.image.paste(scene, (right, top))
    for name, left, ink in zip(names, (MARGIN, right), (surface.soft, surface.accent), strict=True):
        canvas.write(name, left, bottom + 30, ink, surface.declared)
    return Page.of(canvas, (right + place[0], top + place[1], right + place[0] + place[2], top + place[1] + place[3]))


def _snapshot(commission: Commission) -> Page:
    """The dressed room across the picture, and the old wall on it as a small print with a white margin."""
    surface, square = commission.surface, commission.is_square
    canvas = commission.canvas(Image.new("RGB", (commission.width, commission.height), rgb(surface.ground)))
    foot = footer_height(commission, canvas) + 58
    room = canvas.height - (560 if square else 740) - foot - 70
    headline = HEADLINE.sized(58 if square else 72)
    kicker = _copy_without_labels(commission)
    stack = copy_stack(commission, canvas, surface, canvas.width - 2 * MARGIN, room, headline, kicker=kicker)
    top = round(canvas.height - foot - stack.height - 70)
    board, inset = top - _BOARD - (22 if square else 30), (300, 340 if square else 400)
    scene, place = _dressed(commission, (canvas.width, top), board, 100 if square else 140, left=MARGIN + inset[0])
    canvas.image.paste(scene, (0, 0))
    canvas.image.paste(plaster((canvas.width, canvas.height - top), surface.ground, 9, (0.2, 0), FLAT), (0, top))
    before, after = (canvas.fit(label, _LABEL, inset[0] - 40) for label in labels_of(commission))
    edge, caption = 16, round(before.height) + 48
    card = (MARGIN, MARGIN, MARGIN + inset[0], MARGIN + inset[1])
    lift(canvas.image, card, 0.5)
    canvas.image.paste(rgb(surface.ground), card)
    old = (inset[0] - 2 * edge, inset[1] - edge - caption)
    canvas.image.paste(_bare(commission, old, old[1] - 44), (MARGIN + edge, MARGIN + edge))
    canvas.write(before, MARGIN + edge + 4, card[3] - 24 - before.height, surface.ink, surface.declared)
    _chip(canvas, after.lines[0], round(canvas.width - MARGIN - after.width - 44), MARGIN, surface)
    stack.write(canvas, MARGIN, top + 70, surface)
    footer(commission, canvas, surface)
    return Page.of(canvas, (place[0], place[1], place[0] + place[2], place[1] + place[3]))


ARRANGEMENTS = (_one_room, _two_cards, _snapshot)
