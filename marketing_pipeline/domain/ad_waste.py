"""Search terms, keywords and ads that cost money and convert far too rarely, told from bad luck by an exact test.

The null hypothesis is that a thing converts at least at half the rate of the rest of its campaign (an ad: three
quarters of the other ads of its group). Of all findings of a kind in an account a share of at most FALSE_DISCOVERIES is
expected to be wrong (Benjamini and Hochberg). Only mature days count, and only what has cost a usual conversion.
"""

from collections.abc import Callable, Hashable, Iterable, Sequence
from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum
from typing import TypeVar

from marketing_pipeline.domain.ad_account import AdAccountHistory
from marketing_pipeline.domain.ad_figures import MATURE_DAYS, AdDay, Figures, KeywordDay, TermDay, total, without
from marketing_pipeline.domain.ad_significance import discoveries, fewer_than_usual

FALSE_DISCOVERIES = 0.05
LEAST_COST_IN_CONVERSIONS = 1.0
"""Spend before anything is said, in costs of a usual conversion of the campaign."""
LEAST_CLICKS = 20
_LOOK_BACK = 180
TOO_LOW = 0.5
"""Share of the others' rate that a thing must surely convert below; ads of one group differ less."""
TOO_LOW_FOR_AN_AD = 0.75
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


def losers(
    account: AdAccountHistory,
    kind: WasteKind,
    rows: Iterable[Row],
    *,
    key: Callable[[Row], Name],
    rivals: Callable[[Name], Hashable],
    ratio: float,
) -> list[Waste]:
    """Whatever costs enough to be judged and converts too rarely beside its rivals, the costliest first."""
    sums = {name: total(some) for name, some in grouped(mature(account, rows), key).items()}
    wholes = {name: total(sums[one] for one in some) for name, some in grouped(sums, rivals).items()}
    return believed(
        [
            finding(kind, name, figures, others, ratio)
            for name, figures in sums.items()
            if enough(figures, others := without(wholes[rivals(name)], figures))
        ]
    )


def finding(kind: WasteKind, name: Name, figures: Figures, others: Figures, ratio: float) -> Waste:
    """A thing held against the others: `ratio` is what share of their rate it must surely convert below."""
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


def believed(judged: Sequence[Waste]) -> list[Waste]:
    """Those that may be believed together, the most money first."""
    found = [judged[at] for at in discoveries([item.p_value for item in judged], FALSE_DISCOVERIES)]
    return sorted(found, key=lambda item: (-item.wasted_micros, item.subject))


def mature(account: AdAccountHistory, rows: Iterable[Row]) -> list[Row]:
    """The rows of days whose conversions are nearly all there, of the half year that is looked at."""
    until = account.today - timedelta(days=MATURE_DAYS)
    since = until - timedelta(days=_LOOK_BACK)
    return [row for row in rows if since <= row.day < until]


def enough(figures: Figures, others: Figures) -> bool:
    """Whether the thing has cost enough to be judged, and the others convert at all."""
    if figures.clicks < LEAST_CLICKS or others.conversions <= 0 or others.clicks <= 0:
        return False
    return figures.cost_micros >= LEAST_COST_IN_CONVERSIONS * others.cost_micros / others.conversions


def grouped(items: Iterable[Item], key: Callable[[Item], Key]) -> dict[Key, list[Item]]:
    """Items by their key, both in the order in which they came."""
    groups: dict[Key, list[Item]] = {}
    for item in items:
        groups.setdefault(key(item), []).append(item)
    return groups
