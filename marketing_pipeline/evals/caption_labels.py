"""What people made of the copywriter's captions: approved as written, changed by how much, or refused."""

from collections.abc import Sequence
from statistics import median
from typing import Any

from pydantic import BaseModel, ConfigDict

from marketing_pipeline.domain.share_interval import Z95, interval_of_share
from marketing_pipeline.evals.wording import words

LIGHT_EDIT = 0.15
"""Share of the words that a person may change and still be said to have agreed with the caption: our own bar."""


class CaptionReview(BaseModel):
    """People's decisions about captions of one brand. They are told of what was shown to them, not of all."""

    model_config = ConfigDict(frozen=True)

    decided: int
    refused: int
    as_written: int
    changed: tuple[float, ...]
    """For each that was approved after a change, the share of its words that was changed, in order of size."""

    @property
    def agreed(self) -> int:
        """Those that were approved as written, or with a light change."""
        return self.as_written + sum(share <= LIGHT_EDIT for share in self.changed)

    def sentence(self) -> str:
        """In words, with the interval of the share."""
        if not self.decided:
            return "nobody has decided about a caption yet"
        low, high = interval_of_share(self.as_written, self.decided, Z95)
        told = (
            f"{self.as_written} of {self.decided} captions were approved as written ({low:.0%} to {high:.0%}), "
            f"{self.refused} refused"
        )
        if not self.changed:
            return f"{told}, none changed"
        return (
            f"{told}, {len(self.changed)} changed, half of those in more than {median(self.changed):.0%} of the words"
        )


def changed_share(written: str, stood: str) -> float:
    """Word edit distance (Levenshtein, by nltk) over the words of the longer text: 0 as written, 1 all other words.

    Needs the extra `eval`.
    """
    from nltk.metrics import distance

    one, other = words(written), words(stood)
    most = max(len(one), len(other))
    measure: Any = distance  # it has no complete types
    return float(measure.edit_distance(one, other)) / most if most else 0.0


def reviewed(captions: Sequence[tuple[str, str, bool]]) -> CaptionReview:
    """Count decisions: each a caption as written, as it stood then, and whether it was approved."""
    shares = [changed_share(written, stood) for written, stood, approved in captions if approved]
    return CaptionReview(
        decided=len(captions),
        refused=len(captions) - len(shares),
        as_written=sum(share == 0 for share in shares),
        changed=tuple(sorted(share for share in shares if share > 0)),
    )


def agrees(written: str, stood: str, *, approved: bool) -> bool:
    """Whether a person's decision is a yes to the caption as it was written."""
    return approved and changed_share(written, stood) <= LIGHT_EDIT
