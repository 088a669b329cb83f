"""Search terms, keywords and ads that cost money and convert far too rarely, told from bad luck by an exact test.

The null hypothesis is that a thing converts at least at half the rate of the rest of its campaign (an ad: three
quarters of the other ads of its group). Of all findings of a kind in an account a share of at most FALSE_DISCOVERIES is
expected to be wrong (Benjamini and Hochberg). Only mature days count, and only what has cost a usual conversion.
"""

from collections.abc import Callable, Hashable, Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import timedelta
from enum import StrEnum
from typing import TypeVar

from marketing_pipeline.domain.ad_account import AdAccountHistory, KeywordSetting
from marketing_pipeline.domain.ad_figures import MATURE_DAYS, AdDay, Figures, KeywordDay, TermDay, total
from marketing_pipeline.domain.ad_significance import discoveries, fewer_than_usual

FALSE_DISCOVERIES = 0.05
LEAST_COST_IN_CONVERSIONS = 1.0
"""Spend before anything is said, in costs of a usual conversion of the campaign."""
LEAST_CLICKS = 20
_LOOK_BACK = 180
_LONGEST_PHRASE = 2
_TOO_LOW = 0.5
_TOO_LOW_FOR_AN_AD = 0.75
Row = TypeVar("Row", KeywordDay, TermDay, AdDay)
Item = TypeVar("Item")
Key = TypeVar("Key", bound=Hashable)
Name = tuple[int, int | None, str]
"""Campaign, ad group (None: any) and what it is."""


class WasteKind(StrEnum):
    """What wastes."""

    SEARCH_TERM = "search_term"
    PHRASE = "phrase"
    KEYWORD = "keyword"
    AD = "ad"


@dataclass(frozen=True, slots=True, kw_only=True)
class Waste:
    """A finding, with its figures over the `days` looked at and those of what it was compared with."""

    kind: WasteKind
    campaign: int
    ad_group: int | None
    subject: str
    """The term's text, or the id of the keyword or ad."""
    figures: Figures
    others: Figures
    p_value: float
    days: int
    conflict: str = ""
    """Why nothing may be proposed although it wastes; empty where nothing stands against it."""

    @property
    def expected_conversions(self) -> float:
        """What its clicks would have brought at the rate of the others."""
        return self.figures.clicks * self.others.conversions / self.others.clicks

    @property
    def wasted_micros(self) -> int:
        """Its cost, less the part that its conversions were worth at the others' cost of one."""
        worth = self.figures.conversions * self.others.cost_micros / max(self.others.conversions, 1e-9)
        return max(round(self.figures.cost_micros - worth), 0)


def wasted_terms(account: AdAccountHistory) -> tuple[Waste, ...]:
    """Search terms that waste, each within its campaign. A conflict is named where a negative keyword would do harm."""
    shown = {campaign.id for campaign in account.campaigns if campaign.runs}
    rows = [row for row in account.term_days if row.campaign in shown and row.term]
    found = _losers(
        account,
        WasteKind.SEARCH_TERM,
        rows,
        key=lambda row: (row.campaign, None, row.term.casefold()),
        rivals=lambda key: key[0],
        ratio=_TOO_LOW,
    )
    return tuple(replace(item, conflict=_conflict(account, item.campaign, item.subject, "EXACT")) for item in found)


def wasted_phrases(account: AdAccountHistory) -> tuple[Waste, ...]:
    """Words of search terms, beyond those of the keywords, that waste wherever they stand: 'jobs', 'free download'.

    Terms are often too rare to be judged one by one; the words that they share are not. Judged over the whole account,
    then one finding for each campaign that pays for it. Of phrases that stand for the same clicks the longest is kept.
    """
    shown = {campaign.id for campaign in account.campaigns if campaign.runs}
    own = {word for keyword in account.keywords for word in keyword.text.casefold().split()}
    mature = _mature(account, (row for row in account.term_days if row.campaign in shown and row.term))
    phrases = {term: _phrases(term, own) for term in {row.term for row in mature}}
    whole = total(mature)
    by_phrase = _grouped(((phrase, row) for row in mature for phrase in phrases[row.term]), lambda pair: pair[0])
    sums = {phrase: total(row for _, row in some) for phrase, some in by_phrase.items()}
    found = _believed(
        [
            _finding(WasteKind.PHRASE, (0, None, phrase), figures, others, _TOO_LOW)
            for phrase, figures in sums.items()
            if _enough(figures, others := _without(whole, figures))
        ]
    )
    return tuple(
        replace(
            item, campaign=campaign, figures=total(some), conflict=_conflict(account, campaign, item.subject, "PHRASE")
        )
        for item in found
        if not _said_longer(item, found)
        for campaign, some in sorted(
            _grouped((row for _, row in by_phrase[item.subject]), lambda row: row.campaign).items()
        )
    )


def _said_longer(item: Waste, found: Iterable[Waste]) -> bool:
    return any(
        len(other.subject) > len(item.subject) and item.subject in other.subject and other.figures == item.figures
        for other in found
    )


def _phrases(term: str, own: set[str]) -> frozenset[str]:
    """Runs of one or two words of a term that hold no word of a keyword."""
    words = term.casefold().split()
    return frozenset(
        " ".join(words[at : at + length])
        for length in range(1, _LONGEST_PHRASE + 1)
        for at in range(len(words) - length + 1)
        if not own & set(words[at : at + length])
    )


def losing_keywords(account: AdAccountHistory) -> tuple[Waste, ...]:
    """Enabled keywords that convert far worse than the rest of their campaign. The last one of a group stays."""
    enabled = {(item.ad_group, item.criterion): item for item in account.keywords if item.status == "ENABLED"}
    rows = [row for row in account.keyword_days if (row.ad_group, row.criterion) in enabled]
    found = _losers(
        account,
        WasteKind.KEYWORD,
        rows,
        key=lambda row: (row.campaign, row.ad_group, str(row.criterion)),
        rivals=lambda key: key[0],
        ratio=_TOO_LOW,
    )
    return _leaving_one(found, [item.ad_group for item in enabled.values()])


def losing_ads(account: AdAccountHistory) -> tuple[Waste, ...]:
    """Enabled ads that convert clearly worse than the other ads of their group. The last one of a group stays."""
    enabled = {(item.ad_group, item.ad) for item in account.ads if item.status == "ENABLED"}
    rows = [row for row in account.ad_days if (row.ad_group, row.ad) in enabled]
    found = _losers(
        account,
        WasteKind.AD,
        rows,
        key=lambda row: (row.campaign, row.ad_group, str(row.ad)),
        rivals=lambda key: (key[0], key[1]),
        ratio=_TOO_LOW_FOR_AN_AD,
    )
    return _leaving_one(found, [group for group, _ in enabled])


def negative_conflict(text: str, match_type: str, keywords: Iterable[KeywordSetting], converting: Iterable[str]) -> str:
    """What speaks against a negative keyword, in words; empty for nothing.

    Documented: an exact negative blocks the same words in the same order, a phrase one the words within a longer term.
    """
    words = text.casefold().split()
    for keyword in keywords:
        if keyword.status == "ENABLED" and _blocks(words, match_type, keyword.text):
            return f"it would block the campaign's own keyword '{keyword.text}'"
    for term in converting:
        if _blocks(words, match_type, term):
            return f"it would block the search term '{term}', which has brought conversions"
    return ""


def _blocks(words: Sequence[str], match_type: str, text: str) -> bool:
    searched = text.casefold().split()
    if match_type == "EXACT":
        return list(words) == searched
    return any(searched[at : at + len(words)] == list(words) for at in range(len(searched) - len(words) + 1))


def _losers(
    account: AdAccountHistory,
    kind: WasteKind,
    rows: Iterable[Row],
    *,
    key: Callable[[Row], Name],
    rivals: Callable[[Name], Hashable],
    ratio: float,
) -> list[Waste]:
    """Whatever costs enough to be judged and converts too rarely beside its rivals, the costliest first."""
    sums = {name: total(some) for name, some in _grouped(_mature(account, rows), key).items()}
    wholes = {name: total(sums[one] for one in some) for name, some in _grouped(sums, rivals).items()}
    return _believed(
        [
            _finding(kind, name, figures, others, ratio)
            for name, figures in sums.items()
            if _enough(figures, others := _without(wholes[rivals(name)], figures))
        ]
    )


def _finding(kind: WasteKind, name: Name, figures: Figures, others: Figures, ratio: float) -> Waste:
    chance = fewer_than_usual(figures.conversions, figures.clicks, others.conversions, others.clicks, ratio=ratio)
    campaign, group, subject = name
    return Waste(
        kind=kind,
        campaign=campaign,
        ad_group=group,
        subject=subject,
        figures=figures,
        others=others,
        p_value=chance,
        days=_LOOK_BACK,
    )


def _believed(judged: Sequence[Waste]) -> list[Waste]:
    found = [judged[at] for at in discoveries([item.p_value for item in judged], FALSE_DISCOVERIES)]
    return sorted(found, key=lambda item: (-item.wasted_micros, item.subject))


def _mature(account: AdAccountHistory, rows: Iterable[Row]) -> list[Row]:
    until = account.today - timedelta(days=MATURE_DAYS)
    since = until - timedelta(days=_LOOK_BACK)
    return [row for row in rows if since <= row.day < until]


def _enough(figures: Figures, others: Figures) -> bool:
    """Whether the thing has cost enough to be judged, and the others convert at all."""
    if figures.clicks < LEAST_CLICKS or others.conversions <= 0 or others.clicks <= 0:
        return False
    return figures.cost_micros >= LEAST_COST_IN_CONVERSIONS * others.cost_micros / others.conversions


def _conflict(account: AdAccountHistory, campaign: int, text: str, match_type: str) -> str:
    """What speaks against a negative keyword in this campaign; that it has one already among it."""
    for negative in account.negatives:
        same = negative.campaign == campaign and negative.ad_group is None
        if same and _blocks(negative.text.casefold().split(), negative.match_type, text):
            return "a negative keyword keeps it away already"
    keywords = [keyword for keyword in account.keywords if keyword.campaign == campaign]
    converting = {row.term for row in account.term_days if row.campaign == campaign and row.conversions and row.term}
    return negative_conflict(text, match_type, keywords, sorted(converting))


def _leaving_one(found: Sequence[Waste], groups: Sequence[int]) -> tuple[Waste, ...]:
    """Name the conflict of whatever would leave its ad group empty."""
    left = {group: groups.count(group) for group in set(groups)}
    checked: list[Waste] = []
    for item in found:
        group = item.ad_group or 0
        left[group] -= 1
        checked.append(
            item if left[group] > 0 else replace(item, conflict="it is the last one that runs in its ad group")
        )
    return tuple(checked)


def _grouped(items: Iterable[Item], key: Callable[[Item], Key]) -> dict[Key, list[Item]]:
    groups: dict[Key, list[Item]] = {}
    for item in items:
        groups.setdefault(key(item), []).append(item)
    return groups


def _without(whole: Figures, part: Figures) -> Figures:
    return Figures(
        impressions=whole.impressions - part.impressions,
        clicks=whole.clicks - part.clicks,
        cost_micros=whole.cost_micros - part.cost_micros,
        conversions=whole.conversions - part.conversions,
        conversions_value=whole.conversions_value - part.conversions_value,
    )
