"""The sandbox's writers keep the rules that people have accepted, for brands of any trade."""

import pytest

from marketing_pipeline.domain.brand import Brand
from marketing_pipeline.domain.caption import brief_texts, check_brief, check_variation
from marketing_pipeline.domain.rule_check import (
    BannedHashtag,
    BannedPhrase,
    LongestCaption,
    MostHashtags,
    NeededPhrase,
    NoEmoji,
    NoExclamation,
    RuleCheck,
    holds,
)
from marketing_pipeline.domain.week import Week
from marketing_pipeline.sandbox.answers.house_rules import HouseRules
from marketing_pipeline_tests.domain.test_rule_check import rule
from marketing_pipeline_tests.sandbox.agent_prompts import Desk
from marketing_pipeline_tests.sandbox.test_answers_copy import chosen

WEEKS = [Week.parse("2026-10-19"), Week.parse("2026-10-26")]
RULES: tuple[tuple[RuleCheck, ...], ...] = (
    (BannedPhrase(phrase="look"), BannedPhrase(phrase="people", instead="folk")),
    (NoEmoji(), NoExclamation()),
    (MostHashtags(most=2), BannedHashtag(tag="#interiordesign")),
    (LongestCaption(characters=300), NeededPhrase(phrases=("link in bio", "link in the bio"))),
)


@pytest.mark.parametrize("checks", RULES, ids=lambda checks: "+".join(check.form for check in checks))
@pytest.mark.parametrize("name", ["upscale_print", "bakery", "bike_shop"])
def test_copy_and_pictures_keep_the_rules(
    checks: tuple[RuleCheck, ...], name: str, brand: Brand, small_brands: dict[str, Brand]
) -> None:
    worked_for = {brand.id: brand, **small_brands}[name]
    rules = tuple(rule(check, id=f"rule-{number}") for number, check in enumerate(checks))
    ruled, told = worked_for.with_rules(rules), [each.told() for each in rules]
    desk = Desk(worked_for)
    for post in (post for week in WEEKS for post in desk.posts(week)):
        words = desk.write(post, brand_rules=told)
        assert [found for each in words.variations for found in check_variation(each, ruled)] == []
        brief = desk.compose(post, chosen(words), brand_rules=told)
        assert check_brief(brief, ruled) == (), list(brief_texts(brief))


def test_without_the_rules_they_would_be_broken(brand: Brand) -> None:
    desk = Desk(brand)
    written = [each for week in WEEKS for post in desk.posts(week) for each in desk.write(post).variations]
    assert any(holds(each.caption, "look") for each in written)
    assert any(holds(each.caption, "people") for each in written)
    assert any(len(each.hashtags) > 2 for each in written)
    assert any(len(each.caption) > 300 for each in written)
    assert not any(holds(each.caption, "link in bio") for each in written)


@pytest.mark.parametrize(
    ("check", "text", "kept"),
    [
        (BannedPhrase(phrase="cheap"), "Cheap prints, cheaply made, not cheap.", "Prints, cheaply made, not."),
        (BannedPhrase(phrase="cheap", instead="fair"), "Cheap prints, not cheap.", "Fair prints, not fair."),
        (NoEmoji(), "A cup ☕ of tea 😀", "A cup  of tea "),
        (NoExclamation(), "Now! Really!", "Now. Really."),
    ],
)
def test_what_is_banned_is_taken_out_word_by_word(check: RuleCheck, text: str, kept: str) -> None:
    assert HouseRules((check,)).text(text) == kept
