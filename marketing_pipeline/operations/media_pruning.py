"""Pictures that nothing in the control plane names: noted first, removed when they stay so for days."""

import json
from contextlib import suppress
from datetime import datetime, timedelta

from marketing_pipeline.domain.identifiers import Sha256
from marketing_pipeline.operations.pruned import Pruned
from marketing_pipeline.store.database import Database
from marketing_pipeline.store.media import MediaStore, StoredPicture
from marketing_pipeline.store.media_references import referenced_media

SETTLED = timedelta(hours=1)
"""Storing a picture again gives it a new time: it may be about to be named."""


def prune_media(
    database: Database, media: MediaStore, *, now: datetime, kept: timedelta, real_now: datetime, dry_run: bool
) -> Pruned:
    """Remove pictures that were orphans at every look for `kept`, and that nobody stored again since.

    `now` is the time of the home, `real_now` that of whoever keeps the pictures. What any row but the audit log's
    names is no orphan. When each was first seen as one is noted beside the pictures. Raises BucketFailed.
    """
    # Pictures first: one that is stored and named meanwhile is then named, or not looked at.
    present = {each.sha256: each for each in media.stored()}
    with database.read() as connection:
        named = referenced_media(connection)
    before, settled = _noted(media.notes()), real_now - SETTLED
    orphans = {name: before.get(name, now) for name in present if name not in named}
    removable = [
        present[name] for name, since in orphans.items() if now - since >= kept and present[name].stored_at <= settled
    ]
    gone = removable if dry_run else _removed(media, removable, settled)
    waiting = orphans.keys() - {each.sha256 for each in gone}
    if not dry_run:
        media.note(_notes({name: orphans[name] for name in waiting}))
    return Pruned(
        what="pictures",
        count=len(gone),
        byte_count=sum(each.byte_count for each in gone),
        note=f"{len(waiting)} more are named by nothing so far",
    )


def _removed(media: MediaStore, removable: list[StoredPicture], settled: datetime) -> list[StoredPicture]:
    gone = frozenset(media.remove([each.sha256 for each in removable], settled))
    return [each for each in removable if each.sha256 in gone]


def _noted(content: bytes) -> dict[Sha256, datetime]:
    with suppress(ValueError, AttributeError, TypeError):
        return {Sha256(name): datetime.fromisoformat(at) for name, at in json.loads(content).items()}
    return {}


def _notes(orphans: dict[Sha256, datetime]) -> bytes:
    return json.dumps({name: at.isoformat() for name, at in sorted(orphans.items())}).encode()
