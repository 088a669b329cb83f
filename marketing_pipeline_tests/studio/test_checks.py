"""Checks: the good pictures pass all of them, and each planted defect is found by the check that is meant for it."""

import io
from dataclasses import replace
from pathlib import Path

import pytest
from PIL import Image, ImageFilter

from marketing_pipeline.domain.creative import (
    ArtworkStyle,
    Box,
    CheckResult,
    CreativeBrief,
    PostFormat,
    Severity,
    Template,
    TextTone,
)
from marketing_pipeline.domain.identifiers import CreativeId
from marketing_pipeline.domain.look import Palette
from marketing_pipeline.studio.checks import inspect
from marketing_pipeline.studio.commission import UnknownPalette
from marketing_pipeline.studio.fingerprint import RecentCreative, perceptual_hash
from marketing_pipeline.studio.jpeg import encode, srgb_profile
from marketing_pipeline.studio.render import RenderedCreative, render
from marketing_pipeline_tests.studio.bakery import CRUST, RYE, bakery, brief_for, rendered
from marketing_pipeline_tests.studio.damages import (
    Damage,
    as_jpeg,
    as_png,
    compressed_and_saved_again,
    covered,
    cut_off,
    cut_right,
    enlarged,
    faded,
    on_top,
    padded,
    striped,
    tinted,
    with_image,
    with_run,
)
from marketing_pipeline_tests.studio.pictures import png
from marketing_pipeline_tests.studio.test_render import LAYOUTS

PLAIN = [brief_for(Template.STATEMENT), brief_for(Template.PRODUCT_CARD, seed=1, palette="rye")]


def failed(results: tuple[CheckResult, ...]) -> dict[str, CheckResult]:
    return {result.name: result for result in results if not result.passed}


DEFECTS: list[tuple[str, Damage, Severity]] = [
    ("acuity", with_image(lambda image: image.filter(ImageFilter.GaussianBlur(2.2))), Severity.REJECT),
    ("acuity", with_image(enlarged), Severity.REJECT),
    ("contrast", with_image(faded), Severity.REJECT),
    ("palette", with_image(tinted), Severity.REVISE),
    ("size", with_image(lambda image: image.resize((1080, 1920))), Severity.REJECT),
    ("safe_area", cut_right, Severity.REJECT),
    ("overlap", on_top, Severity.REJECT),
    ("type_size", with_run(size=20.0), Severity.REVISE),
    ("type_size", with_run(size=14.0), Severity.REJECT),
    ("glyphs", with_run(text="Bread \N{BREAD}"), Severity.REJECT),
    ("glyphs", with_run(face="unheard_of"), Severity.REJECT),
    ("declared_contrast", with_run(ink="#C9B79C", ground="#FAF1E4"), Severity.REJECT),
    ("copy", with_run(text="Something else"), Severity.REJECT),
    ("format", as_png, Severity.REJECT),
    ("format", cut_off, Severity.REJECT),
    ("byte_count", padded, Severity.REJECT),
    ("colour_profile", as_jpeg(quality=92, subsampling=0), Severity.REJECT),
    *(("whole_lines", covered(side), Severity.REJECT) for side in ("lower", "upper", "right")),
    ("quiet_ground", striped, Severity.REVISE),
    ("artefacts", with_image(compressed_and_saved_again), Severity.REJECT),
    ("compression", as_jpeg(quality=12, icc_profile=srgb_profile()), Severity.REJECT),
]


@pytest.mark.parametrize("brief", PLAIN, ids=lambda brief: brief.template)
@pytest.mark.parametrize(("name", "damage", "severity"), DEFECTS)
def test_a_planted_defect_is_found_with_its_reason(
    name: str, damage: Damage, severity: Severity, brief: CreativeBrief
) -> None:
    creative = rendered(brief)
    assert not failed(inspect(creative, brief, bakery(), []))
    broken = RenderedCreative((damage(creative.pictures[0]),), creative.font_files)
    found = failed(inspect(broken, brief, bakery(), []))
    assert found[name].severity is severity
    assert len(found[name].reason) > 20


@pytest.mark.parametrize(
    ("box", "over"),
    [
        (Box(left=39, top=300, right=400, bottom=400), 1),
        (Box(left=80, top=30, right=400, bottom=90), 10),
        (Box(left=80, top=300, right=1060, bottom=400), 20),
        (Box(left=80, top=1200, right=400, bottom=1350), 40),
        (Box(left=40, top=40, right=1040, bottom=1310), 0),
    ],
)
def test_the_safe_area_has_four_sides(box: Box, over: int) -> None:
    brief = brief_for(Template.STATEMENT)
    creative = rendered(brief)
    broken = replace(creative, pictures=(with_run(box=box)(creative.pictures[0]),))
    result = next(one for one in inspect(broken, brief, bakery(), []) if one.name == "safe_area")
    assert (result.passed, result.value) == (over == 0, over)


@pytest.mark.parametrize(("template", "size"), LAYOUTS)
def test_good_pictures_pass_every_check(template: Template, size: PostFormat) -> None:
    for seed, style in enumerate((ArtworkStyle.BOTANICAL, ArtworkStyle.HORIZON, ArtworkStyle.PEBBLES)):
        brief = brief_for(template, size, seed, ("crust", "rye")[seed % 2], artwork=style)
        results = inspect(rendered(brief), brief, bakery(), [])
        assert not failed(results), failed(results)
        always = {"copy", "format", "size", "byte_count", "colour_profile", "contrast", "acuity", "near_duplicate"}
        assert always <= {result.name for result in results}
        assert "legible_text" not in {result.name for result in results}


@pytest.mark.parametrize("style", [ArtworkStyle.DUNES, ArtworkStyle.BOTANICAL, ArtworkStyle.TILES])
@pytest.mark.parametrize("size", [PostFormat.PORTRAIT, PostFormat.SQUARE])
def test_the_wrong_tone_on_artwork_really_is_illegible_and_the_scrim_mends_it(
    style: ArtworkStyle, size: PostFormat
) -> None:
    for seed in (0, 1):
        brief = brief_for(Template.SEASONAL, size, seed, artwork=style, text_tone=TextTone.LIGHT)
        found = failed(inspect(rendered(brief), brief, bakery(), []))
        assert found["contrast"].severity is Severity.REJECT
        assert "scrim" in found["contrast"].reason
        mended = brief.model_copy(update={"scrim": True})
        assert not failed(inspect(rendered(mended), mended, bakery(), []))


def test_the_reason_names_the_tone_that_would_read() -> None:
    brief = brief_for(Template.SEASONAL, artwork=ArtworkStyle.BOTANICAL, text_tone=TextTone.LIGHT)
    wrong = inspect(rendered(brief), brief, bakery(), [])
    assert "use dark text" in failed(wrong)["contrast"].reason
    right = brief.model_copy(update={"text_tone": TextTone.DARK})
    assert not failed(inspect(rendered(right), right, bakery(), []))


@pytest.mark.parametrize("template", list(Template))
def test_small_type_is_found_and_the_natural_size_mends_it(template: Template) -> None:
    brief = brief_for(template, type_scale=0.65)
    found = failed(inspect(rendered(brief), brief, bakery(), []))
    assert "type_scale" in found["type_size"].reason
    mended = brief.model_copy(update={"type_scale": 0.85})
    assert "type_size" not in failed(inspect(rendered(mended), mended, bakery(), []))


@pytest.mark.parametrize("ground", ["#F2D33C", "#BFE3F2", "#7A4FA3", "#57C46A"])
def test_a_ground_that_is_not_the_brands_is_found(ground: str, tmp_path: Path) -> None:
    """Yellow and ice blue stand near an accent of many palettes; the short list of grounds finds them all the same."""
    strange = Palette.model_validate({**RYE.model_dump(), "ground": ground})
    brief = brief_for(Template.STATEMENT, seed=2, palette="rye")
    creative = render(brief, bakery(palettes={"rye": strange}), tmp_path)
    found = failed(inspect(creative, brief, bakery(), []))
    assert found["ground"].severity is Severity.REVISE


def test_a_strange_plate_under_text_is_found_even_where_artwork_fills_the_picture(tmp_path: Path) -> None:
    strange = Palette.model_validate({**RYE.model_dump(), "ground": "#F2D33C"})
    brief = brief_for(Template.SEASONAL, palette="rye", scrim=True)
    creative = render(brief, bakery(palettes={"rye": strange}), tmp_path)
    found = failed(inspect(creative, brief, bakery(), []))
    assert found["text_ground"].severity is Severity.REVISE and "ground" not in found
    own = inspect(rendered(brief), brief, bakery(), [])
    assert not failed(own) and "text_ground" in {result.name for result in own}


@pytest.mark.parametrize("wrong", ["£4.500", "£14.50", "£4.5", "$4.50", "£4.80", ""])
def test_a_price_that_is_not_the_briefs_is_found(wrong: str, tmp_path: Path) -> None:
    """Also one that holds the right one, or is held by it."""
    brief = brief_for(Template.PRODUCT_CARD, seed=1)
    drawn = render(brief.model_copy(update={"price_label": wrong}), bakery(), tmp_path)
    assert "£4.50" in failed(inspect(drawn, brief, bakery(), []))["copy"].reason


@pytest.mark.parametrize("kicker", ["Monday / Friday", "Before / After / Later"])
@pytest.mark.parametrize("template", [Template.BEFORE_AFTER, Template.STATEMENT])
def test_a_kicker_in_two_parts_is_found_whole_or_in_its_parts(template: Template, kicker: str) -> None:
    brief = brief_for(template, kicker=kicker)
    assert "copy" not in failed(inspect(rendered(brief), brief, bakery(), []))


def test_a_palette_with_pale_ink_is_rejected_by_what_it_declares(tmp_path: Path) -> None:
    pale = Palette.model_validate({**CRUST.model_dump(), "ink": "#B09A80", "accent": "#B09A80", "mute": "#B09A80"})
    brand = bakery(palettes={"crust": pale})
    brief = brief_for(Template.STATEMENT)
    found = failed(inspect(render(brief, brand, tmp_path), brief, brand, []))
    assert found["declared_contrast"].severity is Severity.REJECT
    assert "brand.yaml" in found["declared_contrast"].reason


def test_text_lost_on_one_dark_spot_is_found() -> None:
    brief = brief_for(Template.SEASONAL, artwork=ArtworkStyle.BOTANICAL)
    picture = rendered(brief).pictures[0]
    line = max(picture.runs, key=lambda run: run.size)
    image = Image.open(io.BytesIO(picture.jpeg)).convert("RGB")
    spot = (line.box.left + 40, line.box.top - 30, line.box.left + 240, line.box.bottom + 30)
    image.paste(Image.blend(image.crop(spot), Image.new("RGB", (200, spot[3] - spot[1]), line.ink), 0.9), spot[:2])
    broken = RenderedCreative((replace(picture, jpeg=encode(image)),), {})
    assert line.text[:10] in failed(inspect(broken, brief, bakery(), []))["contrast"].reason


def test_a_duplicate_of_a_recent_creative_is_found() -> None:
    brief = brief_for(Template.FRAMED_WALL, seed=2)
    creative = rendered(brief)
    jpeg = creative.pictures[0].jpeg
    other = rendered(brief_for(Template.STATEMENT, seed=4, palette="rye")).pictures[0].jpeg
    image = Image.open(io.BytesIO(jpeg)).convert("RGB")
    recropped = encode(image.crop((12, 15, 1068, 1335)).resize(image.size))
    cases = ((jpeg, Severity.REJECT), (recropped, Severity.REVISE), (other, None))
    for seen, severity in cases:
        recent = [
            RecentCreative(creative_id=CreativeId("far"), perceptual_hash=perceptual_hash(other)),
            RecentCreative(creative_id=CreativeId("near"), perceptual_hash=perceptual_hash(seen)),
        ]
        found = failed(inspect(creative, brief, bakery(), recent))
        if severity is None:
            assert not found
        else:
            assert found["near_duplicate"].severity is severity
            assert "near" in found["near_duplicate"].reason and "artwork_seed" in found["near_duplicate"].reason


def test_checks_say_which_picture_of_a_carousel_is_wrong() -> None:
    brief = brief_for(Template.CAROUSEL)
    creative = rendered(brief)
    blurred = with_image(lambda image: image.filter(ImageFilter.GaussianBlur(3)))(creative.pictures[2])
    broken = replace(creative, pictures=(*creative.pictures[:2], blurred, *creative.pictures[3:]))
    results = inspect(broken, brief, bakery(), [])
    assert {(result.name, result.picture) for result in results if result.name == "acuity" and not result.passed} == {
        ("acuity", 3)
    }
    assert [result.picture for result in results if result.name == "near_duplicate"] == [1]


def test_bytes_that_are_no_picture_have_one_result() -> None:
    brief = brief_for(Template.STATEMENT)
    creative = rendered(brief)
    broken = replace(creative, pictures=(replace(creative.pictures[0], jpeg=b"<html>502</html>"),))
    results = [result for result in inspect(broken, brief, bakery(), []) if result.name != "copy"]
    assert [(result.name, result.passed) for result in results] == [("format", False)]


def test_an_unknown_palette_is_refused() -> None:
    brief = brief_for(Template.STATEMENT)
    creative = rendered(brief)
    with pytest.raises(UnknownPalette):
        inspect(creative, brief.model_copy(update={"palette": "neon"}), bakery(), [])


def test_a_supplied_picture_is_judged_as_the_artwork(tmp_path: Path) -> None:
    brief = brief_for(Template.FRAMED_WALL)
    creative = render(brief, bakery(), tmp_path, [png((1024, 1536), (0, 255, 0))])
    assert not failed(inspect(creative, brief, bakery(), []))
