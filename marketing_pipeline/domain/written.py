"""What people write, as it is kept: ends of lines in one way, no giant, nothing that is no character."""

import re

from marketing_pipeline.domain.errors import MarketingError

LONGEST_NOTE = 2_000
"""Characters of a note: about a page. The log, the prompts and the pages carry it whole."""
_LONGEST_ID = 96
_ENDS_OF_LINES = re.compile("\r\n?")
# Line feed and tab are the only control characters that a text may hold; halves of surrogate pairs are no characters.
_NO_CHARACTERS = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\ud800-\udfff]")


class NotWritten(MarketingError):
    """A text cannot be kept as it is: too long, or not made of characters. Nothing was done."""


def written(text: str, what: str, longest: int | None = None) -> str:
    """The text with line feeds alone between its lines; `what` names it in the refusal.

    Raises NotWritten for more than `longest` characters, for control characters and for halves of characters.
    """
    kept = _ENDS_OF_LINES.sub("\n", text)
    if found := _NO_CHARACTERS.search(kept):
        raise NotWritten(
            f"The {what} holds what is no readable character: U+{ord(found.group()):04X} at place {found.start() + 1}.",
            "Type it anew there, or leave it out; nothing was changed.",
        )
    if longest is not None and len(kept) > longest:
        raise NotWritten(
            f"The {what} has {len(kept):,} characters; at most {longest:,} are kept.",
            "Say it in fewer words; nothing was changed.",
        )
    return kept


def note_of(text: str) -> str:
    """A note as it is kept. Raises NotWritten."""
    return written(text, "note", LONGEST_NOTE)


def is_an_id(text: str) -> bool:
    """Whether a text could name anything at all: what could not is looked for nowhere."""
    return 0 < len(text) <= _LONGEST_ID and _NO_CHARACTERS.search(text) is None
