"""Search terms that waste, one by one and by the words that they share, and what speaks against a negative keyword."""

from collections.abc import Iterable, Sequence
from dataclasses import replace

from marketing_pipeline.domain.ad_account import AdAccountHistory, KeywordSetting
from marketing_pipeline.domain.ad_figures import total, without
from marketing_pipeline.domain.ad_waste import (
    TOO_LOW,
    Waste,
    WasteKind,
    believed,
    enough,
    finding,
    grouped,
    losers,
    mature,
)

_LONGEST_PHRASE = 2


def wasted_terms(account: AdAccountHistory) -> tuple[Waste, ...]:
    """Search terms that waste, each within its campaign. A conflict is named where a negative keyword would do harm."""
    shown = {campaign.id for campaign in account.campaigns if campaign.runs}
    rows = [row for row in account.term_days if row.campaign in shown and row.term]
    found = losers(
        account,
        WasteKind.SEARCH_TERM,
        rows,
        key=lambda row: (row.campaign, None, row.term.casefold()),
        rivals=lambda key: key[0],
        ratio=TOO_LOW,
    )
    return tuple(replace(item, conflict=_conflict(account, item.campaign, item.subject, "EXACT")) for item in found)


def wasted_phrases(account: AdAccountHistory) -> tuple[Waste, ...]:
    """Words of search terms, beyond those of the keywords, that waste wherever they stand: 'jobs', 'free download'.

    Terms are often too rare to be judged one by one; the words that they share are not. Judged over the whole account,
    then one finding for each campaign that pays for it. Of phrases that stand for the same clicks the longest is kept.
    """
    shown = {campaign.id for campaign in account.campaigns if campaign.runs}
    own = {word for keyword in account.keywords for word in keyword.text.casefold().split()}
    rows = mature(account, (row for row in account.term_days if row.campaign in shown and row.term))
    phrases = {term: _phrases(term, own) for term in {row.term for row in rows}}
    whole = total(rows)
    by_phrase = grouped(((phrase, row) for row in rows for phrase in phrases[row.term]), lambda pair: pair[0])
    sums = {phrase: total(row for _, row in some) for phrase, some in by_phrase.items()}
    found = believed(
        [
            finding(WasteKind.PHRASE, (0, None, phrase), figures, others, TOO_LOW)
            for phrase, figures in sums.items()
            if enough(figures, others := without(whole, figures))
        ]
    )
    return tuple(
        replace(
            item, campaign=campaign, figures=total(some), conflict=_conflict(account, campaign, item.subject, "PHRASE")
        )
        for item in found
        if not _said_longer(item, found)
        for campaign, some in sorted(
            grouped((row for _, row in by_phrase[item.subject]), lambda row: row.campaign).items()
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


def _conflict(account: AdAccountHistory, campaign: int, text: str, match_type: str) -> str:
    """What speaks against a negative keyword in this campaign; that it has one already among it."""
    for negative in account.negatives:
        same = negative.campaign == campaign and negative.ad_group is None
        if same and _blocks(negative.text.casefold().split(), negative.match_type, text):
            return "a negative keyword keeps it away already"
    keywords = [keyword for keyword in account.keywords if keyword.campaign == campaign]
    converting = {row.term for row in account.term_days if row.campaign == campaign and row.conversions and row.term}
    return negative_conflict(text, match_type, keywords, sorted(converting))
