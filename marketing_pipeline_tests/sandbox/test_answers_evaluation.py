"""The sandbox's evaluator: it names what is in the pixels of real creatives, and nothing that is not."""

import io
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image, ImageDraw, ImageFilter

from marketing_pipeline.domain.brand import Brand
from marketing_pipeline.domain.creative import ArtworkStyle, CreativeBrief, PostFormat, Slide, Template, TextTone
from marketing_pipeline.domain.evaluation import Bar, CreativeEvaluation, Criterion, Level, judge
from marketing_pipeline.domain.plan import PlannedPost
from marketing_pipeline.domain.week import Week
from marketing_pipeline.sandbox.answers.text_lines import text_lines
from marketing_pipeline.studio.render import render
from marketing_pipeline_tests.sandbox.agent_prompts import Desk, Row

FOLDER = Path(__file__).parents[2] / "brands" / "upscale_print"
SLIDES = (
    Slide(title="Start with the wall", body="Measure it with a sheet of newspaper.", figure="90 cm"),
    Slide(title="Then the frame", body="Oak is quiet beside most pictures."),
)
Pictures = list[Image.Image]
Damage = Callable[[Image.Image], Image.Image]


def brief_of(template: Template, **changes: Any) -> CreativeBrief:
    fields: Row = {
        "format": PostFormat.CAROUSEL if template is Template.CAROUSEL else PostFormat.PORTRAIT,
        "template": template,
        "headline": "Pictures for a north-facing room",
        "kicker": "Room inspiration",
        "supporting_line": "310 g cotton paper, open edition",
        "call_to_action": "More at upscaleprint.example",
        "price_label": "£48" if template is Template.PRODUCT_CARD else "",
        "slides": SLIDES if template is Template.CAROUSEL else (),
        "artwork": ArtworkStyle.DUNES,
        "artwork_seed": 103,
        "palette": "forest",
        **changes,
    }
    return CreativeBrief.model_validate(fields)


def rendered(brief: CreativeBrief, brand: Brand) -> Pictures:
    pictures = render(brief, brand, FOLDER).pictures
    return [Image.open(io.BytesIO(picture.jpeg)).convert("RGB") for picture in pictures]


@pytest.fixture(scope="module")
def post(brand: Brand) -> PlannedPost:
    return next(
        post for post in Desk(brand).posts(Week.parse("2026-11-16")) if post.assignment.pillar == "room_inspiration"
    )


@pytest.fixture(scope="module")
def good(brand: Brand) -> dict[Template, tuple[CreativeBrief, Pictures]]:
    briefs = {template: brief_of(template) for template in Template}
    return {template: (brief, rendered(brief, brand)) for template, brief in briefs.items()}


def weak(evaluation: CreativeEvaluation) -> dict[Criterion, str]:
    return {verdict.criterion: verdict.defect for verdict in evaluation.verdicts if verdict.level is not Level.GOOD}


@pytest.mark.parametrize("template", Template)
def test_a_good_creative_is_good_for_reasons_seen_on_it(
    brand: Brand, post: PlannedPost, good: dict[Template, tuple[CreativeBrief, Pictures]], template: Template
) -> None:
    brief, pictures = good[template]
    evaluation = Desk(brand).judge(post, brief, pictures)
    assert [verdict.criterion for verdict in evaluation.verdicts] == list(Criterion)
    assert weak(evaluation) in ({}, {Criterion.MESSAGE_MATCH: "generic_message"})
    reasons = {verdict.criterion: verdict.reason for verdict in evaluation.verdicts}
    assert "lines read at once" in reasons[Criterion.LEGIBILITY]
    assert "headline leads from the" in reasons[Criterion.COMPOSITION]
    assert "at home in the palette forest" in reasons[Criterion.BRAND_FIT]
    assert "Edges are crisp" in reasons[Criterion.CRAFT]


def cut_at_the_left(picture: Image.Image) -> Image.Image:
    pixels = np.asarray(picture)
    return Image.fromarray(np.concatenate([pixels[:, 150:], pixels[:, -1:].repeat(150, axis=1)], axis=1))


def enlarged(picture: Image.Image) -> Image.Image:
    return picture.resize((432, picture.height * 432 // picture.width)).resize(picture.size)


def faded(picture: Image.Image) -> Image.Image:
    pixels = np.asarray(picture).astype(float)
    ground = np.median(pixels.reshape(-1, 3), axis=0)
    return Image.fromarray((ground + (pixels - ground) * 0.16).astype(np.uint8))


def in_foreign_colours(picture: Image.Image) -> Image.Image:
    pixels = np.asarray(picture.convert("HSV")).astype(int)
    pixels[..., 0] = (pixels[..., 0] + 128) % 256
    pixels[..., 1] = np.clip(pixels[..., 1] * 3 + 60, 0, 255)
    return Image.fromarray(pixels.astype(np.uint8), "HSV").convert("RGB")


def compressed(picture: Image.Image) -> Image.Image:
    picture.save(out := io.BytesIO(), "JPEG", quality=10)
    return Image.open(out).convert("RGB")


def covered_with_badges(picture: Image.Image) -> Image.Image:
    out, dice = picture.copy(), np.random.default_rng(3)
    pen = ImageDraw.Draw(out)
    for _ in range(26):
        x, y, radius = (int(dice.integers(low, high)) for low, high in ((0, 980), (0, 1260), (40, 95)))
        red, green, blue = (int(value) for value in dice.integers(0, 256, 3))
        pen.ellipse((x, y, x + 2 * radius, y + radius), fill=(red, green, blue))
        pen.text((x + 12, y + 8), "SALE NOW!", fill="white", font_size=34)
    return out


DAMAGES: list[tuple[str, Damage, Criterion, set[str]]] = [
    ("blurred", lambda picture: picture.filter(ImageFilter.GaussianBlur(1.6)), Criterion.CRAFT, {"blur"}),
    ("enlarged", enlarged, Criterion.CRAFT, {"blur"}),
    ("compressed", compressed, Criterion.LEGIBILITY, {"low_contrast", "busy_ground"}),
    ("faded", faded, Criterion.LEGIBILITY, {"low_contrast"}),
    ("cut off", cut_at_the_left, Criterion.COMPOSITION, {"cut_off"}),
    ("foreign colours", in_foreign_colours, Criterion.BRAND_FIT, {"off_brand_colour"}),
    ("blank", lambda picture: Image.new("RGB", picture.size, "#EEF0E7"), Criterion.COMPOSITION, {"blank"}),
    ("badges", covered_with_badges, Criterion.COMPOSITION, {"clutter", "cut_off"}),
]


@pytest.mark.parametrize(
    ("damage", "criterion", "defects"), [row[1:] for row in DAMAGES], ids=[row[0] for row in DAMAGES]
)
@pytest.mark.parametrize("template", [Template.BEFORE_AFTER, Template.STATEMENT, Template.FRAMED_WALL])
def test_a_planted_defect_is_named(
    brand: Brand,
    post: PlannedPost,
    good: dict[Template, tuple[CreativeBrief, Pictures]],
    template: Template,
    damage: Damage,
    criterion: Criterion,
    defects: set[str],
) -> None:
    brief, pictures = good[template]
    evaluation = Desk(brand).judge(post, brief, [damage(picture) for picture in pictures])
    found = next(verdict for verdict in evaluation.verdicts if verdict.criterion is criterion)
    assert (found.level, found.defect in defects) == (Level.POOR, True), found


def test_traces_of_compression_are_seen(
    brand: Brand, post: PlannedPost, good: dict[Template, tuple[CreativeBrief, Pictures]]
) -> None:
    brief, pictures = good[Template.STATEMENT]
    evaluation = Desk(brand).judge(post, brief, [compressed(picture) for picture in pictures])
    assert weak(evaluation)[Criterion.CRAFT] == "artefacts"


def test_the_wrong_ink_on_artwork_is_seen_and_the_revision_mends_it(brand: Brand, post: PlannedPost) -> None:
    desk = Desk(brand)
    copy = desk.write(post).variations[0]
    brief = brief_of(Template.SEASONAL, palette="clay", text_tone=TextTone.LIGHT)
    first = desk.judge(post, brief, rendered(brief, brand))
    assert weak(first)[Criterion.LEGIBILITY] == "low_contrast"
    mended = desk.revise(post, copy, brief, *judge((), first, Bar()).reasons)
    second = desk.judge(post, mended, rendered(mended, brand))
    assert judge((), second, Bar()).meets_bar


def test_a_restless_ground_under_the_type_is_seen(brand: Brand, post: PlannedPost) -> None:
    brief = brief_of(Template.SEASONAL, artwork=ArtworkStyle.MARBLE, text_tone=TextTone.DARK)
    evaluation = Desk(brand).judge(post, brief, rendered(brief, brand))
    assert weak(evaluation)[Criterion.LEGIBILITY] in ("busy_ground", "low_contrast")
    calm = brief.model_copy(update={"scrim": True})
    assert Criterion.LEGIBILITY not in weak(Desk(brand).judge(post, calm, rendered(calm, brand)))


def test_of_several_pictures_the_weak_one_is_named(
    brand: Brand, post: PlannedPost, good: dict[Template, tuple[CreativeBrief, Pictures]]
) -> None:
    brief, pictures = good[Template.CAROUSEL]
    spoilt = [*pictures[:1], pictures[1].filter(ImageFilter.GaussianBlur(2)), *pictures[2:]]
    evaluation = Desk(brand).judge(post, brief, spoilt)
    verdict = next(verdict for verdict in evaluation.verdicts if verdict.criterion is Criterion.CRAFT)
    assert (verdict.level, verdict.reason.startswith("On picture 2:")) == (Level.POOR, True)


def test_a_failed_measurement_is_taken_as_a_fact(
    brand: Brand, post: PlannedPost, good: dict[Template, tuple[CreativeBrief, Pictures]]
) -> None:
    brief, pictures = good[Template.STATEMENT]
    check: Row = {
        "name": "safe_area", "passed": False, "severity": "revise", "value": 12, "limit": 34,
        "reason": "The footer leaves the safe area by 22 px.",
    }  # fmt: skip
    evaluation = Desk(brand).judge(post, brief, pictures, [check])
    verdict = next(verdict for verdict in evaluation.verdicts if verdict.criterion is Criterion.COMPOSITION)
    assert (verdict.level, verdict.defect) == (Level.ACCEPTABLE, "safe_area")
    assert "leaves the safe area by 22 px" in verdict.reason
    noted = Desk(brand).judge(post, brief, pictures, [{**check, "severity": "note"}, {**check, "passed": True}])
    assert Criterion.COMPOSITION not in weak(noted)


def test_without_a_picture_nothing_can_be_told(brand: Brand, post: PlannedPost) -> None:
    evaluation = Desk(brand).judge(post, brief_of(Template.STATEMENT), [])
    assert {verdict.level for verdict in evaluation.verdicts} == {Level.CANNOT_TELL}


def test_the_lines_found_are_the_lines_set(brand: Brand) -> None:
    made = render(brief_of(Template.STATEMENT), brand, FOLDER).pictures[0]
    found = text_lines(Image.open(io.BytesIO(made.jpeg)).convert("RGB"))
    for run in made.runs:
        near = [
            line
            for line in found
            if abs(line.top - run.box.top) < 12 and abs(line.bottom - run.box.bottom) < 12 and line.left < run.box.right
        ]
        assert near, run.text
        assert near[0].contrast > 4
