"""Each rule for words has its own row, and a clean text breaks none."""

import pytest

from marketing_pipeline.domain.caption import check_brief, check_text, check_variation
from marketing_pipeline.domain.creative import ArtworkStyle, CreativeBrief, PostFormat, Template
from marketing_pipeline.domain.plan import Hook
from marketing_pipeline.domain.variation import CopyVariation
from marketing_pipeline_tests.domain.brands import make_brand

BRAND = make_brand()


def variation(**changes: object) -> CopyVariation:
    fields: dict[str, object] = {
        "hook": Hook.QUESTION,
        "hook_line": "How long should Assam steep?",
        "caption": "How long should Assam steep?\n\nFour minutes. Ours is £12.50 at tea.example.",
        "hashtags": ("#tearoom", "#brewing"),
        "alt_text": "A glass pot of dark tea beside a sand timer.",
        "difference": "Opens with the question people ask most.",
    }
    return CopyVariation.model_validate({**fields, **changes})


def test_a_clean_variation_breaks_no_rule() -> None:
    assert check_variation(variation(), BRAND) == ()


@pytest.mark.parametrize(
    ("rule", "changes"),
    [
        ("hook_line", {"caption": "Four minutes is right. How long should Assam steep? Now you know."}),
        ("caption_length", {"caption": "How long should Assam steep?" + " leaf" * 434}),
        ("hashtag_count", {"hashtags": ("#tearoom", "#a1", "#b1", "#c1", "#d1", "#e1")}),
        ("hashtag_twice", {"hashtags": ("#tearoom", "#Tearoom")}),
        ("hashtag_form", {"hashtags": ("#tearoom", "brewing tips")}),
        ("hashtag_missing", {"hashtags": ("#brewing",)}),
        ("hashtag_place", {"caption": "How long should Assam steep? Ask #tearoom for the answer today."}),
        ("mention_count", {"caption": "How long should Assam steep?" + " @tearoom" * 21}),
        ("mention", {"caption": "How long should Assam steep? Ask @someone_else about it today."}),
        ("banned_word", {"caption": "How long should Assam steep? Not as long as cheap tea does."}),
        ("link", {"caption": "How long should Assam steep? Read it at https://evil.example/x now."}),
        ("price", {"caption": "How long should Assam steep? Ours costs only £11 these days."}),
        ("hidden_character", {"alt_text": "A pot of tea \u202e with a hidden mark."}),
    ],
)
def test_each_broken_rule_is_named(rule: str, changes: dict[str, object]) -> None:
    assert rule in {violation.rule for violation in check_variation(variation(**changes), BRAND)}


@pytest.mark.parametrize("text", ["£12.50", "£5 off until Sunday", "at www.tea.example/assam", "write to @tearoom"])
def test_what_the_brand_itself_states_may_be_repeated(text: str) -> None:
    assert check_text(text, "caption", BRAND) == ()


@pytest.mark.parametrize(
    ("rule", "changes"),
    [
        ("palette", {"palette": "neon"}),
        ("banned_word", {"headline": "Cheap tea, again"}),
        ("price", {"price_label": "£99"}),
    ],
)
def test_a_brief_is_held_to_the_same_rules(rule: str, changes: dict[str, object]) -> None:
    brief = CreativeBrief.model_validate(
        {
            "format": PostFormat.PORTRAIT,
            "template": Template.STATEMENT,
            "headline": "Four minutes",
            "artwork": ArtworkStyle.DUNES,
            "artwork_seed": 1,
            "palette": "paper",
            **changes,
        }
    )
    assert rule in {violation.rule for violation in check_brief(brief, BRAND)}


def test_an_artwork_that_the_brand_does_not_use_is_named() -> None:
    plain = make_brand(look={**BRAND.look.model_dump(mode="json"), "artwork": ["tiles"]})
    brief = CreativeBrief(
        format=PostFormat.SQUARE,
        template=Template.STATEMENT,
        headline="Four minutes",
        artwork=ArtworkStyle.MARBLE,
        artwork_seed=1,
        palette="paper",
    )
    assert [violation.rule for violation in check_brief(brief, plain)] == ["artwork"]
