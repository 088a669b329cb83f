"""Pictures that nothing in the control plane names: noted first, removed when they stay so for days."""

import json
from contextlib import suppress
from datetime import datetime, timedelta
from pathlib import Path

from marketing_pipeline.operations.pruned import Pruned
from marketing_pipeline.store.database import Database
from marketing_pipeline.store.media_references import referenced_media

NOTES = ".orphans.json"
"""In the media folder: when each picture that nothing names was first seen so."""


def prune_media(
    database: Database, media: Path, *, now: datetime, kept: timedelta, real_now: datetime, dry_run: bool
) -> Pruned:
    """Remove pictures that were orphans at every look for `kept`, and that nobody stored again since.

    `now` is the time of the home, `real_now` that of the file system. What any row but the audit log's names is no
    orphan.
    """
    with database.read() as connection:
        named = referenced_media(connection)
    present = {path.stem: path for path in media.glob("*.jpg")}
    before = _noted(media / NOTES)
    orphans = {name: before.get(name, now) for name in present if name not in named}
    removable = [
        present[name]
        for name, since in orphans.items()
        if now - since >= kept and real_now.timestamp() - present[name].stat().st_mtime >= _SETTLED.total_seconds()
    ]
    freed = sum(path.stat().st_size for path in removable)
    if not dry_run and media.is_dir():
        for path in removable:
            path.unlink(missing_ok=True)
            del orphans[path.stem]
        _note(media / NOTES, orphans)
    waiting = len(orphans) - (len(removable) if dry_run else 0)
    return Pruned(
        what="pictures", count=len(removable), byte_count=freed, note=f"{waiting} more are named by nothing so far"
    )


_SETTLED = timedelta(hours=1)
"""Storing a picture again gives its file a new time: it may be about to be named."""


def _noted(file: Path) -> dict[str, datetime]:
    with suppress(OSError, ValueError, AttributeError, TypeError):
        return {str(name): datetime.fromisoformat(at) for name, at in json.loads(file.read_text()).items()}
    return {}


def _note(file: Path, orphans: dict[str, datetime]) -> None:
    part = file.with_name(f"{file.name}.part")
    part.write_text(json.dumps({name: at.isoformat() for name, at in sorted(orphans.items())}), encoding="utf-8")
    part.replace(file)
