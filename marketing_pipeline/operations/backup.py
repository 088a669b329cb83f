"""Backups: one folder with a consistent copy of a home that goes on working meanwhile, and a manifest of every byte.

The control plane and Dagster's history are copied by SQLite's online backup, the warehouse behind its gate. Secrets are
not in it, nor is the key of the audit log unless it is asked for: whoever has a backup with the key can forge history.
"""

import fcntl
import os
import re
import shutil
import sqlite3
from collections.abc import Generator
from contextlib import closing, contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

from sqlalchemy import make_url

from marketing_pipeline import __version__
from marketing_pipeline.domain.clock import Clock, aware
from marketing_pipeline.domain.errors import MarketingError
from marketing_pipeline.operations.backup_manifest import (
    NAME,
    BackedUpFile,
    BackupDamaged,
    Manifest,
    file_of,
    read_manifest,
    verify_backup,
)
from marketing_pipeline.operations.backup_parts import CONTROL_PLANE, KEY, BackupSource, Told, copy_home
from marketing_pipeline.store.home import Home
from marketing_pipeline.store.whole_file import sync

_WHOLE = re.compile(r"^marketing-\d{8}T\d{6}\d{6}Z$")


class BackupRefused(MarketingError):
    """There is nothing here that can be backed up in this way."""


class BackupFailed(MarketingError):
    """The backup could not be written. What was there before still stands."""


@dataclass(frozen=True)
class Backup:
    """A whole, verified backup; `dropped` are older ones that had to go."""

    path: Path
    manifest: Manifest
    dropped: tuple[Path, ...] = ()


def make_backup(
    source: BackupSource, folder: Path, *, real: Clock, keep: int | None = None, told: Told = lambda _: None
) -> Backup:
    """Write a backup into `folder`, verify it, and keep the newest `keep` of this world (None: all).

    It gets its name when it is whole: a process killed at any point leaves none. Raises BackupRefused for a control
    plane on Postgres or none yet, BackupFailed, BackupDamaged, WarehouseBusy.
    """
    control_plane = control_plane_file(source.home)
    if not control_plane.exists():
        raise BackupRefused(f"There is no control plane at {control_plane}.", "MARKETING_HOME names the home.")
    at = aware(real.now())
    name = f"marketing-{at:%Y%m%dT%H%M%S%f}Z"
    try:
        with _alone(folder):
            part = folder / f".{name}.part"
            part.mkdir()
            copy_home(source, control_plane, part, told)
            told("hashes")
            manifest = _describe(
                source, part, Manifest.model_validate({**_facts(part), "created_at": at, **_of(source)})
            )
            path = folder / name
            part.replace(path)
            sync(folder)
            told("verification")
            verify_backup(path)
            return Backup(path, manifest, _keep_newest(folder, source.world, keep))
    except (OSError, sqlite3.Error) as error:
        raise BackupFailed(
            f"The backup into {folder} failed: {error}. Earlier backups still stand.",
            "Check this user's rights there and the room on the disk.",
        ) from error


def whole_backups(folder: Path, world: str | None = None) -> list[tuple[Path, Manifest]]:
    """The backups in a folder, oldest first; those of one world alone, where it is given. Damaged manifests are out."""
    found: list[tuple[Path, Manifest]] = []
    for path in sorted(folder.iterdir()) if folder.is_dir() else ():
        if _WHOLE.match(path.name):
            with suppress(BackupDamaged):
                found.append((path, read_manifest(path)))
    return [(path, manifest) for path, manifest in found if world in (None, manifest.world)]


def control_plane_file(home: Home) -> Path:
    """The SQLite file of the control plane. Raises BackupRefused where it is on a server."""
    url = make_url(home.control_plane_url)
    if url.get_backend_name() != "sqlite" or url.database is None:
        raise BackupRefused(
            "The control plane is on a database server: this command copies SQLite files only.",
            "Use the server's own tools, such as `pg_dump --format=custom`, and copy the home's media, warehouse and"
            " audit.anchor beside it. After `pg_restore` the next claim sees that rows are missing and asks for"
            " `marketing reconcile`.",
        )
    return Path(url.database)


def _describe(source: BackupSource, part: Path, manifest: Manifest) -> Manifest:
    """Hash and flush every file, take damaged pictures out, and write the manifest last."""
    missing, files = list(manifest.missing_media), list[BackedUpFile]()
    for path in sorted(part.rglob("*")):
        if not path.is_file():
            continue
        file = file_of(part, path)
        if path.parent.name == "media" and path.stem != file.sha256:
            missing.append(path.stem)
            path.unlink()
            continue
        sync(path)
        files.append(file)
    sealed = manifest.model_copy(update={"files": tuple(files), "missing_media": tuple(sorted(missing))}).sealed()
    with (part / NAME).open("w", encoding="utf-8") as file:
        file.write(sealed.model_dump_json(indent=1) + "\n")
        file.flush()
        os.fsync(file.fileno())
    for folder in (part, *(path for path in part.rglob("*") if path.is_dir())):
        sync(folder)
    return sealed


def _of(source: BackupSource) -> dict[str, object]:
    key = source.with_key and (source.home.root / KEY).exists()
    return {"program": __version__, "world": source.world, "holds_key": key, "files": ()}


def _facts(part: Path) -> dict[str, object]:
    """What the copy of the control plane says, and which of its pictures are not there."""
    with closing(sqlite3.connect(part / CONTROL_PLANE)) as copy:
        [schema] = copy.execute("SELECT version_num FROM alembic_version").fetchone()
        head = copy.execute("SELECT sequence, mac FROM audit_log ORDER BY sequence DESC LIMIT 1").fetchone()
    there = {path.stem for path in (part / "media").glob("*.jpg")}
    return {
        "schema_version": schema,
        "audit_rows": head[0] if head else 0,
        "audit_head": head[1] if head else "",
        "missing_media": tuple(sorted(_named_pictures(part) - there)),
    }


def _named_pictures(part: Path) -> set[str]:
    """Pictures that the copy's posts and creatives name for certain."""
    with closing(sqlite3.connect(part / CONTROL_PLANE)) as copy:
        rows = copy.execute(
            "SELECT json_extract(each.value, '$.sha256') FROM creatives, json_each(creatives.media) AS each"
            " UNION SELECT each.value FROM effects, json_each(effects.payload, '$.media') AS each"
            " WHERE effects.kind = 'publish_post'"
        )
        return {name for (name,) in rows if name}


@contextmanager
def _alone(folder: Path) -> Generator[None]:
    """One backup into a folder at a time; what a killed one left is removed."""
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / ".backup.lock").open("a") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            raise BackupRefused(f"Another backup is being written to {folder}.", "Wait for it to end.") from error
        for stale in (*folder.glob(".marketing-*.part"), *folder.glob(".marketing-*.old")):
            shutil.rmtree(stale)
        try:
            yield
        finally:
            for stale in folder.glob(".marketing-*.part"):
                shutil.rmtree(stale, ignore_errors=True)


def _keep_newest(folder: Path, world: str, keep: int | None) -> tuple[Path, ...]:
    if keep is None:
        return ()
    old = [path for path, _ in whole_backups(folder, world)][: -max(keep, 1)]
    for path in old:
        # First out of sight: half of a backup must not pass for one.
        gone = folder / f".{path.name}.old"
        path.replace(gone)
        shutil.rmtree(gone)
    return tuple(old)
