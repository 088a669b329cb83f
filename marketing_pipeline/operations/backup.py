"""Backups: one folder with a consistent copy of a home that goes on working meanwhile, and a manifest of every byte.

The control plane and Dagster's history are copied by SQLite's online backup, a control plane on a server by `pg_dump`,
the warehouse behind its gate. Secrets are not in it, nor is the key of the audit log unless it is asked for: whoever
has a backup with the key can forge history.
"""

import fcntl
import os
import re
import shutil
import sqlite3
from collections.abc import Generator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

from sqlalchemy import make_url

from marketing_pipeline import __version__
from marketing_pipeline.domain.clock import Clock, aware
from marketing_pipeline.domain.errors import MarketingError
from marketing_pipeline.operations.backup_control_plane import CopiedControlPlane, is_on_a_server
from marketing_pipeline.operations.backup_manifest import (
    NAME,
    BackedUpFile,
    BackupDamaged,
    Manifest,
    file_of,
    read_manifest,
    verify_backup,
)
from marketing_pipeline.operations.backup_parts import KEY, BackupSource, Told, copy_home
from marketing_pipeline.store.home import Home
from marketing_pipeline.store.whole_file import sync

_WHOLE = re.compile(r"^marketing-\d{8}T\d{6}\d{6}Z$")


class BackupRefused(MarketingError):
    """There is nothing here that can be backed up in this way."""


class BackupFailed(MarketingError):
    """The backup could not be written. What was there before still stands."""


@dataclass(frozen=True)
class Backup:
    """A whole, verified backup; `dropped` are older ones that had to go.

    `without` names what is not in it, since a server keeps it.
    """

    path: Path
    manifest: Manifest
    dropped: tuple[Path, ...] = ()
    without: tuple[str, ...] = ()


def make_backup(
    source: BackupSource, folder: Path, *, real: Clock, keep: int | None = None, told: Told = lambda _: None
) -> Backup:
    """Write a backup into `folder`, verify it, and keep the newest `keep` of this world (None: all).

    It gets its name when it is whole: a process killed at any point leaves none. Raises BackupRefused where there is
    no control plane yet, BackupFailed, BackupDamaged, WarehouseBusy, ServerToolFailed.
    """
    _require_one(source.home)
    at = aware(real.now())
    name = f"marketing-{at:%Y%m%dT%H%M%S%f}Z"
    try:
        with _alone(folder):
            part = folder / f".{name}.part"
            part.mkdir()
            copied = copy_home(source, part, told)
            told("hashes")
            facts = {**_facts(source, copied, part), "created_at": at, **_of(source)}
            manifest = _describe(source, part, Manifest.model_validate(facts))
            path = folder / name
            part.replace(path)
            sync(folder)
            told("verification")
            verify_backup(path)
            dropped = _keep_newest(folder, source.world, keep)
            return Backup(path, manifest, dropped, _kept_elsewhere(source))
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


def _require_one(home: Home) -> None:
    if not is_on_a_server(home) and not Path(make_url(home.control_plane_url).database or "").exists():
        place = make_url(home.control_plane_url).database
        raise BackupRefused(f"There is no control plane at {place}.", "MARKETING_HOME names the home.")


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


def _kept_elsewhere(source: BackupSource) -> tuple[str, ...]:
    elsewhere = {
        "Dagster's history": source.dagster_elsewhere,
        f"the pictures in {source.media_elsewhere}": source.media_elsewhere,
        f"the warehouse in {source.warehouse_elsewhere}": source.warehouse_elsewhere,
    }
    return tuple(what for what, is_elsewhere in elsewhere.items() if is_elsewhere)


def _of(source: BackupSource) -> dict[str, object]:
    key = source.with_key and (source.home.root / KEY).exists()
    return {"program": __version__, "world": source.world, "holds_key": key, "files": ()}


def _facts(source: BackupSource, copied: CopiedControlPlane, part: Path) -> dict[str, object]:
    """What the copy of the control plane says, and which of its pictures are not there."""
    there = {path.stem for path in (part / "media").glob("*.jpg")}
    return {
        "schema_version": copied.schema_version,
        "audit_rows": copied.audit_rows,
        "audit_head": copied.audit_head,
        "missing_media": () if source.media_elsewhere else tuple(sorted(copied.named - there)),
        "media": source.media_elsewhere,
    }


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
