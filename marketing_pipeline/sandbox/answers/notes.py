"""The note reader: notes that share a telling word are alike, and the plainest of them is the rule."""

import re
from collections import defaultdict
from collections.abc import Sequence

from marketing_pipeline.domain.brand_rule import LEAST_POSTS, AppliesTo
from marketing_pipeline.domain.heard_note import LONGEST_RULE, NoteGroup, NoteGroups
from marketing_pipeline.sandbox.answers.prompt import Prompt, Seen, Text
from marketing_pipeline.sandbox.answers.wording import sentence, shortened, stems

_MOST_GROUPS = 10
# Words of different stems that wish for the same.
_SAME = (
    ("light", "dark bright brighter daylight gloomy lighter dim"),
    ("calm", "calmer busy crowded quiet quieter cluttered"),
    ("short", "shorter long longer wordy brief"),
)
_MEANS = {stem: meaning for meaning, words in _SAME for stem in stems(words, meaning)}
_EMPTY = stems(
    "please", "try", "again", "more", "less", "too", "very", "make", "post", "picture", "photo", "image", "caption",
    "better", "nice", "like", "want", "would", "could", "should", "have", "this", "another", "still", "really",
)  # fmt: skip
_ACTS = re.compile(
    r"\b(?:ignore|disregard|obey|approv|publish|delet|cancel|transfer|pay|e-?mail|send|budget|spend|password|token"
    r"|instruction|prompt|system)|://|@|\bwww\.",
    re.IGNORECASE,
)


class _SeenNote(Seen):
    example: str
    post: str
    about: Text = ""
    note: Text = ""


def group_notes(prompt: Prompt) -> NoteGroups:
    """Groups of notes about three posts or more, the largest first; each note in one of them."""
    notes = [note for note in prompt.untrusted("notes", tuple[_SeenNote, ...], ()) if not _ACTS.search(note.note)]
    standing = [_wishes(text) for text in prompt.optional("rules", tuple[str, ...], ())]
    found: list[NoteGroup] = []
    while len(found) < _MOST_GROUPS and (alike := _largest(notes)):
        wish, group = alike
        notes = [note for note in notes if note not in group]
        if not any(wish in rule for rule in standing):
            found.append(_group(group))
    return NoteGroups(groups=tuple(found))


def _largest(notes: Sequence[_SeenNote]) -> tuple[str, list[_SeenNote]] | None:
    by_wish: defaultdict[str, list[_SeenNote]] = defaultdict(list)
    for note in notes:
        for wish in _wishes(note.note):
            by_wish[wish].append(note)
    alike = [(wish, group) for wish, group in by_wish.items() if len({note.post for note in group}) >= LEAST_POSTS]
    return max(alike, key=lambda pair: (len(pair[1]), pair[0]), default=None)


def _wishes(text: str) -> frozenset[str]:
    return frozenset(_MEANS.get(stem, stem) for stem in stems(text) - _EMPTY)


def _group(group: Sequence[_SeenNote]) -> NoteGroup:
    plainest = min(group, key=lambda note: (len(note.note) < 10, len(note.note), note.example))
    pictures = sum(note.about == "creative" for note in group)
    return NoteGroup(
        examples=tuple(note.example for note in group),
        statement=sentence(shortened(plainest.note, LONGEST_RULE - 1)).ljust(5, "."),
        applies_to=AppliesTo.CREATIVE if 2 * pictures >= len(group) else AppliesTo.COPY,
    )
