"""Where Dagster's own pages of this installation are, while they are served."""

import json
from pathlib import Path
from typing import Any


def dagster_address(home: Path) -> str | None:
    """Where `marketing up` serves Dagster for this home right now; None when it does not."""
    try:
        told: dict[str, Any] = json.loads((home / "up.lock").read_text(encoding="utf-8"))
        return str(told["address"])
    except (OSError, ValueError, KeyError, TypeError):
        return None
