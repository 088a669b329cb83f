"""Every limit that a check of a creative goes by, in one place and frozen.

They were set on training seeds of `make bench NAME=creative_quality` and are reported on others, drawn later. A test
pins `fingerprint()`, so that no limit moves unnoticed: who changes one measures again, on seeds not used before.
"""

import hashlib
import json
from typing import Final

SAFE_MARGIN: Final = 40
"""Pixels. The profile grid shows the middle 1012 px (34 to 1046) of a 4:5 post; phones round corners."""
SMALLEST_TYPE: Final = 22.0
UNREADABLE_TYPE: Final = 18.0
TOUCH: Final = 0.14
"""Share of the type size by which boxes of tight lines may meet: accents above, tails below."""

LEAST_DECLARED: Final = 4.5
"""WCAG 2, AA."""
LEAST_SEEN: Final = 4.4
"""Pixels lose a little at soft edges."""
HOPELESS: Final = 3.0
"""WCAG 2, AA for large type."""
LEAST_ACUITY: Final = 0.60
SAFE_ACUITY: Final = 0.68
LEAST_INK: Final = 0.5
"""How close, from ground (0) to ink (1), the inkiest pixel of each edge of a line must be: less and the line is cut."""
RESTLESS: Final = 0.05
"""Share of what lies about a line that may differ from its ground, or come near its ink."""

FARTHEST: Final = 14.0
"""CIEDE2000, 90th percentile."""
FARTHEST_GROUND: Final = 10.0
"""CIEDE2000, median to the nearest colour that may fill large areas."""

COARSEST: Final = 4650
"""Sum of both quantisation tables at JPEG quality 75; quality 92 has 1483."""
RINGING: Final = 10.5
"""Levels of 256: 90th percentile of the steps between neighbours on the plain ground about the letters of a line."""

SAME: Final = 8
"""Bits of 256: the same picture, saved again."""
NEAR: Final = 32
"""Bits of 256: a recropped copy, or the same artwork in the same layout."""

ALIKE: Final = 0.6
"""From which confidence and likeness on text that was read counts."""


def fingerprint() -> str:
    """The first 16 hexadecimal digits of the SHA-256 of all limits, by name."""
    limits = {name: value for name, value in globals().items() if name.isupper()}
    return hashlib.sha256(json.dumps(limits, sort_keys=True).encode()).hexdigest()[:16]
