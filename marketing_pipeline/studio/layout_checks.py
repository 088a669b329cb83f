"""Checks of the layout: safe area, overlap, type size, glyphs, and whether all copy of the brief was set."""

import re
from collections.abc import Sequence
from itertools import combinations

from marketing_pipeline.domain.creative import Box, CheckResult, Severity, Template, TextRun
from marketing_pipeline.studio.faces import missing_glyphs
from marketing_pipeline.studio.proof import Proof, quoted
from marketing_pipeline.studio.thresholds import SAFE_MARGIN, SMALLEST_TYPE, TOUCH, UNREADABLE_TYPE


def layout_checks(proof: Proof) -> tuple[CheckResult, ...]:
    """safe_area, overlap, type_size and glyphs of one picture."""
    return _safe_area(proof), _overlap(proof), _type_size(proof), _glyphs(proof)


def _overhang(box: Box, width: int, height: int) -> int:
    """Pixels by which a box leaves the safe area at its worst side; 0 or less when inside."""
    return max(
        SAFE_MARGIN - box.left,
        SAFE_MARGIN - box.top,
        box.right - (width - SAFE_MARGIN),
        box.bottom - (height - SAFE_MARGIN),
    )


def _safe_area(proof: Proof) -> CheckResult:
    width, height = proof.picture.width, proof.picture.height
    over = [(_overhang(run.box, width, height), run) for run in proof.runs]
    worst, run = max(over, key=lambda pair: pair[0], default=(0, None))
    passed = worst <= 0
    reason = (
        f"All text keeps {SAFE_MARGIN} px from every edge."
        if passed or run is None
        else f"The line {quoted(run.text)} leaves the safe area by {worst} px and may be cut: "
        "shorten it or lower type_scale."
    )
    return proof.result("safe_area", passed, Severity.REJECT, float(max(0, worst)), 0.0, reason)


def _shared(first: TextRun, second: TextRun) -> float:
    """How far two lines run into each other, as a share of the smaller type size; 0 when they do not touch."""
    a, b = first.box, second.box
    across = min(a.right, b.right) - max(a.left, b.left)
    down = min(a.bottom, b.bottom) - max(a.top, b.top)
    return min(across, down) / min(first.size, second.size) if across > 0 and down > 0 else 0.0


def _overlap(proof: Proof) -> CheckResult:
    pairs = [(_shared(first, second), first, second) for first, second in combinations(proof.runs, 2)]
    worst = max(pairs, key=lambda pair: pair[0], default=None)
    value = worst[0] if worst else 0.0
    passed = value <= TOUCH
    reason = (
        "No line runs into another."
        if passed or worst is None
        else f"The lines {quoted(worst[1].text)} and {quoted(worst[2].text)} run into each other: shorten one of them."
    )
    return proof.result("overlap", passed, Severity.REJECT, value, TOUCH, reason)


def _type_size(proof: Proof) -> CheckResult:
    smallest = min(proof.runs, key=lambda run: run.size, default=None)
    value = smallest.size if smallest else None
    passed = value is None or value >= SMALLEST_TYPE
    severity = Severity.REJECT if value is not None and value < UNREADABLE_TYPE else Severity.REVISE
    reason = (
        "All type is large enough for a phone."
        if passed or smallest is None
        else f"The line {quoted(smallest.text)} is set at {smallest.size:.0f} px; below {SMALLEST_TYPE:.0f} it "
        "does not read on a phone: raise type_scale to 1 or shorten the copy."
    )
    return proof.result("type_size", passed, severity, value, SMALLEST_TYPE, reason)


def _glyphs(proof: Proof) -> CheckResult:
    for run in proof.runs:
        file = proof.font_files.get(run.face)
        lost = missing_glyphs(file, run.text) if file else run.text
        if lost:
            reason = f"The face {run.face} cannot draw {lost!r} in {quoted(run.text)}: leave these characters out."
            return proof.result("glyphs", False, Severity.REJECT, float(len(lost)), 0.0, reason)
    return proof.result("glyphs", True, Severity.REJECT, 0.0, 0.0, "Every character has a glyph.")


def _folded(text: str) -> str:
    return re.sub(r"\s+", "", text).casefold()


def _set_whole(wanted: str, runs: Sequence[str]) -> bool:
    """Whether some lines that follow each other make up the text, all of it and nothing else: £48 is not in £480."""
    for start in range(len(runs)):
        joined = ""
        for line in runs[start:]:
            joined += line
            if joined == wanted:
                return True
            if not wanted.startswith(joined):
                break
    return False


def copy_check(proofs: tuple[Proof, ...]) -> CheckResult:
    """Whether every text of the brief that its template sets stands on a picture, word for word."""
    brief = proofs[0].brief
    wanted = [brief.headline, brief.supporting_line, brief.call_to_action]
    if brief.template is Template.PRODUCT_CARD:
        wanted += [brief.price_label, brief.price_note]
    for slide in brief.slides:
        wanted += [slide.title, slide.body, slide.figure]
    found = [_folded(run.text) for proof in proofs for run in proof.runs]
    lost = [text.strip() for text in wanted if _folded(text) and not _set_whole(_folded(text), found)]
    if _folded(brief.kicker) and not any(
        all(_set_whole(_folded(part), found) for part in parts) for parts in ([brief.kicker], brief.kicker.split("/"))
    ):
        lost.append(brief.kicker)
    reason = (
        "All copy of the brief was set."
        if not lost
        else f"No line or group of lines reads {quoted(lost[0])}, as the brief asks: render it again or choose another "
        "template."
    )
    return proofs[0].result("copy", not lost, Severity.REJECT, float(len(lost)), 0.0, reason)
