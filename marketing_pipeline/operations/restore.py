"""Putting a backup back: a new home is made of it beside the old one, with effects blocked, and takes its place.

The old home is kept. A process killed at any point leaves the old home in its place, or the whole new one.
"""

import os
import shutil
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from sqlalchemy import make_url

from marketing_pipeline.domain.clock import Clock
from marketing_pipeline.domain.errors import MarketingError
from marketing_pipeline.operations.backup_control_plane import CONTROL_PLANE, DUMP, is_on_a_server
from marketing_pipeline.operations.backup_manifest import Manifest, damaged, verify_backup
from marketing_pipeline.operations.backup_parts import BRANDS, KEY
from marketing_pipeline.operations.restored_database import StagedDatabase
from marketing_pipeline.operations.swapped_folder import aside_of, swap
from marketing_pipeline.store.control_plane import ControlPlane
from marketing_pipeline.store.heartbeats import Heartbeats
from marketing_pipeline.store.home import Home
from marketing_pipeline.store.migrations import HEAD
from marketing_pipeline.store.whole_file import sync

_OF_THE_BACKUP = frozenset({CONTROL_PLANE, DUMP, "media", "warehouse", "dagster", "audit.anchor", "clock.json"})
_NOT_TAKEN_OVER = frozenset({"up.lock", "clock.json.lock", f"{CONTROL_PLANE}-wal", f"{CONTROL_PLANE}-shm"})


class RestoreRefused(MarketingError):
    """The backup cannot be put here. Nothing was changed."""


@dataclass(frozen=True)
class Restored:
    """A home made of a backup. `replaced` is where the old one is kept; `brands` where its folder of brands lies.

    `replaced_database` is the name that the old database has on its server now.
    """

    home: Path
    manifest: Manifest
    replaced: Path | None
    brands: Path
    replaced_database: str | None = None


@dataclass(frozen=True)
class RestoreOrder:
    """What is put where. `key` gives the key of the audit log once the new home stands at the path it is given."""

    backup: Path
    home: Home
    world: str
    key: Callable[[Path], bytes]
    actor: str


def restore(order: RestoreOrder, *, real: Clock, told: Callable[[str], None] = lambda _: None) -> Restored:
    """Make a home of a backup, block its effects, and let it take the place of the home that is there.

    The caller holds the lock of the home. Raises BackupDamaged, RestoreRefused for a home at work, another world, a
    newer schema, a key that is not the backup's or a control plane of the other engine, and, where that is on a
    server, ServerToolFailed, DatabaseUnreachable and DatabaseUnwritable.
    """
    root = order.home.root.absolute()
    told("verification")
    manifest = verify_backup(order.backup)
    _require_fitting(order, manifest)
    _finish_swap(root)
    _require_still(order.home, real)
    staged = root.with_name(f".{root.name}.restoring")
    shutil.rmtree(staged, ignore_errors=True)
    database = StagedDatabase(order.home.database_url) if is_on_a_server(order.home) else None
    replaced_database = None
    try:
        told("copying")
        _stage(order, manifest, staged)
        if database is not None:
            database.fill(staged / DUMP)
            (staged / DUMP).unlink()
        told("opening")
        _block(order, manifest, Home(staged, "" if database is None else database.url))
        _flush(staged)
        told("taking its place")
        # First, where a process killed in between does no harm: the old home's anchor knows more than this database.
        if database is not None:
            replaced_database = database.take_place(real.now())
        replaced = _take_place(root, staged, real.now())
    except OSError as error:
        raise RestoreRefused(
            f"The backup could not be put at {root}: {error}. The home there is as it was.",
            "Check this user's rights there and the room on the disk; a home that is a mount point cannot be replaced.",
        ) from error
    finally:
        shutil.rmtree(staged, ignore_errors=True)
        if database is not None:
            database.remove()
    return Restored(root, manifest, replaced, root / BRANDS, replaced_database)


def _require_fitting(order: RestoreOrder, manifest: Manifest) -> None:
    if manifest.world != order.world:
        raise RestoreRefused(
            f"The backup {order.backup} is of the world {manifest.world!r}; these settings ask for {order.world!r}.",
            "Set MARKETING_MODE, MARKETING_SANDBOX_SEED and MARKETING_HOME for that world.",
        )
    if manifest.schema_version > HEAD:
        raise RestoreRefused(
            f"The backup was made by a newer version of this program ({manifest.program}, schema"
            f" {manifest.schema_version}; this one knows {HEAD}).",
            "Upgrade this installation first.",
        )
    dumped = any(file.path == DUMP for file in manifest.files)
    if dumped != is_on_a_server(order.home):
        there, here = ("a PostgreSQL server", "a SQLite file") if dumped else ("a SQLite file", "a PostgreSQL server")
        raise RestoreRefused(
            f"The backup's control plane was {there}; MARKETING_DATABASE_URL asks for {here}.",
            "Name a database on a server in it." if dumped else "Leave it empty for a home that keeps its own file.",
        )
    own = order.home.root.absolute() / CONTROL_PLANE
    if not dumped and make_url(order.home.control_plane_url).database != str(own):
        raise RestoreRefused(
            "MARKETING_DATABASE_URL puts the control plane outside the home.",
            f"Leave it empty, or copy {CONTROL_PLANE} of the backup there by hand and run `marketing reconcile`.",
        )


def _require_still(home: Home, real: Clock) -> None:
    """Raise RestoreRefused when anything works in the home. A database that cannot be read says nothing."""
    if not _is_there(home):
        return
    alive: tuple[str, ...] = ()
    with suppress(MarketingError):
        database = home.open_database()
        try:
            alive = Heartbeats(database, real).at_work()
        finally:
            database.close()
    if alive:
        raise RestoreRefused(
            f"The home {home.root} is at work: {', '.join(alive)}.",
            "End `marketing up` and every run first; a process that was killed counts as alive for two minutes.",
        )


def _is_there(home: Home) -> bool:
    """Whether there is a control plane: looking must not make one."""
    if is_on_a_server(home):
        return StagedDatabase(home.database_url).is_there
    return (home.root / CONTROL_PLANE).exists()


def _stage(order: RestoreOrder, manifest: Manifest, staged: Path) -> None:
    staged.mkdir()
    for file in manifest.files:
        target = staged / file.path
        target.parent.mkdir(parents=True, exist_ok=True)
        # Copied, never linked: the home must not share its files with its backup.
        shutil.copyfile(order.backup / file.path, target)
        target.chmod((order.backup / file.path).stat().st_mode & 0o777)
    root = order.home.root
    if not root.exists():
        return
    for kept in root.iterdir():
        # The world outside (a sandbox), the key and the time of this home go on.
        target = staged / kept.name
        if kept.name == order.home.clock_file.name:
            shutil.copy2(kept, target)
        elif kept.name in _OF_THE_BACKUP | _NOT_TAKEN_OVER or target.exists():
            continue
        elif kept.is_dir():
            shutil.copytree(kept, target, symlinks=True)
        else:
            shutil.copy2(kept, target)


def _block(order: RestoreOrder, manifest: Manifest, home: Home) -> None:
    """Open the new home, migrate it, see that it is what the manifest says, and open its reconciliation."""
    database = home.open_database()
    try:
        plane = ControlPlane.of(database, order.key(home.root), home.audit_anchor)
        with database.read() as connection:
            verdict = plane.audit.verify(connection, home.audit_anchor)
        if not verdict.intact or verdict.rows != manifest.audit_rows:
            raise RestoreRefused(
                f"The audit log of the backup cannot be verified. {verdict.problem}",
                f"Set MARKETING_AUDIT_KEY (or put {KEY} into the home) as it was when the backup was made.",
            )
        home.bind(database, order.world)
        reason = f"restored from {order.backup.name}, made {manifest.created_at:%Y-%m-%d %H:%M} UTC"
        with database.write() as connection:
            plane.reconciliations.begin(connection, reason=reason, actor=order.actor)
        plane.reconciliations.anchor(database)
    finally:
        database.close()
    if not (home.database_url or (home.root / CONTROL_PLANE).exists()):
        raise damaged(order.backup, f"{CONTROL_PLANE} is missing")


def _take_place(root: Path, staged: Path, now: datetime) -> Path | None:
    replaced = None
    if root.exists():
        # It gets its name before they change places: under the other one it would be taken for what may be removed.
        replaced = staged.rename(root.with_name(f"{root.name}.replaced-{now:%Y%m%dT%H%M%S%f}Z"))
        swap(root, replaced)
        if not {path.name for path in replaced.iterdir()} - _NOT_TAKEN_OVER:
            shutil.rmtree(replaced)
            replaced = None
    else:
        staged.rename(root)
    sync(root.parent)
    return replaced


def _finish_swap(root: Path) -> None:
    """A restore that was killed while two folders changed places in three acts: the old home goes back."""
    aside = aside_of(root)
    if aside.exists() and not root.exists():
        aside.rename(root)
    elif aside.exists():
        aside.rename(root.with_name(f"{root.name}.replaced-{os.urandom(3).hex()}"))


def _flush(staged: Path) -> None:
    for path in (*staged.rglob("*"), staged):
        if not path.is_symlink():
            sync(path)
