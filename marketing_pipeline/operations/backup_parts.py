"""Copying the parts of a home at work, each at one consistent moment."""

import os
import shutil
from collections.abc import Callable, Iterable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from marketing_pipeline.domain.identifiers import Sha256
from marketing_pipeline.operations.backup_control_plane import CopiedControlPlane, copy_control_plane, copy_database
from marketing_pipeline.store.home import Home
from marketing_pipeline.store.warehouse import Warehouse

KEY = "audit.key"
BRANDS = "brands"
Told = Callable[[str], None]


@dataclass(frozen=True)
class BackupSource:
    """What is backed up. `brands` is the folder of brands; `with_key` puts the key of the audit log in as well.

    `dagster_elsewhere`: Dagster's history is on a server, and files of it in the home are from an earlier time.
    `media_elsewhere`: where object storage keeps the pictures, which is theirs to keep; empty: they are in the home.
    `warehouse_elsewhere`: where object storage keeps the data of a lake; its projections are made anew from the
    control plane, its ad facts are read again from Google Ads.
    """

    home: Home
    brands: Path
    world: str
    with_key: bool = False
    dagster_elsewhere: bool = False
    media_elsewhere: str = ""
    warehouse_elsewhere: str = ""


def copy_home(source: BackupSource, part: Path, told: Told) -> CopiedControlPlane:
    """Copy a home without its secrets into the folder `part`; what the copy of the control plane says.

    Raises OSError, sqlite3.Error, ServerToolFailed, WarehouseBusy.
    """
    home = source.home
    told("audit anchor")
    # Before the control plane: what the anchor tells of must be in the copy.
    for file in (home.audit_anchor, home.clock_file, *([home.root / KEY] if source.with_key else [])):
        if file.exists():
            _copy(file, part / file.name)
    told("control plane")
    copied = copy_control_plane(home, part)
    if not source.media_elsewhere:
        told("media")
        _link_media(home.media, part, copied.referenced)
    if not source.warehouse_elsewhere:
        told("warehouse")
        _copy_warehouse(home.warehouse, part / "warehouse")
    told("Dagster history")
    for file in () if source.dagster_elsewhere else sorted(home.dagster.rglob("*.db")):
        with suppress(FileNotFoundError):
            copy_database(file, part / "dagster" / file.relative_to(home.dagster))
    told("brands")
    for file in sorted(source.brands.rglob("*")):
        if file.is_file() and not file.is_symlink():
            _copy(file, part / BRANDS / file.relative_to(source.brands))
    return copied


def _link_media(media: Path, part: Path, names: Iterable[Sha256]) -> None:
    """Pictures never change under their name, so a link is a copy that takes no room on the same disk."""
    target = part / "media"
    target.mkdir()
    for name in sorted(names):
        picture = media / f"{name}.jpg"
        if picture.exists():
            try:
                os.link(picture, target / picture.name)
            except OSError:  # another disk, or a file system without links
                shutil.copyfile(picture, target / picture.name)


def _copy_warehouse(folder: Path, target: Path) -> None:
    warehouse = Warehouse(folder)
    if not warehouse.path.exists():
        return
    target.mkdir()
    with warehouse.exclusive():
        warehouse.checkpoint()
        shutil.copyfile(warehouse.path, target / warehouse.path.name)


def _copy(source: Path, target: Path) -> None:
    target.parent.mkdir(parents=True, exist_ok=True)
    shutil.copyfile(source, target)
    target.chmod(source.stat().st_mode & 0o777)
