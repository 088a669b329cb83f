import subprocess
import sys
from collections.abc import Callable
from datetime import date
from pathlib import Path

import pytest

from marketing_pipeline.domain.brand import Brand
from marketing_pipeline.domain.caption import check_text
from marketing_pipeline.domain.errors import NotFound
from marketing_pipeline.store.brand_folder import BrandInvalid, BrandProblem, brand_ids, load_brand, load_brands
from marketing_pipeline_tests.fixtures import SHIPPED_BRANDS, TEST_BRANDS

GOOD = (TEST_BRANDS / "bakery" / "brand.yaml").read_text(encoding="utf-8")


def _folder(root: Path, text: str, name: str = "bakery") -> Path:
    folder = root / name
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "brand.yaml").write_text(text, encoding="utf-8")
    return folder


def _problems(folder: Path) -> tuple[BrandProblem, ...]:
    with pytest.raises(BrandInvalid) as caught:
        load_brand(folder)
    return caught.value.problems


def _line(text: str, words: str) -> int:
    return next(number for number, line in enumerate(text.splitlines(), 1) if words in line)


def test_the_shipped_brand_is_whole(brand: Brand) -> None:
    assert brand.name == "Upscale Print"
    assert (brand.time_zone, brand.currency, brand.posting.posts_per_week) == ("Europe/London", "GBP", 7)
    assert len(brand.audiences) == 3
    assert len(brand.goals) == 4
    assert len(brand.pillars) == 5
    assert min(len(pillar.topics) for pillar in brand.pillars) >= 6
    assert len(brand.products) >= 8
    assert len(brand.posting.slots) >= 10
    assert len(brand.look.palettes) >= 4
    assert len(brand.occasions) >= 16


@pytest.mark.parametrize(
    ("occasion", "day"),
    [
        ("black_friday", date(2026, 11, 27)),
        ("mothers_day", date(2027, 3, 7)),
        ("fathers_day", date(2027, 6, 20)),
        ("poetry_day", date(2027, 10, 7)),
        ("black_friday_2027", date(2027, 11, 26)),
    ],
)
def test_dates_that_move_are_right(brand: Brand, occasion: str, day: date) -> None:
    assert next(item.start for item in brand.occasions if item.id == occasion) == day


def test_the_shipped_brand_keeps_its_own_rules(brand: Brand) -> None:
    own = [
        *(topic for pillar in brand.pillars for topic in pillar.topics),
        *(offer.statement for offer in brand.offers),
        *(f"{product.name} {product.description}" for product in brand.products),
        brand.tagline,
    ]
    assert [found for text in own for found in check_text(text, "brand.yaml", brand) if found.rule != "price"] == []
    assert all(str(product.link).startswith(str(brand.website)) for product in brand.products)


def test_every_palette_is_legible(brand: Brand, small_brands: dict[str, Brand]) -> None:
    for item in (brand, *small_brands.values()):
        for name, palette in item.look.palettes.items():
            for ink, ground, least in (
                (palette.ink, palette.ground, 7),
                (palette.on_deep, palette.deep, 7),
                (palette.mute, palette.ground, 4.5),
                (palette.accent, palette.ground, 4.5),
            ):
                assert _contrast(ink, ground) >= least, (item.id, name, ink, ground)


def _contrast(first: str, second: str) -> float:
    """WCAG 2.2, contrast ratio."""
    low, high = sorted(map(_luminance, (first, second)))
    return (high + 0.05) / (low + 0.05)


def _luminance(colour: str) -> float:
    channels = [int(colour[place : place + 2], 16) / 255 for place in (1, 3, 5)]
    red, green, blue = (c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in channels)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def test_brands_of_other_trades_and_places_load(small_brands: dict[str, Brand]) -> None:
    bakery, bikes = small_brands["bakery"], small_brands["bike_shop"]
    assert (bakery.currency, bakery.time_zone, bakery.posting.posts_per_week) == ("EUR", "Europe/Paris", 3)
    assert (bikes.currency, bikes.time_zone, bikes.posting.posts_per_week) == ("USD", "America/Los_Angeles", 4)


def test_the_ids_are_the_folders_that_have_a_file(tmp_path: Path) -> None:
    _folder(tmp_path, GOOD, "zebra")
    _folder(tmp_path, "anything", "bakery")
    (tmp_path / "no_brand").mkdir()
    (tmp_path / "notes.txt").write_text("")
    assert brand_ids(tmp_path) == ["bakery", "zebra"]
    assert brand_ids(tmp_path / "nowhere") == []


def test_asking_for_the_ids_loads_no_parser() -> None:
    code = (
        "import sys; from pathlib import Path; from marketing_pipeline.store.brand_folder import brand_ids; "
        f"print(brand_ids(Path({str(SHIPPED_BRANDS)!r})), 'yaml' in sys.modules)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "['upscale_print'] False"


@pytest.mark.parametrize(
    ("before", "after", "at", "field", "words"),
    [
        ("tagline:", "taglin:", "taglin:", "taglin", "no such field; did you mean tagline?"),
        ("currency: EUR", "currency: euro", "currency:", "currency", "three capital letters of ISO 4217, such as GBP"),
        (
            "Europe/Paris",
            "Europe/Lyon",
            "Europe/Lyon",
            "time_zone",
            "no IANA time zone; write one such as Europe/London",
        ),
        ("https://despentes.example\n", "despentes\n", "website:", "website", "such as https://upscaleprint.example"),
        ("at: 07:00", "at: 7 o'clock", "tue_dawn", "posting.slots.0.at", "write one such as 18:30"),
        ("at: 07:00", "at: 700", "tue_dawn", "posting.slots.0.at", "bare number; write a time as 18:30"),
        ("weekday: tuesday", "weekday: Tusday", "tue_dawn", "posting.slots.0.weekday", "did you mean tuesday?"),
        ("due: 2027-03-31", "due: 31.3.2027", "due:", "goals.0.due", "write one such as 2027-03-31"),
        ("due: 2027-03-31", "due: 2027", "due:", "goals.0.due", "bare number"),
        ("end: 2026-12-08", "end: 2026-12-01", "lights_festival", "occasions.0", "lies before start"),
        ("price: 26,", "price: -26,", "galette,", "products.1.price", "greater than 0; write one such as 48 or 48.50"),
        ("price: 26,", "price: twenty,", "galette,", "products.1.price", "valid number; write one such as 48 or 48.50"),
        ("weight: 0.5", "weight: 0.4", "pillars:", "pillars", "add up to 0.900; they must add up to 1"),
        ("id: galette,", "id: brioche,", "products:", "products", "used twice as an id: brioche"),
        ('"17841400000000021"', "17841400000000021", "account_id", "channels.instagram.account_id", "put it in quotes"),
        ('"@despentes.lyon"', "despentes", "account_id", "channels.instagram.handle", "write @ and the account's name"),
        ('"#A5481C"', "tomato", "accent", "look.palettes.crust.accent", 'such as "#B9472A"'),
        ('["#Boulangerie"]', "[Boulangerie]", "[Boulangerie]", "pillars.0.hashtags.0", 'such as "#WallArt"'),
        ("id: from_the_oven", "id: From the oven", "From the oven", "pillars.0.id", "such as art_stories"),
        ("posts_per_week: 3", "posts_per_week: 5", "posting:", "posting", "need as many slots; 4 are given"),
        ("channels:\n", "chanels:\n", "chanels:", "chanels", "did you mean channels?"),
    ],
)
def test_a_mistake_is_named_by_line_field_and_mend(
    tmp_path: Path, before: str, after: str, at: str, field: str, words: str
) -> None:
    assert before in GOOD
    text = GOOD.replace(before, after, 1)
    folder = _folder(tmp_path, text)
    found = [problem for problem in _problems(folder) if problem.field == field]
    assert len(found) == 1
    assert words in found[0].problem
    assert found[0].line == _line(text, at)
    assert str(found[0]).startswith(f"{folder / 'brand.yaml'}:{found[0].line}: ")


def test_a_missing_field_is_named_where_it_belongs(tmp_path: Path) -> None:
    text = GOOD.replace("    description: What is baked today and how.\n", "")
    [problem] = _problems(_folder(tmp_path, text))
    assert (problem.field, problem.problem) == ("pillars.0.description", "is missing")
    assert problem.line == _line(text, "id: from_the_oven")


def test_a_missing_field_comes_with_an_example(tmp_path: Path) -> None:
    [problem] = _problems(_folder(tmp_path, GOOD.replace("time_zone: Europe/Paris\n", "")))
    assert problem.problem == "is missing; write one such as Europe/London"


def test_every_mistake_is_listed_in_the_order_of_the_file(tmp_path: Path) -> None:
    text = (
        GOOD.replace("currency: EUR", "currency: eur")
        .replace("at: 17:30", "at: late")
        .replace("price: 26,", "price: 0,")
    )
    found = _problems(_folder(tmp_path, text))
    assert [problem.field for problem in found] == ["currency", "products.1.price", "posting.slots.2.at"]
    assert [problem.line for problem in found] == sorted(problem.line or 0 for problem in found)


def test_a_field_that_stands_twice_is_named_at_its_second_place(tmp_path: Path) -> None:
    text = f"{GOOD}\nname: Another name\n"
    [problem] = _problems(_folder(tmp_path, text))
    assert (problem.field, problem.line) == ("name", len(text.splitlines()))


def test_the_id_is_the_folders_name(tmp_path: Path) -> None:
    [problem] = _problems(_folder(tmp_path, GOOD, "patisserie"))
    assert (problem.field, problem.line) == ("id", 1)
    assert "the folder is named 'patisserie'" in problem.problem


@pytest.mark.parametrize("logo", ["missing.png", "../logo.png", "brand.yaml"])
def test_a_logo_is_a_picture_beside_the_file(tmp_path: Path, logo: str) -> None:
    text = GOOD.replace("look:\n", f"look:\n  logo: {logo}\n")
    (tmp_path / "logo.png").write_bytes(b"\x89PNG\r\n\x1a\n")
    folder = _folder(tmp_path, text)
    [problem] = _problems(folder)
    assert (problem.field, problem.line) == ("look.logo", _line(text, "logo:"))


def test_a_logo_that_is_there_is_taken(tmp_path: Path) -> None:
    folder = _folder(tmp_path, GOOD.replace("look:\n", "look:\n  logo: logo.png\n"))
    (folder / "logo.png").write_bytes(b"\x89PNG\r\n\x1a\n")
    assert load_brand(folder).look.logo == "logo.png"


def test_a_word_that_yaml_takes_for_something_else_stays_a_word(tmp_path: Path) -> None:
    text = GOOD.replace("id: neighbours", "id: no").replace("at: 11:30", "at: 12:30")
    loaded = load_brand(_folder(tmp_path, text))
    assert loaded.audiences[0].id == "no"
    assert loaded.posting.slots[1].at.hour == 12


def _write(content: bytes) -> Callable[[Path], None]:
    return lambda file: (file.unlink(), file.write_bytes(content), None)[-1]


def _instead_a_folder(file: Path) -> None:
    file.unlink()
    file.mkdir()


@pytest.mark.parametrize(
    ("spoil", "line", "words"),
    [
        (_write(b""), None, "is empty or no list"),
        (_write(b"# nothing but a comment"), None, "is empty or no list"),
        (_write(b"- a\n- list\n"), None, "is empty or no list"),
        (_write(b"just words"), None, "is empty or no list"),
        (_write(b"id: bakery\nname: [open\nmore: x\n"), 3, "is no YAML here"),
        (_write(b"id: bakery\nname: !!python/object:os.system x\n"), 2, "is no YAML here"),
        (_write(b"id: bakery\n\tname: x\n"), 2, "is no YAML here"),
        (_write(b"id: a\n---\nid: b\n"), 2, "is no YAML here"),
        (_write(b"\x00\x01\x02"), None, "is no YAML"),
        (_write(b"\xff\xfe\x00\x81"), None, "save it as UTF-8"),
        (_write(b"x: " + b"y" * 1_000_001), None, "more than 1,000,000 bytes"),
        (_instead_a_folder, None, "cannot be read"),
    ],
    ids=["empty", "comment", "list", "words", "open", "python", "tab", "two", "binary", "utf-16", "huge", "folder"],
)
def test_a_file_that_is_no_brand_is_said(
    tmp_path: Path, spoil: Callable[[Path], None], line: int | None, words: str
) -> None:
    folder = _folder(tmp_path, GOOD)
    spoil(folder / "brand.yaml")
    [problem] = _problems(folder)
    assert words in problem.problem
    assert problem.line == line


def test_a_file_that_holds_itself_is_refused(tmp_path: Path) -> None:
    assert _problems(_folder(tmp_path, GOOD.replace("audiences:", "audiences: &a [*a]\nrest:")))


def test_a_brand_that_is_not_there_is_said_with_those_that_are(tmp_path: Path) -> None:
    _folder(tmp_path, GOOD)
    with pytest.raises(NotFound, match=r"no brand 'bakry'.*bakery"):
        load_brand(tmp_path / "bakry")


def test_a_folder_without_brands_is_said(tmp_path: Path) -> None:
    with pytest.raises(NotFound, match=r"no brand in .*MARKETING_BRANDS"):
        load_brands(tmp_path)


def test_the_mistakes_of_all_brands_are_listed_together(tmp_path: Path) -> None:
    _folder(tmp_path, GOOD.replace("currency: EUR", "currency: eur"))
    _folder(tmp_path, "", "zebra")
    with pytest.raises(BrandInvalid) as caught:
        load_brands(tmp_path)
    assert [problem.file.parent.name for problem in caught.value.problems] == ["bakery", "zebra"]


def test_two_brands_never_share_an_instagram_account(tmp_path: Path) -> None:
    _folder(tmp_path, GOOD)
    _folder(tmp_path, GOOD.replace("id: bakery", "id: second"), "second")
    with pytest.raises(BrandInvalid) as caught:
        load_brands(tmp_path)
    assert [(problem.file.parent.name, problem.field) for problem in caught.value.problems] == [
        ("bakery", "channels.instagram.account_id"),
        ("second", "channels.instagram.account_id"),
    ]
    assert "the brand second as well" in str(caught.value.problems[0])
    with pytest.raises(BrandInvalid):
        load_brand(tmp_path / "second")
