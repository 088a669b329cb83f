"""The copywriter: the blocks that it sends, and each rule that its words are held against."""

from collections.abc import Awaitable
from typing import Any

import pytest

from marketing_pipeline.agents import copywriter
from marketing_pipeline.agents.language_model import Answered, LanguageModel
from marketing_pipeline.domain.identifiers import PostId
from marketing_pipeline.domain.said_captions import SaidCaptions
from marketing_pipeline_tests.agents import tea_week as tea
from marketing_pipeline_tests.agents.agent_answers import INJECTION, NOTES, accepted, problems

OTHER = PostId("tea_room-2026-06-01-02")
SAID = "Tea, then?\n\nAssam wants water that has just boiled, and four minutes of peace."


def write(model: LanguageModel, comments: tuple[str, ...] = (INJECTION,), **post: Any) -> Awaitable[Answered[Any]]:
    return copywriter.write(
        model,
        brand=tea.BRAND,
        post=tea.planned(**post),
        learnings=tea.learnings(),
        notes=NOTES,
        recent_hooks=["Is your water tired?"],
        said=SaidCaptions([(OTHER, SAID)]),
        subject=tea.SUBJECT,
        note="Shorter, please.",
        comments=comments,
    )


def first(**changes: Any) -> dict[str, Any]:
    """Three variations, the first changed."""
    return tea.variations(tea.variation(1, **changes), tea.variation(2), tea.variation(3))


def test_the_copywriter_sends_its_blocks() -> None:
    request = accepted(lambda model: write(model, occasion="winter"), tea.variations())
    told = tea.block(request, 'data name="brand"')
    assert [row["price_label"] for row in told["products"]] == ["£12.50", "£9"]
    assert [row["framed_price_label"] for row in told["products"]] == ["£20", None]
    assert told["handle"] == "@tearoom"
    post = tea.block(request, 'data name="post"')
    assert (post["pillar"]["id"], post["audience"]["id"]) == ("brewing", "drinkers")
    assert [offer["code"] for offer in post["offers"]] == ["FROST5"]
    assert (post["weekday"], post["occasion"]["id"], post["assignment"]["hook"]) == ("monday", "winter", "question")
    assert tea.block(request, 'data name="recent_hooks"') == ["Is your water tired?"]
    assert tea.block(request, 'data name="rules"') == {
        "caption_limit": 2200,
        "hashtags_at_most": 5,
        "always": ["#tearoom"],
        "banned_words": ["cheap"],
    }
    assert tea.block(request, 'data name="note"') == "Shorter, please."
    assert tea.block(request, 'untrusted source="comments"') == [INJECTION]


def test_a_long_comment_is_cut() -> None:
    request = accepted(lambda model: write(model, comments=("x" * 5000,)), tea.variations())
    assert len(tea.block(request, 'untrusted source="comments"')[0]) == 300


@pytest.mark.parametrize(
    ("answer", "broken"),
    [
        (first(hook="claim"), {"planned_hook chosen"}),
        (first(hook_line="Is your WATER tired"), {"new_hook_line variations[1].hook_line"}),
        (
            first(hook_line="When did your kettle last wait 2 minutes?", caption=f"{'Long ' * 20}"),
            {"hook_line variations[1].caption", "new_hook_line variations[2].hook_line"},
        ),
        (first(hashtags=["#brewing"]), {"hashtag_missing variations[1].hashtags"}),
        (first(alt_text="A cheap cup of tea on a cloth"), {"banned_word variations[1].alt_text"}),
        (
            first(hook_line="Tea?! Now", caption="Tea?! Now\n\nThe finest Assam, today for £9 only and no more."),
            {"price_of_product variations[1].caption"},
        ),
        (
            first(hook_line="TEA, then?", caption=SAID.replace("Tea", "TEA").replace("\n\n", " ")),
            {"new_caption variations[1].caption"},
        ),
    ],
)
def test_words_that_break_a_rule_are_not_returned(answer: dict[str, Any], broken: set[str]) -> None:
    assert problems(write, answer) == broken


@pytest.mark.parametrize(("price", "product"), [("£12.50", "assam"), ("£20", "assam"), ("£5", "assam"), ("£9", None)])
def test_prices_of_the_product_and_of_offers_may_be_named(price: str, product: str | None) -> None:
    answer = first(hook_line="Tea now?", caption=f"Tea now?\n\nMalty Assam from one garden, {price} today.")
    accepted(lambda model: write(model, product=product), answer)
