"""The forms of rules that code can check, and what copy is told when it breaks one."""

from datetime import UTC, datetime
from typing import Any

import pytest

from marketing_pipeline.domain.brand_rule import AppliesTo, BrandRule
from marketing_pipeline.domain.caption import check_brief, check_variation
from marketing_pipeline.domain.proposal import RuleState
from marketing_pipeline.domain.rule_check import (
    BannedHashtag,
    BannedPhrase,
    LongestCaption,
    MostHashtags,
    NeededPhrase,
    NoEmoji,
    NoExclamation,
    RuleCheck,
    check_of,
    statement_of,
)
from marketing_pipeline.domain.strategy import strategy_of
from marketing_pipeline.domain.variation import CopyVariation
from marketing_pipeline_tests.agents import tea_week as tea

NOW = datetime(2026, 11, 16, 9, tzinfo=UTC)
CHECKS: tuple[RuleCheck, ...] = (
    BannedPhrase(phrase="four minutes"),
    BannedPhrase(phrase="peace", instead="quiet"),
    NoEmoji(),
    NoExclamation(),
    MostHashtags(most=1),
    BannedHashtag(tag="#brewing"),
    LongestCaption(characters=80),
    NeededPhrase(phrases=("link in bio",)),
)


def rule(check: RuleCheck | None, **changes: object) -> BrandRule:
    """An accepted rule of the tea room."""
    content = {
        "id": "rule-1",
        "brand": "tea_room",
        "lesson": "stated:1",
        "applies_to": AppliesTo.COPY,
        "statement": statement_of(check) if check else "Speak of the pot before the cup.",
        "check": check,
        "state": RuleState.ACCEPTED,
        "state_reason": "accepted by ana",
        "proposed_by": "edits",
        "proposed_at": NOW,
        "updated_at": NOW,
    }
    return BrandRule.model_validate({**content, **changes})


@pytest.mark.parametrize("check", CHECKS, ids=lambda check: check.form)
def test_a_statement_is_read_back_as_its_check(check: RuleCheck) -> None:
    assert check_of(statement_of(check)) == check


@pytest.mark.parametrize("statement", ["Speak of the pot before the cup.", "At most 99 hashtags.", "No emoji, please"])
def test_any_other_statement_is_for_readers(statement: str) -> None:
    assert check_of(statement) is None


@pytest.mark.parametrize("statement", ["Never say 'cheap'", 'do not write "cheap".', "Don’t use “cheap”."])
def test_quotation_marks_may_be_of_any_kind(statement: str) -> None:
    assert check_of(statement) == BannedPhrase(phrase="cheap")


@pytest.mark.parametrize(
    ("check", "where", "changes"),
    [
        (CHECKS[0], {"caption"}, {}),
        (CHECKS[1], {"caption"}, {}),
        (NoEmoji(), {"alt_text"}, {"alt_text": "A dark cup of Assam ☕ on a pale cloth."}),
        (NoExclamation(), {"alt_text"}, {"alt_text": "A dark cup of Assam! On a pale cloth."}),
        (CHECKS[4], {"hashtags"}, {}),
        (CHECKS[5], {"hashtags"}, {"hashtags": ["#tearoom", "#Brewing"]}),
        (CHECKS[6], {"caption"}, {}),
        (CHECKS[7], {"caption"}, {}),
    ],
)
def test_new_copy_is_held_against_accepted_rules(check: RuleCheck, where: set[str], changes: dict[str, Any]) -> None:
    written = CopyVariation.model_validate(tea.variation(**changes))
    assert check_variation(written, tea.BRAND) == ()
    found = check_variation(written, tea.BRAND.with_rules((rule(check),)))
    assert {broken.where for broken in found} == where
    assert {broken.rule for broken in found} == {"brand_rule"}
    assert all("`marketing rules retire rule-1`" in broken.problem for broken in found)
    assert all(statement_of(check) in broken.problem for broken in found)


def test_words_of_a_picture_are_held_against_them_too() -> None:
    brief = tea.creative_brief(headline="Four minutes of calm")
    assert [found.where for found in check_brief(brief, tea.BRAND.with_rules((rule(CHECKS[0]),)))] == ["headline"]
    assert check_brief(brief, tea.BRAND.with_rules((rule(CHECKS[6]), rule(CHECKS[7])))) == ()


def test_a_rule_about_pictures_or_for_readers_checks_no_words() -> None:
    written = CopyVariation.model_validate(tea.variation())
    rules = (rule(None), rule(CHECKS[0], applies_to=AppliesTo.CREATIVE))
    assert check_variation(written, tea.BRAND.with_rules(rules)) == ()


def test_a_rule_is_part_of_the_strategy_and_of_its_version() -> None:
    bare, ruled = strategy_of(tea.BRAND), strategy_of(tea.BRAND.with_rules((rule(NoEmoji()),)))
    assert bare.content["rules"] == []
    told = {"id": "rule-1", "applies_to": "copy", "statement": "No emoji.", "check": {"form": "no_emoji"}}
    assert ruled.content["rules"] == [told]
    assert ruled.version != bare.version
    later = rule(NoEmoji(), updated_at=datetime(2027, 1, 1, tzinfo=UTC), evidence=("x",))
    assert strategy_of(tea.BRAND.with_rules((later,))).version == ruled.version
