"""Fingerprints: a perceptual hash of 256 bits, and the near-duplicate check against what was posted lately."""

import io
from collections.abc import Sequence
from functools import cache
from typing import Annotated, Final

import numpy as np
from PIL import Image
from pydantic import BaseModel, ConfigDict, Field

from marketing_pipeline.domain.creative import CheckResult, Severity
from marketing_pipeline.domain.identifiers import CreativeId
from marketing_pipeline.studio.colour import Floats
from marketing_pipeline.studio.pictures import UnusablePicture
from marketing_pipeline.studio.proof import Proof
from marketing_pipeline.studio.thresholds import NEAR, SAME

_SIDE: Final = 16
_SAMPLES: Final = 64


class RecentCreative(BaseModel):
    """A creative of the last 90 days: its cover's perceptual hash, 64 hexadecimal digits."""

    model_config = ConfigDict(frozen=True)

    creative_id: CreativeId
    perceptual_hash: Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")]


@cache
def _cosines() -> Floats:
    """The first rows of a DCT-II matrix; scale factors do not matter to a hash of signs about the median."""
    k, n = np.arange(_SIDE)[:, None], np.arange(_SAMPLES)[None, :]
    return np.cos(np.pi * k * (2 * n + 1) / (2 * _SAMPLES))


def perceptual_hash(jpeg: bytes) -> str:
    """The lowest 16 x 16 frequencies of the grey picture, each above or below their median: 64 hexadecimal digits.

    Pictures that look alike differ in few bits, whatever their size and compression. Raises UnusablePicture.
    """
    try:
        with Image.open(io.BytesIO(jpeg), formats=["JPEG", "PNG", "WEBP"]) as picture:
            return _hash_of(picture)
    except (OSError, SyntaxError, ValueError, Image.DecompressionBombError) as error:
        raise UnusablePicture("The bytes cannot be opened as a picture.", "Render it again.") from error


def _hash_of(picture: Image.Image) -> str:
    small = picture.convert("L").resize((_SAMPLES, _SAMPLES), Image.Resampling.LANCZOS)
    low = _cosines() @ np.asarray(small, np.float64) @ _cosines().T
    return np.packbits(low > np.median(low)).tobytes().hex()


def hash_distance(first: str, second: str) -> int:
    """Bits, 0 to 256, in which two perceptual hashes differ."""
    return (int(first, 16) ^ int(second, 16)).bit_count()


def near_duplicate_check(proof: Proof, recent: Sequence[RecentCreative]) -> CheckResult:
    """Compare the cover with every recent creative; the nearest one counts."""
    own = _hash_of(proof.image)
    distances = [(hash_distance(own, other.perceptual_hash), other.creative_id) for other in recent]
    nearest = min(distances, default=None)
    passed = nearest is None or nearest[0] > NEAR
    severity = Severity.REJECT if nearest is not None and nearest[0] <= SAME else Severity.REVISE
    reason = (
        "Nothing alike was made in the last 90 days."
        if passed or nearest is None
        else f"It looks like creative {nearest[1]} ({nearest[0]} of 256 bits differ): "
        "change artwork_seed, artwork or template."
    )
    value = None if nearest is None else float(nearest[0])
    return proof.result("near_duplicate", passed, severity, value, float(NEAR), reason)
