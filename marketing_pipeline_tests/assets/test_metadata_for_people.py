"""What a person sees in Dagster: words from outside stay words, and pictures need no address."""

import base64
import re
from io import BytesIO

import dagster as dg
import pytest
from PIL import Image

from marketing_pipeline.assets.contact_sheet import COLUMNS, GAP, THUMBNAIL, contact_sheet
from marketing_pipeline.assets.learnings import beside_levels, further_table, in_words
from marketing_pipeline.assets.tables_for_people import SHOWN_AT_ONCE, Table, escaped, table
from marketing_pipeline.domain.learning import Analysis, FurtherEffect, FurtherKind, LearningNote
from marketing_pipeline_tests.sandbox.tea_room import jpeg

HOSTILE = [
    pytest.param("</td><script>fetch('//evil.example')</script>", id="a script"),
    pytest.param('<img src="https://evil.example/seen.png" onerror="alert(1)">', id="a tracking picture"),
    pytest.param("![seen](https://evil.example/seen.png)", id="a picture in Markdown"),
    pytest.param("[approve here](javascript:alert(1))", id="a link in Markdown"),
    pytest.param("one | two | three", id="cells"),
    pytest.param("end of row |\n| --- |\n| another", id="rows"),
    pytest.param("carriage\rreturn", id="another line ending"),
    pytest.param("a\u2028b\u0085c", id="line endings that a reader does not see"),
    pytest.param("\\| already \\< escaped \\![x](y)", id="its own backslashes"),
    pytest.param("&lt;script&gt; &#60;script&#62;", id="entities"),
    pytest.param("`code` **bold** _slanted_ ~~gone~~ # head", id="markup"),
]
LIVE = re.compile(r"(?<!\\)(?:\\\\)*[`*_\[\]!|~#]|[<>]|&(?!amp;|lt;|gt;)")


def shown(value: Table) -> str:
    """The Markdown itself."""
    assert isinstance(value, dg.MarkdownMetadataValue)
    return value.md_str or ""


@pytest.mark.parametrize("words", HOSTILE)
def test_words_from_outside_are_shown_and_never_obeyed(words: str) -> None:
    told = escaped(words)
    assert not LIVE.search(told), "nothing that Markdown or HTML would act on is left"
    assert len(told.splitlines()) == 1
    back = re.sub(r"\\(.)", r"\1", told).replace("&lt;", "<").replace("&gt;", ">").replace("&amp;", "&")
    assert back == " ".join(words.split()), "and not a word is lost"


@pytest.mark.parametrize("words", HOSTILE)
def test_a_hostile_caption_stays_in_its_cell(words: str) -> None:
    lines = shown(table(("Post", "Caption"), [("first", words), ("second", "plain")])).splitlines()
    assert len(lines) == 4
    assert [len(re.findall(r"(?<!\\)\|", line)) for line in lines] == [3] * 4
    assert lines[-1] == "| second | plain |"


def test_an_empty_table_says_so() -> None:
    assert shown(table(("Post",), [])) == "*Nothing yet.*"


def test_a_table_too_long_for_markdown_is_shown_all_the_same() -> None:
    rows = [(f"post {number}", "<b>words</b> with\na break") for number in range(40)]
    value = table(("Post", "Words"), rows)
    assert isinstance(value, dg.TableMetadataValue)
    assert [column.name for column in value.schema.columns] == ["Post", "Words"]
    assert value.records[39].data == {"Post": "post 39", "Words": "<b>words</b> with a break"}
    assert len(shown(table(("Post", "Words"), rows[:15]))) < SHOWN_AT_ONCE


@pytest.mark.parametrize("words", HOSTILE)
def test_an_analysts_words_are_words(words: str) -> None:
    note = LearningNote.model_construct(statement=words, why=words, recommendation=words)
    lines = in_words(Analysis.model_construct(summary=words, notes=(note,)))
    summary, _, told = lines.splitlines()
    parts = re.fullmatch(r"- \*\*(.*)\*\* (.*) \*(.*)\*", told)
    assert parts and not any(LIVE.search(part) for part in (summary, *parts.groups()))


@pytest.mark.parametrize(("count", "columns", "rows"), [(1, 1, 1), (4, 4, 1), (7, 4, 2)])
def test_a_contact_sheet_holds_every_picture_and_needs_no_address(count: int, columns: int, rows: int) -> None:
    pictures = [jpeg(1080, 1350 if number % 2 else 1080, seed=number) for number in range(count)]
    said = shown(contact_sheet(pictures, "Week of 2026-11-23"))
    found = re.fullmatch(r"!\[Week of 2026-11-23\]\(data:image/jpeg;base64,([A-Za-z0-9+/=]+)\)", said)
    assert found
    with Image.open(BytesIO(base64.b64decode(found[1]))) as sheet:
        sheet.load()
    assert sheet.size == (columns * (THUMBNAIL + GAP) + GAP, rows * (THUMBNAIL * 5 // 4 + GAP) + GAP)
    for number in range(count):
        left, top = GAP + number % COLUMNS * (THUMBNAIL + GAP), GAP + number // COLUMNS * (THUMBNAIL * 5 // 4 + GAP)
        cell = sheet.crop((left, top + 40, left + THUMBNAIL, top + 230))
        assert len(set(cell.resize((8, 8)).get_flattened_data())) > 8, "the cell shows its picture, not the ground"


def test_a_contact_sheet_of_nothing_says_so() -> None:
    assert contact_sheet([], "Week").md_str == "*No creatives yet.*"


def test_what_is_known_beside_levels_is_said_with_the_rows_behind_it() -> None:
    season = FurtherEffect(kind=FurtherKind.SEASON, level="now", log_effect=0.1, log_sd=0.2, posts=9, evidence=())
    moved = FurtherEffect(kind=FurtherKind.DRIFT, level="week", log_effect=0.05, log_sd=0.0, posts=9, evidence=())
    said = beside_levels((season, moved)).splitlines()
    assert len(said) == 4 and "- The coming week: not known yet (0.80 to 1.54 x, 9 posts)" in said
    assert shown(further_table((season, moved))).splitlines()[2:] == [
        "| drift | week | 1.05 x | – | – | 9 |",
        "| season | now | 1.11 x | 0.80 to 1.54 | not yet | 9 |",
    ]
