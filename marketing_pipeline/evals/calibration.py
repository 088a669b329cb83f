"""Whether a machine's verdicts agree with people's: Cohen's kappa with its interval, or an honest `too few`."""

import math
import random
from collections.abc import Sequence
from typing import Any

from pydantic import BaseModel, ConfigDict

LEAST_LABELS = 50
"""Decisions of people below which nothing is said."""
LEAST_OF_EACH = 10
"""Decisions of the rarer kind below which nothing is said: kappa means little where nearly all are of one kind."""
DRAWS = 1000
_SEED = 20_261_122
Pair = tuple[bool, bool]


class Calibration(BaseModel):
    """A rater beside people, over `labels` items that both judged. `kappa` is None where there are too few to tell."""

    model_config = ConfigDict(frozen=True)

    rater: str
    labels: int
    both_yes: int
    both_no: int
    only_rater_yes: int
    only_people_yes: int
    kappa: float | None = None
    low: float | None = None
    high: float | None = None

    @property
    def agreement(self) -> float | None:
        """Share of the items on which both say the same; it flatters where nearly all are of one kind."""
        return (self.both_yes + self.both_no) / self.labels if self.labels else None

    def sentence(self) -> str:
        """In words."""
        if self.kappa is None:
            rarer = min(self.both_yes + self.only_people_yes, self.both_no + self.only_rater_yes)
            return (
                f"too few to tell: {self.labels} decisions of at least {LEAST_LABELS}, {rarer} of the rarer kind of at "
                f"least {LEAST_OF_EACH}"
            )
        return f"kappa {self.kappa:.2f} ({self.low:.2f} to {self.high:.2f}) over {self.labels} decisions"


def calibrated(rater: str, pairs: Sequence[Pair]) -> Calibration:
    """A rater's yes or no beside people's, item by item (people second).

    Cohen's kappa by nltk; its 95 % interval by drawing the items anew DRAWS times. Draws in which one kind alone comes
    up have no kappa and are left out. Needs the extra `eval`.
    """
    counted = {key: pairs.count(key) for key in ((True, True), (False, False), (True, False), (False, True))}
    people_yes = counted[True, True] + counted[False, True]
    told = Calibration(
        rater=rater,
        labels=len(pairs),
        both_yes=counted[True, True],
        both_no=counted[False, False],
        only_rater_yes=counted[True, False],
        only_people_yes=counted[False, True],
    )
    if len(pairs) < LEAST_LABELS or min(people_yes, len(pairs) - people_yes) < LEAST_OF_EACH:
        return told
    chance = random.Random(_SEED)
    drawn = sorted(kappa for _ in range(DRAWS) if (kappa := _kappa(chance.choices(pairs, k=len(pairs)))) is not None)
    return told.model_copy(
        update={
            "kappa": _kappa(pairs),
            "low": drawn[math.floor(0.025 * len(drawn))] if drawn else None,
            "high": drawn[math.ceil(0.975 * len(drawn)) - 1] if drawn else None,
        }
    )


def _kappa(pairs: Sequence[Pair]) -> float | None:
    from nltk.metrics.agreement import AnnotationTask

    if len({word for pair in pairs for word in pair}) < 2:
        return None
    rows = [
        (who, item, word)
        for item, pair in enumerate(pairs)
        for who, word in zip(("rater", "people"), pair, strict=True)
    ]
    task: Any = AnnotationTask(rows)  # it has no complete types
    return float(task.kappa())
