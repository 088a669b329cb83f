"""Legibility: contrast as declared and as seen in the pixels, and the sharpness of type."""

import numpy as np
from numpy.typing import NDArray

from marketing_pipeline.domain.creative import CheckResult, Severity, TextRun, TextTone
from marketing_pipeline.studio.colour import contrast_ratio, luminances, rgb
from marketing_pipeline.studio.proof import Proof, quoted
from marketing_pipeline.studio.thresholds import HOPELESS, LEAST_ACUITY, LEAST_DECLARED, LEAST_SEEN, SAFE_ACUITY


def legibility_checks(proof: Proof) -> tuple[CheckResult, ...]:
    """declared_contrast (where a ground is declared), contrast and acuity of one picture."""
    if not proof.runs:
        return ()
    declared = [run for run in proof.runs if run.ground is not None]
    return (*((_declared(proof, declared),) if declared else ()), _seen(proof), _acuity(proof))


def _declared(proof: Proof, runs: list[TextRun]) -> CheckResult:
    value, run = min(((contrast_ratio(run.ink, run.ground or run.ink), run) for run in runs), key=lambda pair: pair[0])
    passed = value >= LEAST_DECLARED
    reason = (
        f"The palette's inks reach {value:.1f}:1 or more on their grounds."
        if passed
        else f"{quoted(run.text)} is set in {run.ink} on {run.ground}, {value:.1f}:1: use another palette or the "
        "other tone of text, or mend the palette in brand.yaml."
    )
    return proof.result("declared_contrast", passed, Severity.REJECT, value, LEAST_DECLARED, reason)


def seen_contrast(proof: Proof, run: TextRun) -> tuple[float, float]:
    """Lowest WCAG contrast along a line, read from pixels, and the luminance of the ground at that place.

    The ink is the median of the pixels nearest to the declared ink. The line is cut into windows half as wide again as
    the type is high; glyphs and their soft edges fill less than six tenths of each, so the value that six tenths of a
    window stay below is its ground's. The worst window counts, since a word lost on a dark spot is lost.
    """
    crop = proof.crop(run.box, 4 + round(run.size * 0.12))
    if crop.size < 3 * 50:
        return 1.0, 0.0
    light = luminances(crop)
    away = np.abs(crop.astype(np.int16) - np.array(rgb(run.ink), np.int16)).sum(axis=2)
    nearest = away <= np.percentile(away, 3)
    ink = float(np.median(light[nearest]))
    ratios = (np.maximum(light, ink) + 0.05) / (np.minimum(light, ink) + 0.05)
    step = max(24, round(run.size * 1.5))
    count = max(1, round(crop.shape[1] / step))
    windows = list(zip(np.array_split(ratios, count, axis=1), np.array_split(light, count, axis=1), strict=True))
    values = [float(np.percentile(window, 62)) for window, _ in windows]
    worst = int(np.argmin(values))
    return values[worst], float(np.percentile(windows[worst][1], 50))


def _seen(proof: Proof) -> CheckResult:
    measured = [(*seen_contrast(proof, run), run) for run in proof.runs]
    value, ground, run = min(measured, key=lambda entry: entry[0])
    passed = value >= LEAST_SEEN
    severity = Severity.REJECT if value < HOPELESS else Severity.REVISE
    reason = (
        f"Text stands out by {value:.1f}:1 or more."
        if passed
        else f"{quoted(run.text)} stands out by only {value:.1f}:1 {_remedy(proof, run, ground)}"
    )
    return proof.result("contrast", passed, severity, value, LEAST_SEEN, reason)


def _remedy(proof: Proof, run: TextRun, ground: float) -> str:
    if run.ground is not None:
        return "on its ground: use another palette or the other tone of text."
    # Above a luminance of 0.179 black contrasts more than white: (x + 0.05)^2 = 0.05 * 1.05.
    better = TextTone.DARK if ground > 0.179 else TextTone.LIGHT
    place = "a light" if ground > 0.179 else "a dark"
    tone = f"use {better} text, or " if better is not proof.brief.text_tone else ""
    return f"on {place} part of the artwork: {tone}lay a scrim behind it."


def text_acuity(proof: Proof) -> float | None:
    """Sharpness of type: the steepest step between neighbours as a share of the local range, median over all lines.

    Near 1 is sharp; blur lowers it. None when no line has enough contrast to tell.
    """
    values: list[float] = []
    for run in proof.runs:
        grey: NDArray[np.float32] = proof.crop(run.box).astype(np.float32).mean(axis=2)
        if grey.size < 200 or grey.shape[1] < 2:
            continue
        spread = float(np.percentile(grey, 99.5) - np.percentile(grey, 0.5))
        if spread >= 20:
            values.append(float(np.percentile(np.abs(np.diff(grey, axis=1)), 99.5)) / spread)
    return float(np.median(values)) if values else None


def _acuity(proof: Proof) -> CheckResult:
    value = text_acuity(proof)
    passed = value is not None and value >= SAFE_ACUITY
    severity = Severity.REVISE if value is not None and value >= LEAST_ACUITY else Severity.REJECT
    reason = (
        "Type is sharp."
        if passed
        else "No line stands out enough to measure its sharpness: mend the contrast first."
        if value is None
        else "Type is soft, as after enlarging: render the picture again at full size."
    )
    return proof.result("acuity", passed, severity, value, SAFE_ACUITY, reason)
