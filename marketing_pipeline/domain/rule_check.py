"""What code can check of a brand rule. A rule that only a reader can judge has none of these."""

import re
from collections.abc import Sequence
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, TypeAdapter, ValidationError

# Pictures as they stand in captions: the pictographic blocks of Unicode (UTS 51), without signs such as © and ™.
_EMOJI = re.compile("[\U0001f000-\U0001faff\u2600-\u27bf\u2b50\u2b55\u2b1b\u2b1c\u231a\u231b\u23e9-\u23fa]")
_EXCLAMATION = re.compile("[!\uff01\u203c\u2049]")


class _Check(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class BannedPhrase(_Check):
    """A word or a few words that no text of a post holds, in any case."""

    form: Literal["banned_phrase"] = "banned_phrase"
    phrase: Annotated[str, Field(min_length=2, max_length=80)]
    instead: Annotated[str, Field(max_length=80, description="What to write in its place; empty: leave it out")] = ""


class NoEmoji(_Check):
    """No emoji in any text of a post."""

    form: Literal["no_emoji"] = "no_emoji"


class NoExclamation(_Check):
    """No exclamation mark in any text of a post."""

    form: Literal["no_exclamation"] = "no_exclamation"


class MostHashtags(_Check):
    """At most so many hashtags under a post."""

    form: Literal["most_hashtags"] = "most_hashtags"
    most: Annotated[int, Field(ge=0, le=30)]


class BannedHashtag(_Check):
    """A hashtag that stands under no post."""

    form: Literal["banned_hashtag"] = "banned_hashtag"
    tag: Annotated[str, Field(pattern=r"^#\w{1,99}$")]


class LongestCaption(_Check):
    """Captions of at most so many characters, hashtags not counted."""

    form: Literal["longest_caption"] = "longest_caption"
    characters: Annotated[int, Field(ge=80, le=2200)]


class NeededPhrase(_Check):
    """Words that stand in every caption, one of several wordings."""

    form: Literal["needed_phrase"] = "needed_phrase"
    phrases: Annotated[tuple[str, ...], Field(min_length=1, max_length=5)]


RuleCheck = Annotated[
    BannedPhrase | NoEmoji | NoExclamation | MostHashtags | BannedHashtag | LongestCaption | NeededPhrase,
    Field(discriminator="form"),
]


def problem_of_text(check: RuleCheck, text: str) -> str:
    """What any one text of a post (caption, alt text, words in the picture) breaks; empty where nothing."""
    match check:
        case BannedPhrase() if holds(text, check.phrase):
            instead = f"; write “{check.instead}”" if check.instead else ""
            return f"“{check.phrase}” is not to be written{instead}"
        case NoEmoji() if found := _EMOJI.search(text):
            return f"it holds the emoji {found.group()}"
        case NoExclamation() if _EXCLAMATION.search(text):
            return "it holds an exclamation mark"
        case _:
            return ""


def problem_of_caption(check: RuleCheck, caption: str) -> str:
    """What a caption as a whole breaks; empty where nothing. What holds for any text is not looked at again."""
    match check:
        case LongestCaption() if len(caption) > check.characters:
            return f"{len(caption)} characters; at most {check.characters}"
        case NeededPhrase() if not any(holds(caption, phrase) for phrase in check.phrases):
            return f"“{check.phrases[0]}” is missing"
        case _:
            return ""


def problem_of_hashtags(check: RuleCheck, hashtags: Sequence[str]) -> str:
    """What the hashtags of a post break; empty where nothing."""
    match check:
        case MostHashtags() if len(hashtags) > check.most:
            return f"{len(hashtags)} hashtags; at most {check.most}"
        case BannedHashtag() if check.tag.casefold() in {tag.casefold() for tag in hashtags}:
            return f"{check.tag} is not to be used"
        case _:
            return ""


def holds(text: str, phrase: str) -> bool:
    """Whether a text holds a word or phrase as whole words, in any case and with any apostrophe."""
    words = r"\s+".join(re.escape(word) for word in folded(phrase).split())
    return re.search(rf"(?<!\w){words}(?!\w)", folded(text)) is not None


def has_emoji(text: str) -> bool:
    """Whether a text holds an emoji."""
    return _EMOJI.search(text) is not None


def has_exclamation(text: str) -> bool:
    """Whether a text holds an exclamation mark."""
    return _EXCLAMATION.search(text) is not None


def folded(text: str) -> str:
    """The text as phrases are compared: without case, and with one kind of apostrophe."""
    return text.casefold().replace("’", "'")


def statement_of(check: RuleCheck) -> str:
    """The check in plain words, as people and agents are told it."""
    match check:
        case BannedPhrase(instead=""):
            return f"Do not write “{check.phrase}”."
        case BannedPhrase():
            return f"Write “{check.instead}” instead of “{check.phrase}”."
        case NoEmoji():
            return "No emoji."
        case NoExclamation():
            return "No exclamation marks."
        case MostHashtags():
            return f"At most {check.most} hashtags under a post."
        case BannedHashtag():
            return f"Do not use the hashtag {check.tag}."
        case LongestCaption():
            return f"Captions of at most {check.characters} characters."
        case NeededPhrase():
            return f"Say “{check.phrases[0]}” in every caption."


def check_of(statement: str) -> RuleCheck | None:
    """What code can check of a rule that a person wrote: one of the forms of `statement_of`; None for any other.

    Quotation marks may be of any kind, and the case does not matter.
    """
    plain = re.sub('[“”"]', "“", statement.strip().rstrip(".")).replace("’", "'")
    plain = re.sub(r"(?<!\w)'([^']{2,80})'(?!\w)", "“\\1“", plain)
    for form, pattern in _FORMS:
        if found := re.fullmatch(pattern, plain, re.IGNORECASE):
            fields: dict[str, object] = {"form": form, **found.groupdict()}
            if "phrases" in fields:
                fields["phrases"] = (fields["phrases"],)
            try:
                return _CHECKS.validate_python(fields)
            except ValidationError:
                return None
    return None


_CHECKS: TypeAdapter[RuleCheck] = TypeAdapter(RuleCheck)
_FORMS = (
    ("banned_phrase", "(?:do not|don't|never) (?:write|use|say) “(?P<phrase>[^“]{2,80})“"),
    ("banned_phrase", "(?:write|use|say) “(?P<instead>[^“]{2,80})“ instead of “(?P<phrase>[^“]{2,80})“"),
    ("no_emoji", "no emojis?(?: in captions)?"),
    ("no_exclamation", "no exclamation marks?(?: in captions)?"),
    ("most_hashtags", r"at most (?P<most>\d{1,2}) hashtags?(?: under a post)?"),
    ("banned_hashtag", r"(?:do not|don't|never) use the hashtag (?P<tag>#\w+)"),
    ("longest_caption", r"captions of at most (?P<characters>\d{2,4}) characters"),
    ("needed_phrase", "say “(?P<phrases>[^“]{2,80})“ in every caption"),
)
