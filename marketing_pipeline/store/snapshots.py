"""Published snapshots: versioned copies of the warehouse that analysts keep open for as long as they like."""

import re
import secrets
import shutil
from contextlib import suppress
from pathlib import Path

from marketing_pipeline.store.kept_views import keep_views
from marketing_pipeline.store.warehouse import Warehouse, WarehouseUnwritable, gate
from marketing_pipeline.store.whole_file import sync

KEEP = 5
LINK = "current.duckdb"
BRAND_COPIES = "brand_snapshots"
"""Folder of the warehouse with copies for people who may not see every brand: in it one folder a snapshot."""
_VERSION = re.compile(r"^(\d{6,})-[0-9a-f]{6}\.duckdb$")


def publish_snapshot(warehouse: Warehouse, keep: int = KEEP) -> Path:
    """Copy the warehouse to `snapshots/<version>.duckdb`, lead `current.duckdb` there, and keep the newest `keep`.

    A process killed at any point leaves the link on a whole snapshot; the next call clears up. Writers wait for the
    length of one file copy (0.01 s for 9 MB, 1 s for 820 MB); the rows of `KEPT_VIEWS` are worked out after that. Who
    has an older snapshot open goes on reading it, even after it is pruned. Two at once take turns. Returns the new
    file. Raises what Warehouse does.
    """
    import duckdb

    folder, link = warehouse.folder / "snapshots", warehouse.folder / LINK
    with gate(warehouse.folder / "publication.lock", warehouse.patience_s):
        try:
            folder.mkdir(exist_ok=True)
            _clear(folder, link)
            target = folder / _next_version(folder)
            part = target.with_suffix(".part")
            _copy(warehouse, part)
            keep_views(part)
            _finish(part, target)
            _point(link, target)
            _prune(folder, keep)
        except (OSError, duckdb.IOException) as error:
            why = error.strerror if isinstance(error, OSError) else str(error).partition("\n")[0]
            raise WarehouseUnwritable(
                f"No snapshot could be published in {folder}: {why}. The last one still stands.",
                "Check this user's rights there and the room on the disk.",
            ) from error
    return target


def newest_snapshot(folder: Path) -> Path | None:
    """The whole path of the snapshot that `current.duckdb` in a warehouse folder leads to, or None before the first."""
    with suppress(FileNotFoundError):
        return (folder / LINK).resolve(strict=True)
    return None


def _clear(folder: Path, link: Path) -> None:
    """Remove what a killed publication left. The gate is held, so nobody is at work on these."""
    for stale in folder.glob("*.part*"):
        stale.unlink()
    for stale in folder.glob("*.spill"):
        shutil.rmtree(stale, ignore_errors=True)
    _beside(link).unlink(missing_ok=True)


def _next_version(folder: Path) -> str:
    """Counted up, and never twice the same: DuckDB would serve an old file of the same path from its cache."""
    last = max((number for number, _ in _versions(folder)), default=0)
    return f"{last + 1:06d}-{secrets.token_hex(3)}.duckdb"


def _copy(warehouse: Warehouse, part: Path) -> None:
    with warehouse.exclusive():
        warehouse.checkpoint()
        shutil.copyfile(warehouse.path, part)


def _finish(part: Path, target: Path) -> None:
    part.chmod(0o444)
    sync(part)
    part.replace(target)
    sync(target.parent)


def _point(link: Path, target: Path) -> None:
    beside = _beside(link)
    beside.symlink_to(target.relative_to(link.parent))
    beside.replace(link)
    sync(link.parent)


def _prune(folder: Path, keep: int) -> None:
    for _, path in _versions(folder)[: -max(keep, 1)]:
        path.unlink()
    kept = {path.stem for _, path in _versions(folder)}
    for copies in folder.with_name(BRAND_COPIES).glob("*"):
        if copies.name not in kept:
            shutil.rmtree(copies, ignore_errors=True)


def _beside(link: Path) -> Path:
    return link.with_name(f".{link.name}.next")


def _versions(folder: Path) -> list[tuple[int, Path]]:
    """Snapshots with their numbers, oldest first."""
    named = ((_VERSION.match(path.name), path) for path in folder.iterdir())
    return sorted((int(match.group(1)), path) for match, path in named if match)
