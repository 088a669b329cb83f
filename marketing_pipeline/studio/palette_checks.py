"""Checks of colour: how far the picture, without its artwork, is from the brand's palette."""

from typing import Final

import numpy as np
from PIL import Image

from marketing_pipeline.domain.creative import Box, CheckResult, Severity
from marketing_pipeline.studio.colour import Floats, colour_distances, lab, rgb
from marketing_pipeline.studio.proof import Pixels, Proof
from marketing_pipeline.studio.surfaces import panel_colours
from marketing_pipeline.studio.thresholds import FARTHEST, FARTHEST_GROUND

_RIM: Final = 6
_WIDTH: Final = 72
_LEAST_SHARE: Final = 0.06  # with less than this outside the artwork there is nothing to judge


def palette_checks(proof: Proof) -> tuple[CheckResult, ...]:
    """palette, ground and text_ground of one picture: each where there is something to measure it on."""
    plain = _plain_pixels(proof)
    return (*((_palette(proof, plain), _ground(proof, plain)) if plain is not None else ()), *_text_ground(proof))


def _plain_pixels(proof: Proof) -> Floats | None:
    """Lab colours of a small copy, without the artwork."""
    image = proof.image
    scale = _WIDTH / image.width
    small = image.resize((_WIDTH, max(1, round(image.height * scale))), Image.Resampling.BOX)
    keep = np.ones((small.height, small.width), np.bool_)
    box = proof.picture.art_box
    if box is not None:
        top, bottom = int(box.top * scale), int(np.ceil(box.bottom * scale))
        keep[top:bottom, int(box.left * scale) : int(np.ceil(box.right * scale))] = False
    if keep.mean() < _LEAST_SHARE:
        return None
    return lab(np.asarray(small)[keep])


def _distances(plain: Floats, colours: tuple[str, ...]) -> Floats:
    return colour_distances(plain, lab(np.array([rgb(colour) for colour in colours]))).min(axis=1)


def _palette(proof: Proof, plain: Floats) -> CheckResult:
    palette = proof.palette
    inks = (palette.ink, palette.accent, palette.on_deep, palette.mute, *palette.artwork)
    value = float(np.percentile(_distances(plain, (*panel_colours(palette), *inks)), 90))
    passed = value <= FARTHEST
    reason = (
        "Colours outside the artwork are the palette's."
        if passed
        else f"A tenth of the picture outside the artwork is {value:.0f} or more away from every colour of the palette "
        f"'{proof.brief.palette}' (CIEDE2000; up to {FARTHEST:.0f} is near): use the brand's palette."
    )
    return proof.result("palette", passed, Severity.REVISE, value, FARTHEST, reason)


def _ground(proof: Proof, plain: Floats) -> CheckResult:
    value = float(np.median(_distances(plain, panel_colours(proof.palette))))
    passed = value <= FARTHEST_GROUND
    reason = (
        "Large plain areas have a ground of the palette."
        if passed
        else f"Large plain areas are {value:.0f} away (CIEDE2000) from the ground, deep and wall colours of palette "
        f"'{proof.brief.palette}': an accent is no ground."
    )
    return proof.result("ground", passed, Severity.REVISE, value, FARTHEST_GROUND, reason)


def _text_ground(proof: Proof) -> tuple[CheckResult, ...]:
    """What lies around each line that declares a ground, even on a plate over artwork that fills the picture."""
    around = [np.median(edge, axis=0) for run in proof.runs if run.ground and len(edge := _edge(proof, run.box))]
    if not around:
        return ()
    palette = proof.palette
    colours = (*panel_colours(palette), palette.ink, palette.on_deep)
    value = float(_distances(lab(np.array(around).round().astype(np.int64)), colours).max())
    passed = value <= FARTHEST_GROUND
    reason = (
        "Text stands on grounds of the palette."
        if passed
        else f"A line stands on a colour that is {value:.0f} away (CIEDE2000) from every ground of palette "
        f"'{proof.brief.palette}': use the brand's palette."
    )
    return (proof.result("text_ground", passed, Severity.REVISE, value, FARTHEST_GROUND, reason),)


def _edge(proof: Proof, box: Box) -> Pixels:
    """Pixels just outside a box: shape (n, 3)."""
    crop = proof.crop(box, _RIM)
    sides = (crop[:2], crop[-2:], crop[:, :2], crop[:, -2:])
    return np.concatenate([side.reshape(-1, 3) for side in sides])
