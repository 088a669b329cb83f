"""Reading the picture back: the seam for text recognition, RapidOCR behind it, and the check of legible text."""

import difflib
import re
import threading
import unicodedata
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cache
from importlib import import_module
from importlib.util import find_spec
from typing import Any, Final, Protocol

import numpy as np
from PIL import Image

from marketing_pipeline.domain.creative import CheckResult, Severity, TextRun
from marketing_pipeline.studio.proof import Pixels, Proof, quoted
from marketing_pipeline.studio.thresholds import ALIKE

_READ_AT: Final = 960  # pixels high: the engine's detector is trained near this size
_ALIASES: Final = str.maketrans({"×": "x", "″": '"', "’": "'", "ﬁ": "fi", "–": "-"})
_ONES: Final = re.compile(r"(?<=[£$€\d])[li|]+(?=\d)")


@dataclass(frozen=True)
class ReadText:
    """Text found on a picture, with the reader's confidence, 0 to 1."""

    text: str
    confidence: float


class TextReader(Protocol):
    """Something that reads text from pixels. Callable from several threads."""

    def page(self, image: Image.Image) -> Sequence[ReadText]:
        """Find and read all text."""
        ...

    def line(self, image: Image.Image) -> str:
        """Read a crop that holds one line; empty when it holds none."""
        ...


class RapidReader:
    """RapidOCR with the models of its wheel: works offline. Loading takes seconds, so keep one a process."""

    def __init__(self, threads: int = 1) -> None:
        """threads: threads of the runtime. Raises ImportError without the extra `ocr`."""
        engine: Any = import_module("rapidocr")

        parameters = {
            "Global.use_cls": False,
            "Global.log_level": "error",
            "EngineConfig.onnxruntime.intra_op_num_threads": threads,
        }
        self._engine: Callable[..., Any] = engine.RapidOCR(params=parameters)
        self._lock = threading.Lock()

    def _read(self, image: Image.Image, *, find: bool) -> Any:
        # The engine remembers its flags from call to call: all three are passed each time, one caller at a time.
        with self._lock:
            return self._engine(_blue_green_red(image), use_det=find, use_cls=False, use_rec=True)

    def page(self, image: Image.Image) -> Sequence[ReadText]:
        """Find and read all text."""
        scale = _READ_AT / image.height
        small = image.resize((max(1, round(image.width * scale)), _READ_AT), Image.Resampling.LANCZOS)
        found = self._read(small, find=True)
        return [
            ReadText(str(text), float(score)) for text, score in zip(found.txts or (), found.scores or (), strict=True)
        ]

    def line(self, image: Image.Image) -> str:
        """Read a crop that holds one line."""
        if min(image.size) < 8:
            return ""
        found = self._read(image, find=False)
        return str(found.txts[0]) if found.txts else ""


def _blue_green_red(image: Image.Image) -> Pixels:
    return np.ascontiguousarray(np.asarray(image.convert("RGB"))[:, :, ::-1])


@cache
def installed_reader() -> TextReader | None:
    """This process's reader when the extra `ocr` is installed, else None: the two reading checks are then absent."""
    if find_spec("rapidocr") is None or find_spec("onnxruntime") is None:
        return None
    return RapidReader()


def folded(text: str) -> str:
    """Copy as it is compared: no case, accents, spaces or punctuation but £, $, € and %. Tight setting glues words.

    Between figures, or a currency's sign and a figure, l and i are 1: display faces draw them alike.
    """
    plain = unicodedata.normalize("NFKD", text.translate(_ALIASES)).casefold()
    plain = _ONES.sub(lambda found: "1" * len(found.group()), plain)
    return re.sub(r"[^\w£$€%]", "", "".join(char for char in plain if not unicodedata.combining(char)))


def _reads(proof: Proof, run: TextRun, reader: TextReader) -> bool:
    pad = max(6, int(run.size * 0.18))
    crop = proof.crop(run.box, pad)
    return crop.size > 0 and folded(reader.line(Image.fromarray(crop))) == folded(run.text)


def legible_text_checks(proof: Proof, reader: TextReader, signature: str) -> tuple[CheckResult, ...]:
    """legible_text and unexpected_text of one picture, which may bear the brand's `signature`: a logo is lettering.

    A line counts as wrong only when the whole page and its own box both read otherwise, since one pass alone misreads a
    good line now and then. Unexpected is lettering that nobody set, in artwork above all.
    """
    page = reader.page(proof.image)
    read = "".join(folded(found.text) for found in page)
    doubtful = [run for run in proof.runs if folded(run.text) and folded(run.text) not in read]
    wrong = [run.text for run in doubtful if not _reads(proof, run, reader)]
    wanted = [folded(signature), *(folded(run.text) for run in proof.runs)]
    extra = [
        found.text
        for found in page
        if found.confidence > ALIKE and len(folded(found.text)) >= 3 and not _belongs(folded(found.text), wanted)
    ]
    legible = (
        "A reader finds every line."
        if not wrong
        else f"A reader cannot make out {quoted(wrong[0])}: raise the contrast, enlarge the type or lay a scrim."
    )
    clean = (
        "No lettering but the copy."
        if not extra
        else f"Lettering that nobody asked for: {quoted(extra[0])}. "
        "Change artwork_seed, or paint the picture again without text."
    )
    return (
        proof.result("legible_text", not wrong, Severity.REJECT, float(len(wrong)), 0.0, legible),
        proof.result("unexpected_text", not extra, Severity.REVISE, float(len(extra)), 0.0, clean),
    )


def _belongs(text: str, wanted: Sequence[str]) -> bool:
    """True when the text is part of an expected line, holds one, or is much like one."""
    return any(
        (len(line) > 2 and (text in line or line in text)) or difflib.SequenceMatcher(None, text, line).ratio() >= ALIKE
        for line in wanted
    )
