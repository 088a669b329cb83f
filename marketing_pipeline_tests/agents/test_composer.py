"""The composer: the blocks that it sends, and each rule that a brief and a revision are held against."""

from collections.abc import Awaitable
from typing import Any

import pytest

from marketing_pipeline.agents import composer
from marketing_pipeline.agents.language_model import Answered, LanguageModel
from marketing_pipeline.agents.revision import Revision
from marketing_pipeline_tests.agents import tea_week as tea
from marketing_pipeline_tests.agents.agent_answers import accepted, problems

REVISION = Revision(
    attempt=2,
    brief=tea.creative_brief(),
    reasons=("contrast: the headline has 2.1 to 1 against the dunes",),
)


def compose(model: LanguageModel, **post: Any) -> Awaitable[Answered[Any]]:
    return composer.compose(
        model,
        brand=tea.BRAND,
        post=tea.planned(**post),
        copy=tea.copy(),
        recent_looks=[tea.creative_brief(artwork_seed=3)],
        subject=tea.SUBJECT,
    )


def revise(model: LanguageModel, revision: Revision = REVISION) -> Awaitable[Answered[Any]]:
    return composer.revise(
        model,
        brand=tea.BRAND,
        post=tea.planned(),
        copy=tea.copy(),
        recent_looks=[],
        revision=revision,
        subject=tea.SUBJECT,
    )


def test_the_composer_sends_its_blocks() -> None:
    request = accepted(compose, tea.brief())
    told = tea.block(request, 'data name="brand"')
    assert (list(told["palettes"]), told["picture_source"]) == (["paper"], "procedural")
    assert tea.block(request, 'data name="copy"').keys() == {"hook_line", "caption", "alt_text"}
    studio = tea.block(request, 'data name="studio"')
    assert studio["templates"] == ["framed_wall", "product_card", "statement", "before_after", "seasonal"]
    assert (studio["format"], studio["text_limits"]["headline"], studio["text_limits"]["slides[].title"]) == (
        "portrait",
        90,
        60,
    )
    assert tea.block(request, 'data name="recent_looks"') == [
        {"template": "framed_wall", "palette": "paper", "artwork": "dunes", "artwork_seed": 3}
    ]


def test_a_carousel_has_its_own_template_and_no_product_no_card() -> None:
    assert composer.allowed_templates(tea.planned(format="carousel")) == ("carousel",)
    assert "product_card" not in composer.allowed_templates(tea.planned(product=None))


@pytest.mark.parametrize(
    ("answer", "post", "broken"),
    [
        (tea.brief(format="square"), {}, {"planned_format format"}),
        (
            tea.brief(template="product_card"),
            {"product": None},
            {"allowed_template template", "price_label price_label"},
        ),
        (tea.brief(template="product_card"), {}, {"price_label price_label"}),
        (tea.brief(price_label="£9"), {}, {"price_label price_label"}),
        (tea.brief(price_label="£12.50"), {"product": None}, {"price_label price_label"}),
        (tea.brief(palette="neon"), {}, {"palette palette"}),
        (tea.brief(headline="Cheap Assam"), {}, {"banned_word headline"}),
    ],
)
def test_a_brief_that_breaks_a_rule_is_not_returned(
    answer: dict[str, Any], post: dict[str, Any], broken: set[str]
) -> None:
    assert problems(lambda model: compose(model, **post), answer) == broken


@pytest.mark.parametrize("label", ["£12.50", "£20"])
def test_a_product_card_shows_a_price_of_the_product(label: str) -> None:
    accepted(compose, tea.brief(template="product_card", price_label=label))


def test_a_revision_sends_the_reasons_and_must_change_what_can_mend_them() -> None:
    request = accepted(revise, tea.brief(text_tone="light"))
    assert tea.block(request, 'data name="revision"') == REVISION.model_dump(mode="json", exclude={"reasons"})
    assert tea.block(request, 'untrusted source="reasons"') == list(REVISION.reasons)
    assert problems(revise, tea.brief(intent="The same, argued better")) == {"revision brief"}
    assert problems(revise, tea.brief(headline="Off the boil")) == {"revision brief"}


def test_a_revision_must_answer_every_reason() -> None:
    both = REVISION.model_copy(update={"reasons": (*REVISION.reasons, "glyphs: the sign ∆ cannot be set")})
    assert problems(lambda model: revise(model, both), tea.brief(scrim=True)) == {"revision brief"}
    accepted(lambda model: revise(model, both), tea.brief(scrim=True, headline="Off the boil"))


def test_an_unknown_reason_is_answered_by_any_visible_change() -> None:
    other = REVISION.model_copy(update={"reasons": ("acuity: the picture is soft",)})
    accepted(lambda model: revise(model, other), tea.brief(type_scale=1.2))
    assert problems(lambda model: revise(model, other), tea.brief()) == {"revision brief"}
