"""Copying the parts of a home at work, each at one consistent moment."""

import os
import shutil
import sqlite3
from collections.abc import Callable
from contextlib import closing, suppress
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote

from sqlalchemy import create_engine

from marketing_pipeline.store.home import Home
from marketing_pipeline.store.media_references import referenced_media
from marketing_pipeline.store.warehouse import Warehouse

CONTROL_PLANE = "control_plane.sqlite"
KEY = "audit.key"
BRANDS = "brands"
_WAIT_S = 60.0
Told = Callable[[str], None]


@dataclass(frozen=True)
class BackupSource:
    """What is backed up. `brands` is the folder of brands; `with_key` puts the key of the audit log in as well."""

    home: Home
    brands: Path
    world: str
    with_key: bool = False


def copy_home(source: BackupSource, control_plane: Path, part: Path, told: Told) -> None:
    """Copy a home without its secrets into the folder `part`. Raises OSError, sqlite3.Error, WarehouseBusy."""
    home = source.home
    told("audit anchor")
    # Before the control plane: what the anchor tells of must be in the copy.
    for file in (home.audit_anchor, home.clock_file, *([home.root / KEY] if source.with_key else [])):
        if file.exists():
            _copy(file, part / file.name)
    told("control plane")
    _copy_database(control_plane, part / CONTROL_PLANE)
    told("media")
    _link_media(home.media, part)
    told("warehouse")
    _copy_warehouse(home.warehouse, part / "warehouse")
    told("Dagster history")
    for file in sorted(home.dagster.rglob("*.db")):
        with suppress(FileNotFoundError):
            _copy_database(file, part / "dagster" / file.relative_to(home.dagster))
    told("brands")
    for file in sorted(source.brands.rglob("*")):
        if file.is_file() and not file.is_symlink():
            _copy(file, part / BRANDS / file.relative_to(source.brands))


def _copy_database(source: Path, target: Path) -> None:
    """One consistent moment of a database that others write, as a single file."""
    target.parent.mkdir(parents=True, exist_ok=True)
    address = f"file:{quote(str(source.absolute()))}?mode=ro"
    with (
        closing(sqlite3.connect(address, uri=True, timeout=_WAIT_S)) as live,
        closing(sqlite3.connect(target)) as copy,
    ):
        live.backup(copy)
        copy.execute("PRAGMA journal_mode = DELETE").close()


def _link_media(media: Path, part: Path) -> None:
    """Pictures never change under their name, so a link is a copy that takes no room on the same disk."""
    target = part / "media"
    target.mkdir()
    engine = create_engine(f"sqlite:///{part / CONTROL_PLANE}")
    try:
        with engine.connect() as connection:
            names = sorted(referenced_media(connection))
    finally:
        engine.dispose()
    for name in names:
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
