"""A framed print in a room: above a sideboard, on a ledge, as a triptych, in a salon hang, or seen from near."""

from PIL import Image

from marketing_pipeline.studio.canvas import Canvas, Page
from marketing_pipeline.studio.colour import luminance, rgb
from marketing_pipeline.studio.commission import Commission
from marketing_pipeline.studio.copy_block import HEADLINE, MARGIN, copy_stack, footer, footer_height
from marketing_pipeline.studio.frames import WOODS, Place, hang, opening
from marketing_pipeline.studio.props import stack_books, stand_vase
from marketing_pipeline.studio.room import FLAT, ledge, plaster, window_light
from marketing_pipeline.studio.shadows import cast_shadow
from marketing_pipeline.studio.surfaces import CLEAR, Surface, surface_of, wall_colour
from marketing_pipeline.studio.templates.gallery_walls import detail, salon

_BOARD = 28


def framed_wall(commission: Commission) -> Page:
    """One of the arrangements by the artwork seed."""
    return ARRANGEMENTS[commission.variant(len(ARRANGEMENTS))](commission)


def _panel(commission: Commission, canvas: Canvas, natural: float, above: int) -> int:
    """Set the copy on a plain panel at the foot of the picture, as high as the copy needs. Returns the panel's top.

    above: how many pixels the copy and its margins must leave for the scene.
    """
    surface = commission.surface
    foot = footer_height(commission, canvas) + 62
    room = canvas.height - above - foot - 72
    stack = copy_stack(commission, canvas, surface, canvas.width - 2 * MARGIN, room, HEADLINE.sized(natural))
    top = round(canvas.height - foot - stack.height - 72)
    canvas.image.paste(plaster((canvas.width, canvas.height - top), surface.ground, 9, (0.2, 0), FLAT), (0, top))
    stack.write(canvas, MARGIN, top + 72, surface)
    footer(commission, canvas, surface)
    return top


def _wall(commission: Commission, colour: str, light: float = 0.34, depth: float = 1.0) -> Image.Image:
    random = commission.random()
    mirrored = bool(random.random() < 0.5)
    centre = (0.75 if mirrored else 0.25, 0.12)
    image = plaster((commission.width, commission.height), colour, 3, centre, depth)
    window_light(image, colour, light, lean=float(random.choice((0.26, 0.34, 0.44))), mirrored=mirrored)
    return image


def _wood(commission: Commission) -> str:
    return WOODS[commission.brief.artwork_seed // 3 % len(WOODS)]


def _above_sideboard(commission: Commission) -> Page:
    canvas = commission.canvas(_wall(commission, wall_colour(commission.palette)))
    top = _panel(commission, canvas, 60 if commission.is_square else 66, 480 if commission.is_square else 700)
    image = canvas.image
    cast_shadow(image, (-20, top - 8, canvas.width + 20, top + 4), 8, (0, 4), 0.5)
    board = top - _BOARD
    ledge(image, board, _BOARD)
    height = board - 64 - 96
    width = round(min(height * 0.77, 620) if height > 620 else min(height * 1.22, 640))
    left = (canvas.width - width) // 2
    shift = 58 if commission.random().random() < 0.5 else -58
    place = (left - shift // 2, 64, width, height)
    frame, mat = 15, round(min(width, height) * 0.092)
    art = commission.artwork(opening(place, frame, mat))
    hang(image, art, place, frame=frame, mat=mat, wood_colour=_wood(commission))
    _furnish(commission, image, place, board + 8, right=shift > 0)
    return Page.of(canvas, _box(place))


def _furnish(commission: Commission, image: Image.Image, place: Place, floor: int, *, right: bool) -> None:
    """A vase on the free side of the frame, books on the other when there is room."""
    side = image.width - place[0] - place[2] if right else place[0]
    scale = 0.84 if side < 230 else 1.0
    near = max(96, min(150, side * 0.56))
    x = round(image.width - near if right else near)
    stand_vase(image, x, floor, commission.brief.artwork_seed, scale)
    if commission.brief.artwork_seed // 2 % 2:
        gap = place[0] if right else image.width - place[0] - place[2]
        far = max(118.0, gap * 0.5)
        books = round(far if right else image.width - far)
        stack_books(image, books, floor - 6, commission.palette.artwork, min(0.8, gap / 260))


def _on_ledge(commission: Commission) -> Page:
    """Frames lean on a narrow ledge; the headline stands on the wall itself."""
    surface = surface_of(commission.palette, commission.brief.text_tone, CLEAR)
    # On a dark wall the same light would wash out the text that stands on it.
    dark = luminance(surface.ground) < 0.3
    canvas = commission.canvas(_wall(commission, surface.ground, 0.035 if dark else 0.3, 0.4 if dark else 0.55))
    foot = footer(commission, canvas, surface)
    board = round(foot - 96)
    if commission.is_square:
        return _ledge_beside(commission, canvas, surface, board)
    stack = copy_stack(commission, canvas, surface, canvas.width - 2 * MARGIN, board - 700, HEADLINE.sized(92))
    below = round(stack.write(canvas, MARGIN, 104, surface) + 84)
    height = board - below
    width = round(min(height * 0.78, 560))
    place = (canvas.width - MARGIN - 60 - width, below, width, height)
    ledge(canvas.image, board, 22, MARGIN, canvas.width - MARGIN)
    small_height = round(height * 0.62)
    free = place[0] - MARGIN - 40
    small = (MARGIN + 40, board - small_height, min(round(small_height * 0.8), free + 70), small_height)
    if free > 330:
        stand_vase(canvas.image, MARGIN + 150, board + 4, commission.brief.artwork_seed, min(1.0, height / 560))
    else:
        _lean(commission, canvas.image, small, 1)
    _lean(commission, canvas.image, place, 0)
    left = min(place[0], small[0]) if free <= 330 else place[0]
    return Page.of(canvas, (left, below, place[0] + width, board))


def _ledge_beside(commission: Commission, canvas: Canvas, surface: Surface, board: int) -> Page:
    width, height = 440, min(board - 130, 620)
    place = (canvas.width - MARGIN - 26 - width, board - height, width, height)
    ledge(canvas.image, board, 22, place[0] - 26, canvas.width - MARGIN)
    column = place[0] - 26 - 46 - MARGIN
    stack = copy_stack(commission, canvas, surface, column, board - place[1], HEADLINE.sized(78))
    stack.write(canvas, MARGIN, place[1] + 4, surface)
    _lean(commission, canvas.image, place, 0)
    return Page.of(canvas, _box(place))


def _lean(commission: Commission, image: Image.Image, place: Place, index: int) -> None:
    frame, mat = max(9, round(place[2] * 0.026)), round(place[2] * 0.1)
    art = commission.artwork(opening(place, frame, mat), index)
    colour = WOODS[(commission.brief.artwork_seed // 3 + index) % len(WOODS)]
    hang(image, art, place, frame=frame, mat=mat, wood_colour=colour)


def _triptych(commission: Commission) -> Page:
    """One artwork runs through three frames side by side; the copy stands on a plain band below."""
    canvas = commission.canvas(_wall(commission, wall_colour(commission.palette)))
    top = _panel(commission, canvas, 64 if commission.is_square else 72, 460 if commission.is_square else 640)
    image = canvas.image
    image.paste(rgb(commission.surface.rule), (0, top, image.width, top + 2))
    gap, frame = 36, 11
    width = (canvas.width - 2 * MARGIN - 2 * gap) // 3
    height = min(round(width * 2.3), top - 150)
    mat = round(width * 0.085)
    upper = (top - height) // 2 - 6
    places = [(MARGIN + index * (width + gap), upper, width, height) for index in range(3)]
    seen = opening(places[0], frame, mat)
    step = width + gap
    whole = commission.artwork((seen[0] + 2 * step, seen[1]))
    for index, place in enumerate(places):
        part = whole.crop((index * step, 0, index * step + seen[0], seen[1]))
        hang(image, part, place, frame=frame, mat=mat, wood_colour=_wood(commission))
    return Page.of(canvas, (places[0][0], upper, places[2][0] + width, upper + height))


def _box(place: Place) -> tuple[int, int, int, int]:
    return place[0], place[1], place[0] + place[2], place[1] + place[3]


ARRANGEMENTS = (_above_sideboard, _on_ledge, _triptych, salon, detail)
