"""Candidate changes in the light of what became of earlier ones: corrected, ranked anew, or held back."""

from collections.abc import Iterable
from dataclasses import replace

from marketing_pipeline.domain.ad_analysis import Held
from marketing_pipeline.domain.ad_candidate import AdCandidate
from marketing_pipeline.domain.ad_experience import AdExperience, way_of
from marketing_pipeline.domain.ad_learning import level_of


def reconsidered(
    found: Iterable[AdCandidate], experience: AdExperience
) -> tuple[tuple[AdCandidate, ...], tuple[Held, ...]]:
    """The candidates that may be proposed, the most money first, and those held back with the reason.

    What is at stake counts for as much as the gains of its kind came to, or for less by as much as its losses did.
    """
    kept: list[AdCandidate] = []
    held: list[Held] = []
    for item in found:
        why = experience.why_not(way_of(item.payload), gains=item.forecast.gains)
        if why:
            held.append(Held(item.label, why))
        else:
            kept.append(_corrected(item, experience))
    return tuple(sorted(kept, key=lambda item: (-item.money_micros, item.id))), tuple(held)


def _corrected(item: AdCandidate, experience: AdExperience) -> AdCandidate:
    known = experience.effect(level_of(item.payload))
    if known is None:
        return item
    row = {
        "figure": "share of what was forecast that came about in earlier changes of this kind; the forecast counts it",
        "value": round(known.multiple, 2),
        "low": round(known.low, 2),
        "high": round(known.high, 2),
        "changes": len(known.evidence),
    }
    return replace(
        item,
        forecast=experience.corrected(item.payload, item.forecast),
        evidence=(*item.evidence, row),
        money_micros=round(item.money_micros * (known.multiple if item.forecast.gains else 1 / known.multiple)),
    )
