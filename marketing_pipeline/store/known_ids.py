"""Ids that a person may be typing: looked up in a moment, without opening the control plane properly."""

import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Literal

IdTable = Literal[
    "posts", "approvals", "effects", "ad_changes", "alerts", "proposals", "brand_rules", "experiments"
]  # fmt: skip
MOST = 100


def known_ids(control_plane: Path, table: IdTable, beginning: str, most: int = MOST) -> list[str]:
    """Ids of a table that begin so, the last in the alphabet first; none where the SQLite file cannot be read now."""
    query = f"SELECT DISTINCT id FROM {table} WHERE substr(id, 1, ?) = ? ORDER BY id DESC LIMIT ?"  # noqa: S608
    try:
        # Never made, migrated, or waited for: whoever presses a key gets an answer at once or none.
        with closing(sqlite3.connect(f"{control_plane.absolute().as_uri()}?mode=ro", uri=True, timeout=0.2)) as found:
            return [row[0] for row in found.execute(query, (len(beginning), beginning, most))]
    except sqlite3.Error:
        return []
