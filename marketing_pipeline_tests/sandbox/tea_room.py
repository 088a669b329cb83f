"""The account of a small brand, and pictures for it."""

import hashlib
import io
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
from PIL import Image

from marketing_pipeline.domain.brand import Brand
from marketing_pipeline_tests.domain.brands import make_brand

ACCOUNT = "17841400000000001"
TOKEN = f"sandbox-{ACCOUNT}"
MONDAY = datetime(2026, 11, 16, 9, 0, tzinfo=UTC)


def tea_room() -> Brand:
    """A brand whose three pillars are told apart by a hashtag each: #garden, #brewing, #people."""
    return make_brand(channels={"instagram": {"account_id": ACCOUNT, "handle": "@tearoom"}})


def jpeg(width: int = 1080, height: int = 1350, seed: int = 1, kind: str = "JPEG") -> bytes:
    """A colourful picture with hard edges."""
    blocks = np.random.default_rng(seed).integers(0, 256, (10, 8, 3), np.uint8)
    out = io.BytesIO()
    Image.fromarray(blocks).resize((width, height), Image.Resampling.NEAREST).save(out, kind)
    return out.getvalue()


def store(folder: Path, content: bytes) -> str:
    """Put a picture into a media folder; its name there."""
    folder.mkdir(parents=True, exist_ok=True)
    name = f"{hashlib.sha256(content).hexdigest()}.jpg"
    (folder / name).write_bytes(content)
    return name
