"""How alike two texts are, and whether one speaks of what another is about."""

import re
from collections.abc import Iterable, Sequence
from difflib import SequenceMatcher
from itertools import combinations

_WORD = re.compile(r"[^\W\d_]+(?:['’][^\W\d_]+)?")
_SMALL_WORDS = (
    "a about after all also an and any are as at be been before but by can do each every first for from get has have"
    " here how i if in into is it its just more most new no not now of on one only or other our out over own she so"
    " some than that the their them then there these they this to two up us want wants was we were what when where"
    " which who why will with you your"
)
_SMALL = frozenset(_SMALL_WORDS.split())
_STEM = 5


def words(text: str) -> tuple[str, ...]:
    """The words of a text without case."""
    return tuple(word.casefold() for word in _WORD.findall(text))


def stems(text: str) -> frozenset[str]:
    """What the text is about: its words but the small ones, each cut to its first five letters."""
    return frozenset(word[:_STEM] for word in words(text) if word not in _SMALL and len(word) > 2)


def likeness(one: str, other: str) -> float:
    """0 to 1: twice the words that stand in both in the same order, over all words (Ratcliff and Obershelp)."""
    return SequenceMatcher(None, words(one), words(other), autojunk=False).ratio()


def most_alike(texts: Sequence[str]) -> tuple[float, tuple[int, int]]:
    """The likeness of the two texts that are most alike, and their places from 1. Needs two texts."""
    pairs = {(i, j): likeness(texts[i - 1], texts[j - 1]) for i, j in combinations(range(1, len(texts) + 1), 2)}
    pair = max(pairs, key=pairs.__getitem__)
    return pairs[pair], pair


def shared(text: str, about: Iterable[str]) -> frozenset[str]:
    """Stems that the text shares with any of those that say what it should be about."""
    return stems(text) & stems(" ".join(about))
