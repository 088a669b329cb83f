"""Rendering: every template in every size and arrangement, and each refusal."""

import io
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from PIL import Image, ImageCms, JpegImagePlugin

from marketing_pipeline.domain.creative import ArtworkStyle, CreativeBrief, PostFormat, Template, TextTone
from marketing_pipeline.domain.errors import MarketingError
from marketing_pipeline.domain.look import Fonts, Palette
from marketing_pipeline.studio.commission import UnknownPalette
from marketing_pipeline.studio.faces import VENDORED, UnknownFace
from marketing_pipeline.studio.fingerprint import hash_distance, perceptual_hash
from marketing_pipeline.studio.jpeg import MOST_BYTES
from marketing_pipeline.studio.layouts import ARRANGEMENTS
from marketing_pipeline.studio.logo import UnusableLogo
from marketing_pipeline.studio.render import RenderedCreative, render
from marketing_pipeline.studio.typesetting import MissingGlyph, TextOverflow
from marketing_pipeline_tests.studio.bakery import CRUST, SLIDES, bakery, brief_for, rendered
from marketing_pipeline_tests.studio.pictures import png

SINGLE = [template for template in Template if template is not Template.CAROUSEL]
LAYOUTS = [
    *((template, size) for template in SINGLE for size in (PostFormat.PORTRAIT, PostFormat.SQUARE)),
    (Template.CAROUSEL, PostFormat.CAROUSEL),
]


def opened(creative: RenderedCreative, number: int = 0) -> Image.Image:
    image = Image.open(io.BytesIO(creative.pictures[number].jpeg))
    image.load()
    return image


@pytest.mark.parametrize(
    ("template", "size", "seed"),
    [(template, size, seed) for template, size in LAYOUTS for seed in range(ARRANGEMENTS[template])],
)
def test_each_layout_is_a_publishable_jpeg_with_its_text_inside(
    template: Template, size: PostFormat, seed: int
) -> None:
    tone = TextTone.DARK if seed or template is Template.SEASONAL else TextTone.LIGHT
    creative = rendered(brief_for(template, size, seed, ("crust", "rye")[seed % 2], text_tone=tone))
    assert len(creative.pictures) == (1 + len(SLIDES) if template is Template.CAROUSEL else 1)
    for number, picture in enumerate(creative.pictures):
        image = opened(creative, number)
        assert (image.format, image.mode, image.size) == ("JPEG", "RGB", size.size)
        assert (picture.width, picture.height) == size.size
        assert len(picture.jpeg) < MOST_BYTES
        profile = ImageCms.ImageCmsProfile(io.BytesIO(image.info["icc_profile"]))
        assert "sRGB" in ImageCms.getProfileDescription(profile)
        assert image.info.get("progressive") and not image.getexif()
        assert JpegImagePlugin.get_sampling(image) == 0  # 4:4:4
        assert picture.runs
        for run in picture.runs:
            assert run.box.left >= 40 and run.box.top >= 40
            assert run.box.right <= picture.width - 40 and run.box.bottom <= picture.height - 40


@pytest.mark.parametrize("style", list(ArtworkStyle))
def test_each_artwork_style_paints_its_own_picture(style: ArtworkStyle) -> None:
    creative = rendered(brief_for(Template.STATEMENT, seed=1, artwork=style))
    other = next(one for one in ArtworkStyle if one is not style)
    against = rendered(brief_for(Template.STATEMENT, seed=1, artwork=other))
    assert creative.pictures[0].runs == against.pictures[0].runs
    distance = hash_distance(*(perceptual_hash(one.pictures[0].jpeg) for one in (creative, against)))
    assert distance > 32


def test_the_same_brief_gives_the_same_bytes_in_threads(tmp_path: Path) -> None:
    briefs = [brief_for(template, seed=seed) for template in SINGLE for seed in (0, 1)]
    brand = bakery()

    def jpeg(brief: CreativeBrief) -> bytes:
        return render(brief, brand, tmp_path).pictures[0].jpeg

    alone = [jpeg(brief) for brief in briefs]
    with ThreadPoolExecutor(4) as pool:
        together = list(pool.map(jpeg, briefs * 2))
    assert together == alone * 2


@pytest.mark.parametrize("template", list(Template))
def test_neighbouring_seeds_give_pictures_that_do_not_repeat(template: Template) -> None:
    covers = [rendered(brief_for(template, seed=seed)).pictures[0].jpeg for seed in range(3)]
    hashes = [perceptual_hash(cover) for cover in covers]
    assert min(hash_distance(hashes[0], hashes[1]), hash_distance(hashes[1], hashes[2])) > 32


@pytest.mark.parametrize("template", list(Template))
def test_a_supplied_picture_replaces_the_artwork(template: Template, tmp_path: Path) -> None:
    magenta = png((1200, 900), (255, 0, 255))
    for seed in range(ARRANGEMENTS[template]):
        creative = render(brief_for(template, seed=seed), bakery(), tmp_path, [magenta] * 4)
        for number, picture in enumerate(creative.pictures):
            box = picture.art_box
            assert box is not None
            colours = opened(creative, number).crop((box.left, box.top, box.right, box.bottom)).resize((40, 40))
            pixels = [colours.getpixel((x, y)) for x in range(40) for y in range(40)]
            loud = [one for one in pixels if isinstance(one, tuple) and one[0] > 200 and one[1] < 90 and one[2] > 200]
            assert len(loud) > len(pixels) * 0.2


def test_type_scale_changes_the_size_of_type() -> None:
    def smallest(scale: float) -> float:
        brief = brief_for(Template.SEASONAL, type_scale=scale)
        return min(
            run.size for run in rendered(brief).pictures[0].runs if run.text not in ("Corner Bakery", "HARVEST WEEK")
        )

    assert smallest(0.6) < smallest(0.8) < smallest(1) < smallest(1.3)


def test_a_long_headline_shrinks_before_it_is_refused() -> None:
    short = rendered(brief_for(Template.STATEMENT)).pictures[0].runs
    headline = "Everything we have learnt about proper sourdough and how you can bake it at home too"
    long = rendered(brief_for(Template.STATEMENT, headline=headline)).pictures[0].runs
    assert 40 <= max(run.size for run in long) < max(run.size for run in short)


def test_small_lines_give_way_before_a_long_headline_is_refused() -> None:
    brief = brief_for(
        Template.BEFORE_AFTER,
        PostFormat.SQUARE,
        1,
        headline="Everything we have learnt about proper sourdough and how you can bake it at home too.",
        supporting_line="Thirty hours from flour to crust, two folds, one long cold night, and a rather hot oven.",
        call_to_action="Order your weekend loaf before Thursday",
        type_scale=1.4,
    )
    sizes = {run.text[:13]: run.size for run in rendered(brief).pictures[0].runs}
    assert 22 <= sizes["Thirty hours "] < 31 * 1.4


@pytest.mark.parametrize(
    ("template", "size", "seed"),
    [(template, size, seed) for template, size in LAYOUTS[:-1] for seed in range(ARRANGEMENTS[template])],
)
def test_a_headline_alone_is_enough(template: Template, size: PostFormat, seed: int) -> None:
    nothing = dict.fromkeys(("kicker", "supporting_line", "call_to_action", "price_label", "price_note"), "")
    creative = rendered(brief_for(template, size, seed, headline="Bread.", **nothing))
    assert "Bread." in [run.text for run in creative.pictures[0].runs]


def test_the_kicker_names_the_halves_when_it_has_two_parts() -> None:
    named = rendered(brief_for(Template.BEFORE_AFTER, kicker="Monday / Friday")).pictures[0].runs
    plain = rendered(brief_for(Template.BEFORE_AFTER, kicker="New walls")).pictures[0].runs
    assert {"Monday", "Friday"} <= {run.text for run in named}
    assert {"Before", "After", "NEW WALLS"} <= {run.text for run in plain}


def test_the_scrim_gives_text_on_artwork_a_known_ground() -> None:
    bare = rendered(brief_for(Template.SEASONAL)).pictures[0].runs
    plated = rendered(brief_for(Template.SEASONAL, scrim=True)).pictures[0].runs
    assert {run.ground for run in bare} == {None}
    assert {run.ground for run in plated} == {CRUST.ground}


def test_a_dark_brand_still_gets_the_tone_it_asks_for(tmp_path: Path) -> None:
    night = Palette(
        ground="#101820",
        ink="#F5F5F0",
        accent="#F2B705",
        deep="#F2B705",
        on_deep="#101820",
        mute="#A0A8B0",
        artwork=("#F5F5F0", "#F2B705", "#3A6EA5", "#101820"),
    )
    brand = bakery(palettes={"night": night})
    for tone, ink in ((TextTone.DARK, "#101820"), (TextTone.LIGHT, "#F5F5F0")):
        creative = render(brief_for(Template.STATEMENT, palette="night", text_tone=tone), brand, tmp_path)
        assert ink in {run.ink for run in creative.pictures[0].runs}


def test_a_logo_file_replaces_the_name_in_type(tmp_path: Path) -> None:
    logo = Image.new("RGBA", (400, 100), (0, 0, 0, 0))
    logo.paste((10, 10, 10, 255), (100, 20, 300, 80))
    logo.save(tmp_path / "logo.png")
    brief = brief_for(Template.STATEMENT)
    typed = rendered(brief).pictures[0]
    drawn = render(brief, bakery(logo="logo.png"), tmp_path).pictures[0]
    assert "Corner Bakery" in [run.text for run in typed.runs]
    assert "Corner Bakery" not in [run.text for run in drawn.runs]
    patch = opened(RenderedCreative((drawn,), {})).crop((90, 105, 130, 125)).resize((1, 1)).getpixel((0, 0))
    assert isinstance(patch, tuple) and max(patch) < 80


def test_a_brand_brings_its_own_face(tmp_path: Path) -> None:
    (tmp_path / "fonts").mkdir()
    (tmp_path / "fonts" / "house_grotesk.ttf").write_bytes((VENDORED / "dm_sans.ttf").read_bytes())
    creative = render(
        brief_for(Template.STATEMENT), bakery(fonts=Fonts(display="House Grotesk", text="inter")), tmp_path
    )
    assert creative.font_files["House Grotesk"] == tmp_path / "fonts" / "house_grotesk.ttf"
    assert "House Grotesk" in {run.face for run in creative.pictures[0].runs}


def _png_file(folder: Path, mode: str, colour: tuple[int, ...]) -> None:
    Image.new(mode, (50, 50), colour).save(folder / "logo.png")


def test_refusals_name_the_text_and_the_way_to_mend_it() -> None:
    cases: list[tuple[type[MarketingError], CreativeBrief, str]] = [
        (TextOverflow, brief_for(Template.STATEMENT, headline="B" * 90), "BBB"),
        (MissingGlyph, brief_for(Template.STATEMENT, headline="Bread \N{BREAD} today"), "\N{BREAD}"),
        (MissingGlyph, brief_for(Template.STATEMENT, call_to_action="パンを買う"), "パ"),
        (UnknownPalette, brief_for(Template.STATEMENT, palette="neon"), "neon"),
    ]
    for kind, brief, named in cases:
        with pytest.raises(kind) as refused:
            rendered(brief)
        assert named in refused.value.message and refused.value.mend


def test_an_unknown_face_is_refused(tmp_path: Path) -> None:
    with pytest.raises(UnknownFace, match="comic_sans"):
        render(brief_for(Template.STATEMENT), bakery(fonts=Fonts(display="Comic Sans")), tmp_path)


def test_a_font_file_that_is_no_font_is_refused(tmp_path: Path) -> None:
    (tmp_path / "fonts").mkdir()
    (tmp_path / "fonts" / "broken.ttf").write_text("not a font")
    with pytest.raises(UnknownFace, match="cannot be read"):
        render(brief_for(Template.STATEMENT), bakery(fonts=Fonts(display="broken")), tmp_path)


@pytest.mark.parametrize(
    ("name", "make", "says"),
    [
        ("missing.png", None, "not in the brand's folder"),
        ("../logo.png", None, "not in the brand's folder"),
        ("logo.png", ("RGB", (9, 9, 9)), "opaque"),
        ("logo.png", ("RGBA", (9, 9, 9, 0)), "clear"),
    ],
)
def test_an_unusable_logo_is_refused(
    name: str, make: tuple[str, tuple[int, ...]] | None, says: str, tmp_path: Path
) -> None:
    if make:
        _png_file(tmp_path, *make)
    with pytest.raises(UnusableLogo, match=says):
        render(brief_for(Template.STATEMENT), bakery(logo=name), tmp_path)


def test_a_logo_that_is_no_picture_is_refused(tmp_path: Path) -> None:
    (tmp_path / "logo.png").write_text("hello")
    with pytest.raises(UnusableLogo, match="cannot be read"):
        render(brief_for(Template.STATEMENT), bakery(logo="logo.png"), tmp_path)
