"""Exports: the tables and views of a snapshot as Parquet or CSV files in a folder, with a manifest."""

import json
import os
import shutil
from collections.abc import Callable, Sequence
from contextlib import closing
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Any

from marketing_pipeline.domain.errors import MarketingError, NotFound
from marketing_pipeline.domain.identifiers import BrandId
from marketing_pipeline.store.brand_snapshot import brand_snapshot
from marketing_pipeline.store.home import Home
from marketing_pipeline.store.open_snapshot import attach_snapshot, literal, published_snapshot
from marketing_pipeline.store.warehouse_schema import quoted

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

MANIFEST = "manifest.json"


class ExportFormat(StrEnum):
    """How tables are written."""

    PARQUET = "parquet"
    CSV = "csv"


class ExportRefused(MarketingError):
    """The folder holds something that an export must not overwrite, or cannot be written. It is as it was."""


@dataclass(frozen=True)
class ExportedTable:
    """One file of an export. `kind` is table or view."""

    name: str
    kind: str
    file: str
    rows: int


@dataclass(frozen=True)
class Export:
    """What an export holds. `published_at` is when its snapshot was, in real time; `brands` is empty for all."""

    snapshot: str
    published_at: datetime
    format: ExportFormat
    brands: tuple[BrandId, ...]
    tables: tuple[ExportedTable, ...]

    def as_json(self) -> dict[str, Any]:
        """The content of the manifest."""
        return {**asdict(self), "published_at": self.published_at.isoformat()}


def export_snapshot(
    home: Home,
    to: Path,
    *,
    tables: Sequence[str] = (),
    format: ExportFormat = ExportFormat.PARQUET,
    brands: frozenset[BrandId] | None = None,
    replace: bool = False,
    told: Callable[[str], None] = lambda _: None,
) -> Export:
    """Write tables and views of the newest snapshot (`tables`; none named: all) to a folder, one file each.

    The folder appears whole, with its manifest, or not at all. One that holds anything is refused; with `replace` an
    earlier export gives way, and nothing else ever does. `told` is given the name of each table as it is begun. Raises
    NoSnapshot, SnapshotUnreadable, NotFound for a table that is not there, or ExportRefused.
    """
    import duckdb

    snapshot = published_snapshot(home)
    path = snapshot if brands is None else brand_snapshot(home, brands)
    _require_free(to, replace=replace)
    part = to.with_name(f".{to.name}.part")
    try:
        shutil.rmtree(part, ignore_errors=True)
        part.mkdir(parents=True)
        with closing(duckdb.connect(config={"threads": 2})) as connection:
            attach_snapshot(connection, path)
            written = tuple(_write(connection, *each, part, format, told) for each in _chosen(connection, tables))
        published_at = datetime.fromtimestamp(snapshot.stat().st_mtime, UTC)
        export = Export(snapshot.name, published_at, format, tuple(sorted(brands or ())), written)
        (part / MANIFEST).write_text(json.dumps(export.as_json(), indent=2) + "\n", encoding="utf-8")
        if to.exists():
            shutil.rmtree(to)
        part.replace(to)
    except (OSError, duckdb.IOException) as error:
        raise ExportRefused(
            f"{to} cannot be written: {error}.", "Check this user's rights there, and the disk."
        ) from error
    finally:
        shutil.rmtree(part, ignore_errors=True)
    return export


def _require_free(to: Path, *, replace: bool) -> None:
    if not to.exists():
        return
    found = sorted(os.listdir(to)) if to.is_dir() else [to.name]
    if not found and to.is_dir():
        return
    if not _is_export(to, found):
        raise ExportRefused(
            f"{to} holds {found[0]}, which is no part of an export.", "Name a folder that is new or empty."
        )
    if not replace:
        raise ExportRefused(f"{to} holds an export already.", "Name another folder, or say --replace.")


def _is_export(folder: Path, found: Sequence[str]) -> bool:
    """Whether a folder holds an export and nothing that its manifest does not name."""
    try:
        files = {table["file"] for table in json.loads((folder / MANIFEST).read_text(encoding="utf-8"))["tables"]}
    except (OSError, ValueError, KeyError, TypeError):
        return False
    return set(found) <= {*files, MANIFEST}


def _chosen(connection: "DuckDBPyConnection", tables: Sequence[str]) -> list[tuple[str, str]]:
    """Names and kinds, tables first. Raises NotFound."""
    there: dict[str, str] = dict(
        connection.execute(
            "SELECT table_name, 'table' FROM duckdb_tables() WHERE database_name = 'marketing'"
            " UNION ALL SELECT view_name, 'view' FROM duckdb_views() WHERE database_name = 'marketing' AND NOT internal"
            " ORDER BY ALL"
        ).fetchall()
    )
    for name in tables:
        if name not in there:
            raise NotFound(f"The snapshot has no table or view {name!r}.", f"It has: {', '.join(there)}.")
    wanted = set(tables or there)
    return sorted(((name, kind) for name, kind in there.items() if name in wanted), key=lambda each: each[::-1])


def _write(
    connection: "DuckDBPyConnection",
    name: str,
    kind: str,
    folder: Path,
    format: ExportFormat,
    told: Callable[[str], None],
) -> ExportedTable:
    told(name)
    file = f"{name}.{format}"
    options = "FORMAT parquet, COMPRESSION zstd" if format is ExportFormat.PARQUET else "FORMAT csv, HEADER"
    counted = connection.execute(f"COPY (FROM {quoted(name)}) TO {literal(folder / file)} ({options})").fetchone()
    return ExportedTable(name, kind, file, int(counted[0]) if counted else 0)
