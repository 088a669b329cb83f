"""Reading back: a line is wrong only when both passes say so, and only with a reader."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from importlib.util import find_spec
from pathlib import Path

import pytest
from PIL import Image

from marketing_pipeline.domain.creative import CheckResult, Severity, Template
from marketing_pipeline.studio.checks import inspect
from marketing_pipeline.studio.ocr import ReadText, folded, installed_reader
from marketing_pipeline_tests.studio.bakery import bakery, brief_for, rendered

BRIEF = brief_for(Template.STATEMENT, seed=1)
GOOD = ("WHAT WE BELIEVE", "Good breadneeds", "time,not secrets.", "Thirty hours from flour to crust")
FOOT = ("Read how we bake", "Corner Bakery")


@dataclass
class SaidReader:
    """A reader that answers what it was told to; lines are asked for in the order in which they were doubted."""

    page_says: Sequence[tuple[str, float]]
    line_says: str = ""
    asked: list[tuple[int, int]] = field(default_factory=list[tuple[int, int]])

    def page(self, image: Image.Image) -> Sequence[ReadText]:
        assert image.size == (1080, 1350)
        return [ReadText(text, confidence) for text, confidence in self.page_says]

    def line(self, image: Image.Image) -> str:
        self.asked.append(image.size)
        return self.line_says


def reading(reader: SaidReader, folder: Path) -> dict[str, CheckResult]:
    results = inspect(rendered(BRIEF), BRIEF, bakery(), [], reader)
    return {result.name: result for result in results if result.name in ("legible_text", "unexpected_text")}


def said(*lines: str) -> list[tuple[str, float]]:
    return [(line, 0.95) for line in (*lines, *FOOT)]


def test_a_page_that_reads_well_needs_no_second_look(tmp_path: Path) -> None:
    reader = SaidReader(said(*GOOD))
    results = reading(reader, tmp_path)
    assert all(result.passed for result in results.values()) and len(results) == 2
    assert not reader.asked


def test_a_line_misread_once_is_forgiven(tmp_path: Path) -> None:
    reader = SaidReader(said(*GOOD[:3], "Thirty hourrs from flour to crust"), "Thirty hours from flour to crust")
    assert reading(reader, tmp_path)["legible_text"].passed
    assert len(reader.asked) == 1


def test_a_line_wrong_in_both_passes_is_found(tmp_path: Path) -> None:
    reader = SaidReader(said(*GOOD[:3], "Thirty hourrs from flour to crust"), "Thirty hourrs from flour")
    result = reading(reader, tmp_path)["legible_text"]
    assert not result.passed and result.severity is Severity.REJECT
    assert "Thirty hours from flour to crust" in result.reason


@pytest.mark.parametrize(("mark", "passes"), [("Tea & Tide", True), ("TEA&TlDE", True), ("Somebody Else", False)])
def test_the_brands_own_logo_is_lettering_that_may_be_there(mark: str, passes: bool) -> None:
    renamed = bakery().model_copy(update={"name": "Tea & Tide"})
    results = inspect(rendered(BRIEF), BRIEF, renamed, [], SaidReader([*said(*GOOD), (mark, 0.95)]))
    assert {result.name: result.passed for result in results}["unexpected_text"] is passes


@pytest.mark.parametrize(
    ("extra", "confidence", "passes"),
    [("SALE ENDS SOON", 0.9, False), ("SALE ENDS SOON", 0.3, True), ("xx", 0.9, True), ("Thirty hours", 0.9, True)],
)
def test_lettering_that_nobody_set_is_found(extra: str, confidence: float, passes: bool, tmp_path: Path) -> None:
    result = reading(SaidReader([*said(*GOOD), (extra, confidence)]), tmp_path)["unexpected_text"]
    assert result.passed is passes
    assert result.severity is Severity.REVISE


@pytest.mark.parametrize(
    ("first", "second"),
    [
        ("240 °C", "240\u2103"),
        ("50 × 70 cm", "50x70cm"),
        ("Crème brûlée", "creme brulee"),
        ("Don’t wait", "Don't wait"),
        ("£118", "£l18"),
        ("£118 framed", "£1I8framed"),
    ],
)
def test_spellings_that_a_reader_mixes_up_count_as_equal(first: str, second: str) -> None:
    assert folded(first) == folded(second)


@pytest.mark.parametrize(
    ("first", "second"),
    [("£48", "48"), ("£48", "£46"), ("20 %", "20"), ("form", "from"), ("fly", "fiy"), ("£118", "£18")],
)
def test_what_matters_stays_different(first: str, second: str) -> None:
    assert folded(first) != folded(second)


def test_the_installed_reader_reads_or_is_absent() -> None:
    reader = installed_reader()
    if find_spec("rapidocr") is None or find_spec("onnxruntime") is None:
        assert reader is None
        return
    assert reader is not None
    creative = rendered(BRIEF)
    for _ in range(2):  # the engine remembers its flags: the second page must be read like the first
        results = inspect(creative, BRIEF, bakery(), [], reader)
        names = {result.name: result.passed for result in results}
        assert names["legible_text"] and names["unexpected_text"]
        box = creative.pictures[0].runs[0].box
        assert reader.line(Image.new("RGB", (box.right - box.left, 60), "white")) == ""
