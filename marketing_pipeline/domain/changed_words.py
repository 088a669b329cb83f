"""Words of two texts compared: which runs were changed, and which words say something by themselves."""

import re
from difflib import SequenceMatcher

from marketing_pipeline.domain.brand import Brand
from marketing_pipeline.domain.rule_check import folded

LEAST_ALIKE = 0.5
"""Below this share of common words a text was written anew: that says nothing about any one word."""
MOST_CHANGES = 6
_TOKEN = re.compile(r"[£$€¥]?\w+(?:['-]\w+)*")
_WORD = re.compile(r"[^\W\d_]{3,}(?:['-][^\W\d_]+)*")
_ENDINGS = ("s", "es", "d", "ed", "r", "er", "ing", "ly", "'s", "n", "en", "y")
# Words that carry no choice of their own: articles, pronouns, prepositions, auxiliaries, and dates, which are facts.
_PLAIN = {
    "a", "about", "above", "after", "all", "also", "am", "an", "and", "any", "are", "as", "at", "be", "because",
    "been", "before", "being", "below", "between", "both", "but", "by", "can", "could", "did", "do", "does", "doing",
    "done", "down", "during", "each", "either", "else", "ever", "every", "few", "for", "from", "had", "has", "have",
    "having", "he", "her", "here", "hers", "him", "his", "how", "i", "if", "in", "into", "is", "it", "its", "itself",
    "just", "may", "me", "might", "mine", "more", "most", "much", "must", "my", "neither", "no", "nor", "not", "now",
    "of", "off", "on", "once", "one", "only", "or", "other", "our", "ours", "out", "over", "own", "per", "same",
    "shall", "she", "should", "since", "so", "some", "such", "than", "that", "the", "their", "theirs", "them", "then",
    "there", "these", "they", "this", "those", "though", "through", "till", "to", "too", "two", "under", "until",
    "up", "upon", "us", "very", "was", "we", "were", "what", "when", "where", "whether", "which", "while", "who",
    "whom", "whose", "why", "will", "with", "within", "without", "would", "yet", "you", "your", "yours", "monday",
    "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday", "january", "february", "march", "april",
    "june", "july", "august", "september", "october", "november", "december", "today", "tomorrow", "tonight",
    "yesterday", "don't", "doesn't", "it's", "isn't", "we're", "you're", "that's",
}  # fmt: skip


def words_in(text: str) -> frozenset[str]:
    """The words of a text, without case."""
    return frozenset(_TOKEN.findall(folded(text)))


def changed_runs(before: str, after: str) -> tuple[tuple[list[str], list[str]], ...]:
    """Each run of words that is not there any more, with what stands in its place; none where a text is a new one."""
    old, new = _TOKEN.findall(folded(before)), _TOKEN.findall(folded(after))
    matcher = SequenceMatcher(None, old, new, autojunk=False)
    changes = [change for change in matcher.get_opcodes() if change[0] != "equal"]
    if len(changes) > MOST_CHANGES or matcher.ratio() < LEAST_ALIKE:
        return ()
    return tuple((old[start:end], new[new_start:new_end]) for _, start, end, new_start, new_end in changes)


def trimmed(run: list[str]) -> list[str]:
    """A run of words without the plain ones at its ends."""
    telling = [at for at, word in enumerate(run) if word not in _PLAIN]
    return run[telling[0] : telling[-1] + 1] if telling else []


def carries(word: str) -> bool:
    """Whether a word says something by itself."""
    return _WORD.fullmatch(word) is not None and word not in _PLAIN


def is_fact(word: str, own: frozenset[str]) -> bool:
    """Whether a token is a price, a figure, or a word that the brand itself goes by, sells or plans with."""
    return word in own or any(letter.isdigit() for letter in word) or word[0] in "£$€¥"


def inflects(word: str, other: str) -> bool:
    """Whether two words are forms of the same one: a matter of grammar, not of taste."""
    short, long = sorted((word, other), key=len)
    return long.startswith(short) and long[len(short) :] in _ENDINGS


def own_words(brand: Brand) -> frozenset[str]:
    texts = [
        brand.name,
        brand.tagline,
        brand.channels.instagram.handle,
        str(brand.website),
        *(product.name for product in brand.products),
        *(f"{offer.statement} {offer.code or ''}" for offer in brand.offers),
        *(occasion.name for occasion in brand.occasions),
        *(f"{pillar.name} {' '.join(pillar.keywords)}" for pillar in brand.pillars),
    ]
    return frozenset(_TOKEN.findall(folded(" ".join(texts)))) - _PLAIN
