"""When like examples make a rule, and when they do not."""

from datetime import UTC, datetime, timedelta

from marketing_pipeline.domain.brand_rule import AppliesTo, BrandRule
from marketing_pipeline.domain.edit_example import EditExample
from marketing_pipeline.domain.edit_lesson import lessons_of
from marketing_pipeline.domain.identifiers import BrandId, PostId
from marketing_pipeline.domain.proposal import ExampleKind, RuleState
from marketing_pipeline.domain.repeated_lessons import repeated_lessons
from marketing_pipeline.domain.rule_check import BannedPhrase, RuleCheck, statement_of
from marketing_pipeline_tests.domain.brands import make_brand

BRAND = make_brand()
START = datetime(2026, 11, 2, 9, tzinfo=UTC)
TEXT = "A {} cup of leaf for your guests, at the end of a slow day."


def example(number: int, new: str = "", *, old: str = "lovely", post: int | None = None) -> EditExample:
    """Edit number so many, an hour each: one word for another, or for none."""
    before, after = TEXT.format(old), TEXT.format(new).replace("  ", " ")
    lessons = lessons_of(ExampleKind.EDIT, "caption", before, after, "", BRAND)
    return EditExample(
        id=f"x{number}",
        brand=BrandId("tea_room"),
        post=PostId(f"post-{number if post is None else post}"),
        kind=ExampleKind.EDIT,
        field="caption",
        before=before,
        after=after,
        note="",
        lessons=tuple(lesson.key for lesson in lessons),
        actor="ana",
        created_at=START + timedelta(hours=number),
    )


def a_rule(lesson: str, state: RuleState, check: RuleCheck, *, decided: int | None = None) -> BrandRule:
    """A rule of an earlier time, decided about after so many hours."""
    return BrandRule(
        id="rule-1",
        brand=BrandId("tea_room"),
        lesson=lesson,
        applies_to=AppliesTo.COPY,
        statement=statement_of(check),
        check=check,
        state=state,
        state_reason="",
        proposed_by="edits",
        proposed_at=START,
        decided_at=None if decided is None else START + timedelta(hours=decided),
        updated_at=START,
    )


def proposed(*examples: EditExample, rules: tuple[BrandRule, ...] = ()) -> dict[str, list[str]]:
    """What the newest example makes proposed: lesson and evidence."""
    last = examples[-1]
    lessons = lessons_of(last.kind, last.field, last.before, last.after, last.note, BRAND)
    found = repeated_lessons(lessons, BRAND, rules, examples)
    return {lesson.key: [each.id for each in evidence] for lesson, evidence in found}


LOVELY = BannedPhrase(phrase="lovely")


def test_three_like_edits_of_three_posts_make_a_rule() -> None:
    edits = [example(number) for number in (1, 2, 3)]
    assert proposed(*edits[:2]) == {}
    assert proposed(*edits) == {"removes_word:lovely": ["x1", "x2", "x3"]}


def test_edits_of_one_post_are_one() -> None:
    assert proposed(*(example(number, post=1 + number // 3) for number in (1, 2, 3))) == {}


def test_a_replacement_says_more_than_a_removal() -> None:
    edits = [example(number, "plain") for number in (1, 2, 3)]
    assert list(proposed(*edits)) == ["replaces_word:lovely->plain"]


def test_unlike_replacements_agree_in_what_they_remove() -> None:
    edits = [example(1, "plain"), example(2), example(3, "quiet")]
    assert list(proposed(*edits)) == ["removes_word:lovely"]


def test_what_stands_or_waits_is_not_proposed_again() -> None:
    edits = [example(number) for number in (1, 2, 3)]
    for state in (RuleState.PROPOSED, RuleState.ACCEPTED):
        assert proposed(*edits, rules=(a_rule("removes_word:lovely", state, LOVELY),)) == {}
        assert proposed(*edits, rules=(a_rule("stated:1", state, LOVELY),)) == {}
    wider = [example(number, old="really lovely") for number in (1, 2, 3)]
    assert "removes_phrase:really lovely" in proposed(*wider)
    assert "removes_phrase:really lovely" not in proposed(*wider, rules=(a_rule("s", RuleState.ACCEPTED, LOVELY),))


def test_a_refused_or_retired_lesson_needs_three_newer_examples() -> None:
    edits = [example(number) for number in range(1, 7)]
    for state in (RuleState.REJECTED, RuleState.RETIRED):
        refused = a_rule("removes_word:lovely", state, LOVELY, decided=3)
        assert proposed(*edits[:5], rules=(refused,)) == {}
        assert proposed(*edits, rules=(refused,)) == {"removes_word:lovely": ["x4", "x5", "x6"]}


def test_refusing_the_narrower_lesson_refuses_the_wider_one_of_the_same_edits() -> None:
    edits = [example(number, "plain") for number in range(1, 7)]
    check = BannedPhrase(phrase="lovely", instead="plain")
    refused = a_rule("replaces_word:lovely->plain", RuleState.REJECTED, check, decided=3)
    assert proposed(*edits[:4], rules=(refused,)) == {}
    assert list(proposed(*edits, rules=(refused,))) == ["replaces_word:lovely->plain"]
