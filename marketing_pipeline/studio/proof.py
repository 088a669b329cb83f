"""A proof: one rendered picture decoded once, with what the checks need to know of its making."""

import io
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from marketing_pipeline.domain.creative import Box, CheckResult, CreativeBrief, Severity, TextRun
from marketing_pipeline.domain.look import Palette
from marketing_pipeline.studio.render import RenderedPicture

Pixels = NDArray[np.uint8]


@dataclass(frozen=True)
class Proof:
    """One picture under inspection. `number` counts from 1."""

    picture: RenderedPicture
    number: int
    brief: CreativeBrief
    palette: Palette
    font_files: Mapping[str, Path]

    @cached_property
    def image(self) -> Image.Image:
        """The file decoded to RGB. Raises OSError when it is no picture."""
        with Image.open(io.BytesIO(self.picture.jpeg)) as opened:
            return opened.convert("RGB")

    @cached_property
    def pixels(self) -> Pixels:
        """The decoded picture, shape (height, width, 3)."""
        return np.asarray(self.image)

    @property
    def runs(self) -> tuple[TextRun, ...]:
        """Lines set on the picture."""
        return self.picture.runs

    def crop(self, box: Box, pad: int = 0) -> Pixels:
        """Pixels of a box, enlarged by `pad` on each side and cut at the picture's edge; may be empty."""
        height, width = self.pixels.shape[:2]
        top, bottom = max(0, box.top - pad), min(height, max(0, box.bottom + pad))
        left, right = max(0, box.left - pad), min(width, max(0, box.right + pad))
        return self.pixels[top:bottom, left:right]

    def result(
        self, name: str, passed: bool, severity: Severity, value: float | None, limit: float | None, reason: str
    ) -> CheckResult:
        """A check's result on this picture; numbers rounded to what can be told apart."""
        return CheckResult(
            name=name,
            passed=passed,
            severity=severity,
            value=None if value is None else round(value, 3),
            limit=limit,
            reason=reason,
            picture=self.number,
        )


def quoted(text: str) -> str:
    """A line of copy for a reason, shortened."""
    return f"'{text}'" if len(text) <= 40 else f"'{text[:37]}...'"
