"""Signatures of what the control plane writes: made with a key that lives outside the database."""

import hashlib
import hmac
import json
from collections.abc import Mapping
from typing import Any


def sign(key: bytes, purpose: str, content: Mapping[str, Any]) -> str:
    """HMAC-SHA256 over the canonical JSON of `content`, hex; `purpose` keeps signatures of different things apart."""
    text = json.dumps({"purpose": purpose, **content}, sort_keys=True, separators=(",", ":"))
    return hmac.new(key, text.encode(), hashlib.sha256).hexdigest()
