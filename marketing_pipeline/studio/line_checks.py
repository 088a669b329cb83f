"""Checks of each line as it stands in the pixels: none of it is covered or cut, and nothing restless lies behind it."""

from typing import Final

import numpy as np
from numpy.typing import NDArray

from marketing_pipeline.domain.creative import CheckResult, Severity, TextRun
from marketing_pipeline.studio.colour import luminance, luminances, rgb
from marketing_pipeline.studio.proof import Proof, quoted
from marketing_pipeline.studio.thresholds import HOPELESS, LEAST_INK, RESTLESS, RINGING

_NEAR: Final = 34.0  # in 8-bit RGB: how far grain, light and compression move a plain ground
_LEAST_RING: Final = 400  # pixels
_PLAIN: Final = 0.18  # share of ink up to which a pixel counts as ground
Floats = NDArray[np.float32]


def line_checks(proof: Proof) -> tuple[CheckResult, ...]:
    """whole_lines, quiet_ground and, where a ground is declared, artefacts of one picture; none without text."""
    return (_whole_lines(proof), _quiet_ground(proof), *_artefacts(proof)) if proof.runs else ()


def edge_ink(proof: Proof, run: TextRun) -> float:
    """How much ink the emptiest of a line's four edges has: 1 where a glyph touches each, 0 where one is bare.

    A line's box fits its glyphs closely, so a bare edge is a covered or cut one.
    """
    crop = proof.crop(run.box).astype(np.float32)
    wide, high = run.box.right - run.box.left, run.box.bottom - run.box.top
    if crop.shape[0] < high or crop.shape[1] < wide or not crop.size:
        return 0.0
    ink = np.array(rgb(run.ink), np.float32)
    ground = np.array(rgb(run.ground), np.float32) if run.ground else np.median(crop.reshape(-1, 3), axis=0)
    span = max(float(np.linalg.norm(ground - ink)), 1.0)
    inky = 1 - np.linalg.norm(crop - ink, axis=2) / span
    down, across = max(3, round(high * 0.12)), max(3, round(run.size * 0.12))
    edges = (inky[:down], inky[-down:], inky[:, :across], inky[:, -across:])
    return min(float(edge.max()) for edge in edges)


def _whole_lines(proof: Proof) -> CheckResult:
    value, run = min(((edge_ink(proof, run), run) for run in proof.runs), key=lambda pair: pair[0])
    passed = value >= LEAST_INK
    reason = (
        "Every line shows from edge to edge."
        if passed
        else f"A part of {quoted(run.text)} is covered or cut off: shorten it, or choose another template."
    )
    return proof.result("whole_lines", passed, Severity.REJECT, value, LEAST_INK, reason)


def _lines_mask(proof: Proof) -> NDArray[np.bool_]:
    mask = np.zeros(proof.pixels.shape[:2], np.bool_)
    for run in proof.runs:
        box = run.box
        mask[max(0, box.top - 2) : max(0, box.bottom + 2), max(0, box.left - 2) : max(0, box.right + 2)] = True
    return mask


def unrest(proof: Proof, run: TextRun, lines: NDArray[np.bool_]) -> float:
    """Share, 0 to 1, of what lies about a line that competes with it.

    On a declared ground: pixels of the line's own box that lie off the straight mixture of ground and ink, which is
    where grain, light and soft edges keep. On artwork: pixels around the line against which its ink has less than 3:1.
    """
    if run.ground is not None:
        return _off_the_mixture(proof.crop(run.box).reshape(-1, 3).astype(np.float32), run)
    pad = 6 + round(run.size * 0.2)
    box, (height, width) = run.box, lines.shape
    top, left = max(0, box.top - pad), max(0, box.left - pad)
    free = ~lines[top : min(height, max(0, box.bottom + pad)), left : min(width, max(0, box.right + pad))]
    around = luminances(proof.crop(box, pad)[free])
    if len(around) < _LEAST_RING:
        return 0.0
    ink = luminance(run.ink)
    ratio = (np.maximum(around, ink) + 0.05) / (np.minimum(around, ink) + 0.05)
    return float((ratio < HOPELESS).mean())


def _mixture(pixels: Floats, run: TextRun) -> tuple[Floats, Floats]:
    """Of each pixel: how far it lies from ground (0) to ink (1), and its distance from the straight line of both."""
    ground, ink = np.array(rgb(run.ground or run.ink), np.float32), np.array(rgb(run.ink), np.float32)
    span = ink - ground
    share = (pixels - ground) @ span / max(float(span @ span), 1.0)
    away = np.linalg.norm(pixels - ground - np.clip(share, 0, 1)[..., None] * span, axis=-1)
    return share.astype(np.float32), away.astype(np.float32)


def _off_the_mixture(pixels: Floats, run: TextRun) -> float:
    return float((_mixture(pixels, run)[1] > _NEAR).mean()) if len(pixels) else 0.0


def ringing(proof: Proof, run: TextRun) -> float | None:
    """Unrest of the plain ground about a line's letters: the 90th percentile of steps between neighbours, in levels.

    Hard compression leaves waves there, which stay however the file is saved later. None where too little is plain.
    """
    crop = proof.crop(run.box, 6).astype(np.float32)
    if not crop.size:
        return None
    plain = _mixture(crop, run)[0] < _PLAIN
    across = np.abs(np.diff(crop[:, :, 1], axis=1))[plain[:, 1:] & plain[:, :-1]]
    down = np.abs(np.diff(crop[:, :, 1], axis=0))[plain[1:] & plain[:-1]]
    steps = np.concatenate((across, down))
    return float(np.percentile(steps, 90)) if len(steps) >= _LEAST_RING else None


def _artefacts(proof: Proof) -> tuple[CheckResult, ...]:
    measured = [value for run in proof.runs if run.ground and (value := ringing(proof, run)) is not None]
    if not measured:
        return ()
    value = max(measured)
    passed = value <= RINGING
    reason = (
        "The ground about the letters is clean."
        if passed
        else "Waves or specks stand about the letters, as a hard compression leaves them: render the picture again."
    )
    return (proof.result("artefacts", passed, Severity.REJECT, value, RINGING, reason),)


def _quiet_ground(proof: Proof) -> CheckResult:
    lines = _lines_mask(proof)
    value, run = max(((unrest(proof, run, lines), run) for run in proof.runs), key=lambda pair: pair[0])
    passed = value <= RESTLESS
    reason = (
        "Nothing restless lies behind the text."
        if passed
        else f"The ground behind {quoted(run.text)} is busy: lay a scrim behind it, or choose calmer artwork."
    )
    return proof.result("quiet_ground", passed, Severity.REVISE, value, RESTLESS, reason)
