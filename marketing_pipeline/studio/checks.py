"""The deterministic checks of a creative, put together."""

from collections.abc import Sequence

from marketing_pipeline.domain.brand import Brand
from marketing_pipeline.domain.creative import CheckResult, CreativeBrief
from marketing_pipeline.studio.commission import palette_of
from marketing_pipeline.studio.file_checks import file_checks
from marketing_pipeline.studio.fingerprint import RecentCreative, near_duplicate_check
from marketing_pipeline.studio.layout_checks import copy_check, layout_checks
from marketing_pipeline.studio.legibility import legibility_checks
from marketing_pipeline.studio.line_checks import line_checks
from marketing_pipeline.studio.ocr import TextReader, legible_text_checks
from marketing_pipeline.studio.palette_checks import palette_checks
from marketing_pipeline.studio.proof import Proof
from marketing_pipeline.studio.render import RenderedCreative


def inspect(
    creative: RenderedCreative,
    brief: CreativeBrief,
    brand: Brand,
    recent: Sequence[RecentCreative],
    read_text: TextReader | None = None,
) -> tuple[CheckResult, ...]:
    """Measure every picture of a creative against its limits.

    recent: creatives of the last 90 days. read_text: a text reader; without one the two reading checks are absent.
    A picture that cannot be decoded has the one result `format`. Raises UnknownPalette.
    """
    palette = palette_of(brief, brand)
    proofs = tuple(
        Proof(picture, number, brief, palette, creative.font_files)
        for number, picture in enumerate(creative.pictures, 1)
    )
    results = [copy_check(proofs)]
    for proof in proofs:
        results += _of_picture(proof, brand, recent, read_text)
    return tuple(results)


def _of_picture(
    proof: Proof, brand: Brand, recent: Sequence[RecentCreative], read_text: TextReader | None
) -> tuple[CheckResult, ...]:
    file = file_checks(proof)
    if not all(result.passed for result in file if result.name == "format"):
        return file
    return (
        *file,
        *layout_checks(proof),
        *legibility_checks(proof),
        *palette_checks(proof),
        *line_checks(proof),
        *((near_duplicate_check(proof, recent),) if proof.number == 1 else ()),
        *(legible_text_checks(proof, read_text, brand.name) if read_text is not None else ()),
    )
