"""Shares with their intervals, as a table shows them."""

from math import sqrt

_Z = 1.959964


def wilson(found: int, of: int) -> tuple[float, float]:
    """The 95 % interval of a share, which also holds where few or all were found. E. B. Wilson, 1927. `of` is not 0."""
    share, z2 = found / of, _Z * _Z
    middle = (share + z2 / (2 * of)) / (1 + z2 / of)
    half = _Z * sqrt(share * (1 - share) / of + z2 / (4 * of * of)) / (1 + z2 / of)
    return max(0.0, middle - half), min(1.0, middle + half)


def told(found: int, of: int) -> str:
    """Such as ' 98.3 %  (91.1 to 99.7)'."""
    if not of:
        return "   none"
    low, high = wilson(found, of)
    return f"{found / of:6.1%}  ({low:.1%} to {high:.1%})"
