"""What one edit shows: the lessons that can be read off the difference between what stood and what a person put."""

import re
from collections.abc import Iterable, Iterator

from pydantic import BaseModel, ConfigDict

from marketing_pipeline.domain.brand import Brand
from marketing_pipeline.domain.brand_rule import AppliesTo
from marketing_pipeline.domain.changed_words import (
    carries,
    changed_runs,
    inflects,
    is_fact,
    own_words,
    trimmed,
    words_in,
)
from marketing_pipeline.domain.hidden_text import look_alikes_in
from marketing_pipeline.domain.identifiers import short_hash
from marketing_pipeline.domain.proposal import ExampleKind
from marketing_pipeline.domain.rule_check import (
    BannedHashtag,
    BannedPhrase,
    LongestCaption,
    MostHashtags,
    NeededPhrase,
    NoEmoji,
    NoExclamation,
    RuleCheck,
    has_emoji,
    has_exclamation,
    holds,
    problem_of_caption,
    problem_of_hashtags,
    problem_of_text,
    statement_of,
)

SHORTER = 0.75
"""A caption cut to at most this share of its length was too long."""
LONG_ENOUGH = 200
_STEP = 50
LONGEST_PHRASE = 4
_LONGEST_KEY = 96
_QUESTION = re.compile(r"\?[\W_]*$")
_LINK_PHRASES = ("link in bio", "link in the bio", "link in our bio")


class Lesson(BaseModel):
    """What an edit shows. Lessons with the same key are like lessons, whatever the post."""

    model_config = ConfigDict(frozen=True)

    key: str
    statement: str
    applies_to: AppliesTo = AppliesTo.COPY
    check: RuleCheck | None = None
    covers: tuple[str, ...] = ()
    """Keys of wider lessons that the same edit shows: not proposed where this one explains as much."""


def lessons_of(kind: ExampleKind, field: str, before: str, after: str, note: str, brand: Brand) -> tuple[Lesson, ...]:
    """The lessons of one example. `before` and `after` are texts; hashtags are joined by spaces.

    Only a person's own words teach by code: a refusal, a wish or a choice of another wording says what they want in
    its note, which is read by a model (agents/note_reader.py), so `note` decides nothing here. A lesson with a check
    is kept only where `before` breaks it and `after` does not. Facts (names of products, prices, offers, dates), case
    and punctuation are no lessons.
    """
    if kind is not ExampleKind.EDIT or not after.strip() or before == after:
        return ()
    if field == "hashtags":
        found = _of_hashtags(tuple(before.split()), tuple(after.split()), brand)
    elif field == "caption":
        found = (*_of_words(before, after, brand), *_of_caption(before, after))
    elif field == "alt_text":
        found = _of_words(before, after, brand)
    else:
        found = ()
    return tuple(lesson for lesson in found if _is_shown(lesson, field, before, after))


def merged(lessons: Iterable[Lesson]) -> Lesson:
    """One lesson of several with the same key: of limits that differ, the one that every example keeps."""
    given = tuple(lessons)
    limits = [check for lesson in given if isinstance(check := lesson.check, MostHashtags | LongestCaption)]
    if not limits:
        return given[0]
    widest = max(limits, key=_limit)
    return given[0].model_copy(update={"check": widest, "statement": statement_of(widest)})


def _limit(check: MostHashtags | LongestCaption) -> int:
    return check.most if isinstance(check, MostHashtags) else check.characters


def problem_in(check: RuleCheck, field: str, text: str) -> str:
    """What a text breaks as that field of a post; empty where nothing."""
    if field == "hashtags":
        return problem_of_hashtags(check, text.split())
    if field == "caption":
        return problem_of_text(check, text) or problem_of_caption(check, text)
    return problem_of_text(check, text)


def _is_shown(lesson: Lesson, field: str, before: str, after: str) -> bool:
    if look_alikes_in(lesson.statement):
        return False
    check = lesson.check
    return check is None or bool(problem_in(check, field, before) and not problem_in(check, field, after))


def _lesson(key: str, check: RuleCheck, covers: tuple[str, ...] = ()) -> Lesson:
    return Lesson(key=_short(key), statement=statement_of(check), check=check, covers=tuple(map(_short, covers)))


def _short(key: str) -> str:
    """A key that fits its column, still readable at its start."""
    return key if len(key) <= _LONGEST_KEY else f"{key[:80]}~{short_hash(key)}"


def _of_hashtags(before: tuple[str, ...], after: tuple[str, ...], brand: Brand) -> tuple[Lesson, ...]:
    always = {tag.casefold() for tag in brand.hashtags.always}
    kept = {tag.casefold() for tag in after}
    gone = dict.fromkeys(tag.casefold() for tag in before if tag.casefold() not in kept | always)
    found = [
        _lesson(f"removes_hashtag:{tag}", BannedHashtag(tag=tag)) for tag in gone if re.fullmatch(r"#\w{1,99}", tag)
    ]
    most = max(len(after), len(always))
    if most < len(before):
        found.append(_lesson("fewer_hashtags", MostHashtags(most=min(most, 30))))
    return tuple(found)


def _of_caption(before: str, after: str) -> Iterator[Lesson]:
    if has_emoji(before) and not has_emoji(after):
        yield _lesson("removes_emoji", NoEmoji())
    if has_exclamation(before) and not has_exclamation(after):
        yield _lesson("removes_exclamation", NoExclamation())
    if len(before) >= LONG_ENOUGH and len(after) <= SHORTER * len(before):
        rounded = -(-len(after) // _STEP) * _STEP
        yield _lesson("shortens", LongestCaption(characters=max(80, min(rounded, len(before) - 1, 2200))))
    if _asks(before) and not _asks(after):
        yield Lesson(
            key="removes_question_hook",
            statement="Open with a statement rather than a question wherever the planned hook leaves the choice.",
        )
    if not any(holds(before, phrase) for phrase in _LINK_PHRASES):
        for phrase in _LINK_PHRASES:
            if holds(after, phrase):
                yield _lesson("adds_link_phrase", NeededPhrase(phrases=_LINK_PHRASES))
                break


def _asks(caption: str) -> bool:
    return _QUESTION.search(caption.strip().partition("\n")[0]) is not None


def _of_words(before: str, after: str, brand: Brand) -> Iterator[Lesson]:
    """Words and short phrases that are gone altogether, and what took the place of a single one."""
    kept, own = words_in(after), own_words(brand)
    for run, put in changed_runs(before, after):
        if 0 < len(run) <= LONGEST_PHRASE and not any(is_fact(word, own) for word in run):
            yield from _of_run(run, put, kept, own)


def _of_run(run: list[str], put: list[str], kept: frozenset[str], own: frozenset[str]) -> Iterator[Lesson]:
    gone = [word for word in run if word not in kept and carries(word)]
    if len(run) == 1 and len(put) == 1 and gone:
        word, instead = run[0], put[0]
        if inflects(word, instead):
            return
        if carries(instead) and not is_fact(instead, own):
            check = BannedPhrase(phrase=word, instead=instead)
            yield _lesson(f"replaces_word:{word}->{instead}", check, covers=(f"removes_word:{word}",))
    if len(phrase := trimmed(run)) > 1 and gone:
        covered = tuple(f"removes_word:{word}" for word in gone)
        yield _lesson(f"removes_phrase:{' '.join(phrase)}", BannedPhrase(phrase=" ".join(phrase)[:80]), covers=covered)
    for word in gone:
        if not any(inflects(word, other) for other in put):
            yield _lesson(f"removes_word:{word}", BannedPhrase(phrase=word))
