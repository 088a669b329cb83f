"""Whether the figures in a text are those that were given, in any way of saying them."""

import math
import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, cast

_NUMBER = re.compile(r"(?<![\w.])\d+(?:[.,]\d+)*(?!\w*_)")
_PLACES = 4


def figures_in(text: str) -> tuple[float, ...]:
    """Numbers of a text as they are read, without thousands commas; dates such as 27/11 give each of their parts."""
    return tuple(float(plain) for each in _NUMBER.findall(text) if (plain := each.replace(",", "")).count(".") <= 1)


def figures_of(value: object) -> tuple[float, ...]:
    """Every number in JSON, and in the texts within it."""
    match value:
        case bool() | None:
            return ()
        case int() | float():
            return (float(value),)
        case str():
            return figures_in(value)
        case Mapping():
            return tuple(figure for each in cast("Mapping[str, Any]", value).values() for figure in figures_of(each))
        case Sequence():
            return tuple(figure for each in cast("Sequence[Any]", value) for figure in figures_of(each))
        case _:
            return ()


def multiples(values: Iterable[float]) -> tuple[float, ...]:
    """Multiples of an average, and the same as per cent of it and above or below it: 1.34 is also 134 and 34."""
    # Agents are told them with three places, and round what they were told.
    return tuple(said for value in values for said in (value, round(value, 3), value * 100, abs(value - 1) * 100))


def ungrounded(text: str, given: Iterable[float]) -> tuple[str, ...]:
    """Numbers of a text that are none of the given ones, rounded to as many places as they are said with."""
    known = [abs(value) for value in given]
    return tuple(dict.fromkeys(said for said in _said(text) if not any(_is(said, value) for value in known)))


def _said(text: str) -> list[str]:
    return [each.replace(",", "") for each in _NUMBER.findall(text) if each.replace(",", "").count(".") <= 1]


def _is(said: str, value: float) -> bool:
    places = len(said.partition(".")[2])
    return places <= _PLACES and math.isclose(float(said), value, abs_tol=0.5 * 10**-places + 1e-9)
