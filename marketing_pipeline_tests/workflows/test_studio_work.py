"""The studio at work: with the extra `ocr` every picture is read back, and what a reader finds counts."""

import sys
from collections.abc import Sequence
from dataclasses import replace
from importlib import invalidate_caches
from pathlib import Path

import pytest
from PIL import Image

from marketing_pipeline.domain.brand import Brand
from marketing_pipeline.domain.post import PostState
from marketing_pipeline.store.creatives import attempts_of
from marketing_pipeline.studio.ocr import RapidReader, ReadText, installed_reader
from marketing_pipeline_tests.end_to_end.company import FIRST_WEEK, company, kept_small


class Blind:
    """A reader that can make out nothing."""

    def page(self, image: Image.Image) -> Sequence[ReadText]:
        return [ReadText("SALE ENDS SOON", 0.95)]

    def line(self, image: Image.Image) -> str:
        return ""


def test_what_the_reader_cannot_make_out_keeps_a_creative_below_the_bar(
    tmp_path: Path, small_brands: dict[str, Brand]
) -> None:
    folder = tmp_path / "brands"
    with company(tmp_path, kept_small(small_brands["bakery"], folder, 1), brands=folder) as people:
        people.learn_and_plan(FIRST_WEEK)
        assert not people.design(
            FIRST_WEEK, replace(people.workplace.providers.studio(people.brand), read_text=Blind())
        )
        [post] = people.at(FIRST_WEEK).posts_in(PostState.DESIGNED)
        attempts = attempts_of(people.workplace.database, post.id)
    failed = {check.name for attempt in attempts for check in attempt.checks if not check.passed}
    assert {"legible_text", "unexpected_text"} <= failed
    assert not any(attempt.judgement.meets_bar for attempt in attempts)
    assert len(attempts) == people.brand.policies.quality_bar.attempts


def test_the_studio_reads_back_exactly_when_the_extra_is_installed(
    tmp_path: Path, small_brands: dict[str, Brand], monkeypatch: pytest.MonkeyPatch
) -> None:
    folder, installed = tmp_path / "brands", tmp_path / "installed"
    with company(tmp_path, kept_small(small_brands["bakery"], folder, 1), brands=folder) as people:
        for name in ("rapidocr", "onnxruntime"):
            (installed / name).mkdir(parents=True)
            (installed / name / "__init__.py").write_text("def RapidOCR(params): return None\n", encoding="utf-8")
            monkeypatch.delitem(sys.modules, name, raising=False)
        monkeypatch.syspath_prepend(installed)
        installed_reader.cache_clear()
        invalidate_caches()
        try:
            reader = people.workplace.providers.studio(people.brand).read_text
            assert isinstance(reader, RapidReader)
            assert people.workplace.providers.studio(people.brand).read_text is reader, (
                "loading takes seconds: one a process"
            )
        finally:
            installed_reader.cache_clear()
            for name in ("rapidocr", "onnxruntime"):
                sys.modules.pop(name, None)
