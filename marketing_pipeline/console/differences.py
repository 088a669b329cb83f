"""Two wordings side by side: which words of the one do not stand in the other."""

import re
from difflib import SequenceMatcher

_PARTS = re.compile(r"\s+|\S+")
_ALIKE = 0.7
"""Below this share of common words two texts are simply different, and marks would cover all of both."""


def marked(text: str, against: str) -> tuple[tuple[str, bool], ...]:
    """The text in runs, each with whether it is new against the other; one plain run where little is common to both."""
    mine, theirs = _PARTS.findall(text), _PARTS.findall(against)
    matcher = SequenceMatcher(None, theirs, mine, autojunk=False)
    if mine == theirs or matcher.quick_ratio() < _ALIKE or matcher.ratio() < _ALIKE:
        return ((text, False),)
    runs = [(mine[first:end], kind != "equal") for kind, _, _, first, end in matcher.get_opcodes() if end > first]
    return tuple(("".join(words), new or _is_between(runs, at)) for at, (words, new) in enumerate(runs))


def _is_between(runs: list[tuple[list[str], bool]], at: int) -> bool:
    """Whether a run is nothing but the space between two new ones."""
    return 0 < at < len(runs) - 1 and not "".join(runs[at][0]).strip()
