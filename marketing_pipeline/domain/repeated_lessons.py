"""Which lessons have been shown often enough to become a rule, and by which examples."""

from collections.abc import Sequence
from datetime import datetime

from marketing_pipeline.domain.brand import Brand
from marketing_pipeline.domain.brand_rule import LEAST_POSTS, BrandRule
from marketing_pipeline.domain.edit_example import EditExample
from marketing_pipeline.domain.edit_lesson import Lesson, lessons_of, merged
from marketing_pipeline.domain.proposal import RuleState
from marketing_pipeline.domain.rule_check import BannedPhrase, holds

Repeated = tuple[Lesson, tuple[EditExample, ...]]


def repeated_lessons(
    lessons: Sequence[Lesson], brand: Brand, rules: Sequence[BrandRule], examples: Sequence[EditExample]
) -> tuple[Repeated, ...]:
    """Of the lessons that one example shows, those to propose now, each with the examples behind it.

    LEAST_POSTS different posts must show it since it was last decided about. What a rule that stands or waits says
    already is left out, and so is a lesson that a narrower one of the same edit explains as well.
    """
    standing = [rule for rule in rules if rule.state in (RuleState.PROPOSED, RuleState.ACCEPTED)]
    open_keys = {rule.lesson for rule in standing}
    found: dict[str, Repeated] = {}
    for lesson in lessons:
        if any(_says(rule, lesson) for rule in standing):
            continue
        since = _decided(rules, {lesson.key, *(other.key for other in lessons if lesson.key in other.covers)})
        alike = [(each, told) for each in examples if (told := _shown(each, lesson.key, since, brand)) is not None]
        if len({each.post for each, _ in alike}) >= LEAST_POSTS:
            found[lesson.key] = (merged(told for _, told in alike), tuple(each for each, _ in alike))
    narrower = [lesson for lesson in lessons if lesson.key in found or lesson.key in open_keys]
    covered = {key for lesson in narrower for key in lesson.covers}
    return tuple(repeated for key, repeated in found.items() if key not in covered)


def _shown(example: EditExample, key: str, since: datetime | None, brand: Brand) -> Lesson | None:
    """The lesson of that key as an example shows it, where it was noted after `since`."""
    if key not in example.lessons or (since is not None and example.created_at <= since):
        return None
    told = lessons_of(example.kind, example.field, example.before, example.after, example.note, brand)
    return next((lesson for lesson in told if lesson.key == key), None)


def _decided(rules: Sequence[BrandRule], keys: set[str]) -> datetime | None:
    """When one of these lessons was last refused or given up."""
    moments = [rule.decided_at for rule in rules if rule.lesson in keys and rule.decided_at is not None]
    return max(moments, default=None)


def _says(rule: BrandRule, lesson: Lesson) -> bool:
    """Whether a rule asks for what the lesson teaches: the same lesson, check or words, or a wider ban."""
    if rule.lesson == lesson.key or rule.statement.casefold() == lesson.statement.casefold():
        return True
    if isinstance(rule.check, BannedPhrase) and isinstance(lesson.check, BannedPhrase):
        return holds(lesson.check.phrase, rule.check.phrase)
    return rule.check is not None and rule.check == lesson.check
