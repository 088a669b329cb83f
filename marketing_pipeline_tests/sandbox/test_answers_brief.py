"""The sandbox's composer: a brief that suits the post, and a revision that mends what was named."""

import re
from itertools import pairwise

import pytest

from marketing_pipeline.agents.revision import Revision, unmended
from marketing_pipeline.domain.brand import Brand
from marketing_pipeline.domain.caption import brief_texts, check_brief
from marketing_pipeline.domain.creative import CreativeBrief, PostFormat, Template, TextTone
from marketing_pipeline.domain.plan import PlannedPost
from marketing_pipeline.domain.variation import CopyVariation
from marketing_pipeline.domain.week import Week
from marketing_pipeline_tests.sandbox.agent_prompts import Desk

WEEK = Week.parse("2026-11-16")
Row = tuple[PlannedPost, CopyVariation, CreativeBrief]


def made_by(brand: Brand, weeks: int) -> list[Row]:
    desk, made = Desk(brand), list[Row]()
    for number in range(weeks):
        for post in desk.posts(WEEK.plus(number)):
            words = desk.write(post)
            copy = words.variations[words.chosen - 1]
            brief = desk.compose(post, copy)
            desk.recent_looks.insert(0, brief.model_dump(mode="json", include={"template", "palette", "artwork"}))
            made.append((post, copy, brief))
    return made


@pytest.fixture(scope="module")
def made(brand: Brand) -> list[Row]:
    return made_by(brand, 5)


def one(made: list[Row], template: Template) -> Row:
    return next(row for row in made if row[2].template is template)


def test_every_brief_obeys_the_rules_and_its_format(brand: Brand, small_brands: dict[str, Brand]) -> None:
    for each in (brand, *small_brands.values()):
        for post, copy, brief in made_by(each, 3):
            assert check_brief(brief, each) == ()
            assert brief.format is post.assignment.format
            assert (brief.template is Template.CAROUSEL) is (brief.format is PostFormat.CAROUSEL)
            assert not any(re.search(r"[{}]|  |\bNone\b", text) for _, text in brief_texts(brief))
            if brief.headline.endswith("?"):
                assert brief.headline == copy.hook_line or post.idea.topic.endswith("?")


def test_a_product_card_shows_the_label_of_its_product(brand: Brand, made: list[Row]) -> None:
    cards = [(post, brief) for post, _, brief in made if brief.template is Template.PRODUCT_CARD]
    assert cards
    for post, brief in cards:
        product = brand.product(post.idea.product or "")
        assert brief.price_label == brand.money(product.price).label()
        assert brief.headline == product.name.split(",")[0]
    assert all(not brief.price_label for _, _, brief in made if brief.template is not Template.PRODUCT_CARD)


def test_a_date_leads_to_a_seasonal_card_and_looks_rotate(made: list[Row]) -> None:
    singles = [(post, brief) for post, _, brief in made if brief.format is not PostFormat.CAROUSEL]
    assert {brief.template for post, brief in singles if post.idea.occasion} & {Template.SEASONAL}
    assert len({brief.template for _, brief in singles}) >= 4
    looks = [(brief.palette, brief.artwork) for *_, brief in made]
    assert all(first != second for first, second in pairwise(looks))
    assert len({brief.artwork_seed for *_, brief in made}) == len(made)


def test_a_carousel_has_slides_with_something_to_say(made: list[Row]) -> None:
    carousels = [brief for *_, brief in made if brief.template is Template.CAROUSEL]
    assert carousels
    for brief in carousels:
        bodies = [slide.body for slide in brief.slides]
        assert 2 <= len(bodies) == len(set(bodies)) <= 6
        assert all(slide.figure in slide.body for slide in brief.slides)
    assert any(slide.figure for brief in carousels for slide in brief.slides)


REASONS = {
    "contrast: the headline has 2.1 to 1 against the artwork": {"text_tone"},
    "legibility: The line at the top left: contrast of about 1.4 to 1, hard to read.": {"text_tone"},
    "safe_area: the supporting line is cut at the lower edge": {"headline", "supporting_line", "type_scale"},
    "text_size: the kicker is 15 px, below 20 px": {"type_scale"},
    "near_duplicate: the picture is nearly that of last Tuesday": {"artwork_seed", "artwork", "palette"},
    "palette: hot pink is far from every colour of the brand": {"palette"},
    "legibility: Only about 41% of the letters stand out; the others are lost in the restless ground": {
        "scrim",
        "artwork",
    },
    "composition: 12 separate pieces of type compete: cluttered, nothing leads.": {"scrim", "artwork"},
    "craft: Everything is blurred": {"artwork_seed", "type_scale"},
    "message_match: the artwork says nothing about the post": {"artwork_seed"},
    "something: nobody has ever heard of": {"artwork_seed"},
}


@pytest.mark.parametrize(("reason", "fields"), REASONS.items(), ids=[reason[:40] for reason in REASONS])
def test_a_revision_changes_what_was_named(brand: Brand, made: list[Row], reason: str, fields: set[str]) -> None:
    for template in (Template.SEASONAL, Template.PRODUCT_CARD, Template.CAROUSEL):
        post, copy, brief = one(made, template)
        mended = Desk(brand).revise(post, copy, brief, reason)
        changed = {name for name in CreativeBrief.model_fields if getattr(mended, name) != getattr(brief, name)}
        assert changed & fields
        assert check_brief(mended, brand) == ()
        assert list(unmended(Revision(attempt=2, brief=brief, reasons=(reason,)), mended)) == []


def test_low_contrast_is_met_with_the_other_ink_then_a_scrim_then_another_ground(brand: Brand, made: list[Row]) -> None:
    desk, reason = Desk(brand), "legibility: contrast of about 1.4 to 1, hard to read."
    post, copy, _ = one(made, Template.SEASONAL)
    first = desk.compose(post, copy)
    second = desk.revise(post, copy, first, reason)
    third = desk.revise(post, copy, second, reason)
    fourth = desk.revise(post, copy, third, reason)
    assert (second.text_tone is not first.text_tone, second.scrim) == (True, False)
    assert (third.text_tone, third.scrim) == (second.text_tone, True)
    assert (fourth.scrim, fourth.palette != third.palette) == (True, True)


def test_what_cannot_be_drawn_is_taken_out(brand: Brand, made: list[Row]) -> None:
    post, copy, brief = one(made, Template.STATEMENT)
    rare = brief.model_copy(update={"headline": "Two nails ➜ or one 🎨", "kicker": "日本"})
    mended = Desk(brand).revise(post, copy, rare, "glyphs: ➜ cannot be drawn in Fraunces")
    assert (mended.headline, mended.kicker) == ("Two nails or one", "")


def test_the_tone_comes_from_the_palette_alone(brand: Brand, made: list[Row]) -> None:
    post, copy, _ = one(made, Template.SEASONAL)
    tones: dict[str, TextTone] = {}
    for name, palette in brand.look.palettes.items():
        blocks = Desk(brand).compose_blocks(post, copy)
        only = {**blocks["brand"], "palettes": {name: palette.model_dump(mode="json")}}
        tones[name] = Desk(brand).compose(post, copy, brand=only).text_tone
    assert tones == {"paper": "dark", "forest": "dark", "clay": "light", "harbour": "dark"}


def test_a_painted_picture_is_asked_for_only_where_the_brand_has_them_painted(brand: Brand, made: list[Row]) -> None:
    post, copy, brief = one(made, Template.FRAMED_WALL)
    assert brief.picture_prompt == ""
    blocks = Desk(brand).compose_blocks(post, copy)
    painted = Desk(brand).compose(post, copy, brand={**blocks["brand"], "picture_source": "image_service"})
    assert "No lettering" in painted.picture_prompt
    assert brand.look.picture_style in painted.picture_prompt


def test_words_that_a_repair_turn_quotes_are_left_out(brand: Brand, made: list[Row]) -> None:
    post, copy, brief = one(made, Template.FRAMED_WALL)
    word = brief.headline.split()[-1]
    problems = [{"where": "headline", "problem": f"'{word}' is on the brand's list of banned words"}]
    assert word not in Desk(brand).compose(post, copy, problems=problems).headline
