"""The copy of a card: kicker, headline and supporting line as one stack, and the footer with action and logo."""

from collections.abc import Callable
from typing import Final

from marketing_pipeline.studio.canvas import Canvas, Stack
from marketing_pipeline.studio.commission import Commission
from marketing_pipeline.studio.surfaces import Surface
from marketing_pipeline.studio.typesetting import TextOverflow, TypeStyle

MARGIN: Final = 80
FOOT: Final = 76  # from the footer's baseline to the lower edge
KICKER: Final = TypeStyle("text", 28, 22, weight=620, tracking=0.11, capitals=True, most_lines=2)
HEADLINE: Final = TypeStyle("display", 96, 40, weight=380, tracking=-0.018, leading=1.06)
BODY: Final = TypeStyle("text", 31, 22, weight=430, leading=1.38)
ACTION: Final = TypeStyle("text", 29, 22, weight=600, leading=1.25, most_lines=2)
_EASES: Final = (1.0, 0.85, 0.72, 0.6, 0.5)


def eased(build: Callable[[float], Stack]) -> Stack:
    """The first stack that fits as its smaller pieces ease from their natural size towards their floor.

    build: sets a stack for a factor that goes down from 1. Raises TextOverflow when the last one does not fit either.
    """
    for ease in _EASES[:-1]:
        try:
            return build(ease)
        except TextOverflow:
            continue
    return build(_EASES[-1])


def copy_stack(
    commission: Commission,
    canvas: Canvas,
    surface: Surface,
    width: float,
    height: float,
    headline: TypeStyle = HEADLINE,
    *,
    kicker: bool = True,
    action: bool = False,
) -> Stack:
    """Kicker, headline, supporting line and, where asked, the call to action, set to fit `width` x `height`.

    The small lines take what they need and the headline gets the rest; when that is too little, the small lines give
    way. Raises TextOverflow, MissingGlyph.
    """

    def build(ease: float) -> Stack:
        return _copy_stack(commission, canvas, surface, (width, height), headline, ease, kicker=kicker, action=action)

    return eased(build)


def _copy_stack(
    commission: Commission,
    canvas: Canvas,
    surface: Surface,
    room_for: tuple[float, float],
    headline: TypeStyle,
    ease: float,
    *,
    kicker: bool,
    action: bool,
) -> Stack:
    width, height = room_for
    brief = commission.brief
    stack = Stack()
    room = height
    above = below = called = None
    if kicker and brief.kicker:
        above = canvas.fit(brief.kicker, KICKER, width, height * 0.3, ease)
        room -= above.height + 42
    if brief.supporting_line:
        below = canvas.fit(brief.supporting_line, BODY, width, height * 0.45, ease)
        room -= below.height + 52
    if action and brief.call_to_action:
        called = canvas.fit(brief.call_to_action, ACTION, width, height * 0.3, ease)
        room -= called.height + 44
    main = canvas.fit(brief.headline, headline, width, room)
    if above:
        stack.add(above, surface.accent, 0)
    stack.add(main, surface.ink, 42)
    if below:
        stack.add(below, surface.soft, 34 + main.size * 0.24)
    if called:
        stack.add(called, surface.accent, 44)
    return stack


def footer(commission: Commission, canvas: Canvas, surface: Surface) -> float:
    """Call to action on the left, logo on the right, on one baseline near the lower edge. Returns the top of the row.

    Without a call to action the logo takes the left margin.
    """
    baseline = canvas.height - FOOT
    action = commission.brief.call_to_action
    if not action:
        commission.logo.draw(canvas, MARGIN, baseline, surface)
        return baseline - 28
    left, _ = commission.logo.draw(canvas, canvas.width - MARGIN, baseline, surface, align="right")
    setting = canvas.fit(action, ACTION, left - MARGIN - 40)
    top = baseline - setting.height
    canvas.write(setting, MARGIN, top, surface.ink, surface.declared)
    return min(top, baseline - 28)


def footer_height(commission: Commission, canvas: Canvas) -> float:
    """From the top of the footer's row to the lower edge, without drawing it."""
    action = commission.brief.call_to_action
    if not action:
        return FOOT + 28
    room = canvas.width - 2 * MARGIN - commission.logo.width(canvas) - 40
    return FOOT + max(28.0, canvas.fit(action, ACTION, room).height)
