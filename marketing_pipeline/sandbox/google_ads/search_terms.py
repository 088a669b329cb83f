"""What people type: the search terms that a keyword meets, and the negative keywords that keep them away."""

from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache

from marketing_pipeline.sandbox.google_ads.account_plan import AdsAccount
from marketing_pipeline.sandbox.google_ads.chance import seeded

UNSHOWN = ""
"""Rare terms in one: they cost money, but search_term_view leaves them out (documented: too few people)."""
_UNSHOWN_SHARE = 0.07
_GOOD = ("uk", "online", "for living room", "a3", "buy", "modern", "gift", "large", "sale", "with frame")
_WASTE = (
    "free download",
    "jobs",
    "diy template",
    "ideas pinterest",
    "wholesale supplier",
    "wikipedia",
    "clipart",
    "course",
)
_WASTE_CHANCE = {"EXACT": 0.0, "PHRASE": 0.16, "BROAD": 0.3}
_WASTE_QUALITY = 0.0


@dataclass(frozen=True)
class SearchTerm:
    """One search. `share` is its part of the keyword's market; `wastes` means that it never converts."""

    text: str
    share: float
    quality: float
    wastes: bool


@cache
def terms_met(seed: int, account: AdsAccount, keyword: str, match_type: str) -> tuple[SearchTerm, ...]:
    """The terms that a keyword meets; the shares add up to 1. Broad keywords meet more that is worth nothing."""
    chance = seeded(seed, account.customer_id, "terms", keyword, match_type)
    texts: dict[str, tuple[float, bool]] = {keyword: (1.0, False)}
    endings = [*chance.sample(_GOOD, len(_GOOD)), *_GOOD]
    waste = chance.sample(_WASTE, len(_WASTE))
    for place in range(account.terms - 1):
        wastes = bool(waste) and chance.random() < _WASTE_CHANCE.get(match_type, 0.0)
        ending = waste.pop() if wastes else endings[place]
        texts[f"{keyword} {ending}"] = (chance.uniform(0.3, 1.0), wastes)
    total = sum(weight for weight, _ in texts.values())
    shown = 1.0 - (_UNSHOWN_SHARE if account.terms > 1 else 0.0)
    met = [
        SearchTerm(text, shown * weight / total, _WASTE_QUALITY if wastes else 1.0, wastes)
        for text, (weight, wastes) in texts.items()
    ]
    if shown < 1:
        met.append(SearchTerm(UNSHOWN, 1.0 - shown, 1.0, wastes=False))
    return tuple(met)


@dataclass(frozen=True)
class NegativeKeyword:
    """A negative keyword of a campaign or an ad group."""

    text: str
    match_type: str

    def keeps_away(self, term: str) -> bool:
        """Whether the term no longer meets any ad.

        Documented: exact is the same words in the same order, phrase the same words in order within the term, broad all
        of them in any order; close variants are not matched.
        """
        words, searched = self.text.lower().split(), term.lower().split()
        if not searched or not words:
            return False
        if self.match_type == "EXACT":
            return words == searched
        if self.match_type == "PHRASE":
            span = len(words)
            return any(searched[at : at + span] == words for at in range(len(searched) - span + 1))
        return set(words) <= set(searched)


def kept_away(term: str, negatives: Iterable[NegativeKeyword]) -> bool:
    """Whether any of the negative keywords matches."""
    return any(negative.keeps_away(term) for negative in negatives)
