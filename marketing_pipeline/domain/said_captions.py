"""A caption goes out once: which post of a brand says what, whatever the case and the spacing."""

import unicodedata
from collections.abc import Iterable
from datetime import timedelta

from marketing_pipeline.domain.caption import Violation
from marketing_pipeline.domain.identifiers import PostId

REMEMBERED = timedelta(days=180)
"""For so long no other post of the brand may say the same."""


class SaidCaptions:
    """The captions of a brand's posts, each with the post that said it first."""

    def __init__(self, said: Iterable[tuple[PostId, str]] = ()) -> None:
        self._by: dict[str, PostId] = {}
        for post, caption in said:
            self._by.setdefault(_letters(caption), post)

    def taken(self, caption: str, post: PostId) -> tuple[Violation, ...]:
        """What is wrong with saying this in a post: another one does. Where none does, the caption is this post's.

        Posts that are written at once share one of these, so that no two of them take the same words.
        """
        other = self._by.setdefault(_letters(caption), post)
        if other == post:
            return ()
        problem = f"it is word for word that of the post {other}; write another"
        return (Violation(rule="new_caption", where="caption", problem=problem),)


def _letters(caption: str) -> str:
    """A caption without case and spacing, and in one form of each letter: what makes two of them the same."""
    # Upper case first: there are letters, the dotless i among them, that casefold() alone leaves apart.
    folded = unicodedata.normalize("NFKD", "".join(caption.split())).upper().casefold()
    return unicodedata.normalize("NFKD", folded)
