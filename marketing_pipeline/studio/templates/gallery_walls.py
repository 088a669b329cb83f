"""Walls with more than one frame in sight, or less than one: a salon hang, and a detail of one large frame."""

from PIL import Image

from marketing_pipeline.studio.canvas import Page
from marketing_pipeline.studio.colour import rgb
from marketing_pipeline.studio.commission import Commission
from marketing_pipeline.studio.copy_block import HEADLINE, MARGIN, copy_stack, footer, footer_height
from marketing_pipeline.studio.frames import WOODS, Place, hang, opening
from marketing_pipeline.studio.room import FLAT, plaster, window_light
from marketing_pipeline.studio.surfaces import wall_colour


def _scene(commission: Commission, light: float) -> Image.Image:
    wall = wall_colour(commission.palette)
    image = plaster((commission.width, commission.height), wall, 3, (0.25, 0.12))
    window_light(image, wall, light, lean=float(commission.random().choice((0.26, 0.34, 0.44))))
    return image


def _framed(commission: Commission, image: Image.Image, place: Place, index: int, mat_share: float = 0.1) -> None:
    frame, mat = max(10, round(min(place[2:]) * 0.026)), round(min(place[2:]) * mat_share)
    wood = WOODS[commission.brief.artwork_seed // 5 % len(WOODS)]
    hang(image, commission.artwork(opening(place, frame, mat), index), place, frame=frame, mat=mat, wood_colour=wood)


def salon(commission: Commission) -> Page:
    """One large frame and two small ones, hung edge to edge as a group; the copy on a plain panel below."""
    canvas = commission.canvas(_scene(commission, 0.3))
    square = commission.is_square
    foot = footer_height(commission, canvas) + 62
    room = canvas.height - (470 if square else 690) - foot - 72
    stack = copy_stack(
        commission, canvas, commission.surface, canvas.width - 2 * MARGIN, room, HEADLINE.sized(60 if square else 70)
    )
    top = round(canvas.height - foot - stack.height - 72)
    panel = plaster((canvas.width, canvas.height - top), commission.surface.ground, 9, (0.2, 0), FLAT)
    canvas.image.paste(panel, (0, top))
    canvas.image.paste(rgb(commission.surface.rule), (0, top, canvas.width, top + 2))
    stack.write(canvas, MARGIN, top + 72, commission.surface)
    footer(commission, canvas, commission.surface)
    gap, upper = 34, 64
    high = top - upper - 72
    wide = high < 520
    large = round(min(high * (1.25 if wide else 0.78), 560))
    small_high = (high - gap) // 2
    small = round(min(small_high * (1.3 if wide else 0.92), 330))
    left = (canvas.width - large - gap - small) // 2
    mirrored = commission.brief.artwork_seed // 5 % 2 == 1
    big_x, small_x = (left + small + gap, left) if mirrored else (left, left + large + gap)
    _framed(commission, canvas.image, (big_x, upper, large, high), 0)
    _framed(commission, canvas.image, (small_x, upper, small, small_high), 1)
    _framed(commission, canvas.image, (small_x, upper + high - small_high, small, small_high), 2)
    return Page.of(canvas, (left, upper, left + large + gap + small, upper + high))


def detail(commission: Commission) -> Page:
    """So near that one frame leaves the picture at two sides; the copy stands on a plain band at the foot."""
    canvas = commission.canvas(_scene(commission, 0.24))
    square, surface = commission.is_square, commission.surface
    foot = footer_height(commission, canvas) + 62
    room = canvas.height - (520 if square else 720) - foot - 72
    headline = HEADLINE.sized(66 if square else 84)
    stack = copy_stack(commission, canvas, surface, canvas.width - 2 * MARGIN, room, headline)
    top = round(canvas.height - foot - stack.height - 72)
    left, low = 150, 96
    width = canvas.width - left + 220
    place = (left, -240, width, top - low + 240)
    frame, mat = 34, 96
    art = commission.artwork(opening(place, frame, mat))
    wood = WOODS[commission.brief.artwork_seed // 5 % len(WOODS)]
    hang(canvas.image, art, place, frame=frame, mat=mat, wood_colour=wood)
    panel = plaster((canvas.width, canvas.height - top), surface.ground, 9, (0.2, 0), FLAT)
    canvas.image.paste(panel, (0, top))
    stack.write(canvas, MARGIN, top + 72, surface)
    footer(commission, canvas, surface)
    return Page.of(canvas, (left, 0, canvas.width, top - low))
