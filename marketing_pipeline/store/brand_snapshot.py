"""Snapshots of some brands alone: copies that hold no row of another brand, for people who may not see every brand."""

import shutil
from collections.abc import Mapping
from contextlib import closing, suppress
from pathlib import Path
from typing import TYPE_CHECKING

from marketing_pipeline.domain.identifiers import BrandId, short_hash
from marketing_pipeline.store.home import Home
from marketing_pipeline.store.open_snapshot import literal, published_snapshot, unreadable
from marketing_pipeline.store.snapshots import BRAND_COPIES
from marketing_pipeline.store.warehouse import PATIENCE_S, gate
from marketing_pipeline.store.warehouse_schema import quoted
from marketing_pipeline.store.whole_file import sync

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

PARENTS: Mapping[str, tuple[str, str]] = {
    "post_variations": ("post", "posts"),
    "creatives": ("post", "posts"),
    "evaluations": ("post", "posts"),
    "image_jobs": ("post", "posts"),
    "effect_attempts": ("effect", "effects"),
    "eval_cases": ("run", "eval_runs"),
    "eval_scores": ("run", "eval_runs"),
    "experiment_posts": ("post", "posts"),
}
"""Tables without a brand of their own: the column that leads to the row whose brand is theirs, and its table."""

PRIVATE = ("conversations",)
"""Tables with a brand that stay empty: what another person asked may tell of brands that they see."""

_TRIES = 3


def brand_snapshot(home: Home, brands: frozenset[BrandId]) -> Path:
    """The newest snapshot cut down to these brands, made unless it is there.

    It holds the rows that carry one of the brands, rows of posts and effects of theirs, every view over those, and the
    times of `projection_progress`. Every other table is there and empty, and so are rows without a brand. Several who
    ask at once wait for one to build it. It goes when its snapshot is pruned. Raises NoSnapshot, SnapshotUnreadable,
    or WarehouseBusy.
    """
    snapshot = published_snapshot(home)
    for _ in range(_TRIES):
        # A snapshot that is pruned while it is copied takes its copies along: then the newer one is copied.
        with suppress(FileNotFoundError):
            return _copy_of(home, snapshot, brands)
        snapshot = published_snapshot(home)
    raise unreadable(snapshot, "it was pruned while it was read")


def _copy_of(home: Home, snapshot: Path, brands: frozenset[BrandId]) -> Path:
    folder = home.warehouse / BRAND_COPIES / snapshot.stem
    copy = folder / f"{short_hash(*sorted(brands), length=32)}.duckdb"
    if copy.exists():
        return copy
    with gate(home.warehouse / f"{BRAND_COPIES}.lock", PATIENCE_S):
        if not copy.exists():
            folder.mkdir(parents=True, exist_ok=True)
            _build(snapshot, copy, brands)
    return copy


def _build(snapshot: Path, copy: Path, brands: frozenset[BrandId]) -> None:
    import duckdb

    # In a folder of its own, since DuckDB keeps a log beside the file. The gate is held: what stands there was left.
    workshop = copy.parent / "building"
    shutil.rmtree(workshop, ignore_errors=True)
    workshop.mkdir()
    part = workshop / copy.name
    try:
        with closing(duckdb.connect(config={"threads": 2})) as connection:
            connection.execute(f"ATTACH {literal(snapshot)} AS whole (READ_ONLY)")
            connection.execute(f"ATTACH {literal(part)} AS part")
            connection.execute("COPY FROM DATABASE whole TO part (SCHEMA)")
            _fill(connection, sorted(brands))
            connection.execute("DETACH part")
    except duckdb.Error as error:
        if not snapshot.exists() or not workshop.exists():
            raise FileNotFoundError(snapshot) from error
        raise unreadable(snapshot, str(error).partition("\n")[0]) from error
    part.chmod(0o444)
    sync(part)
    part.replace(copy)
    workshop.rmdir()
    sync(copy.parent)


def _fill(connection: "DuckDBPyConnection", brands: list[BrandId]) -> None:
    connection.begin()
    tables = _tables(connection)
    for table, columns in tables.items():
        chosen = _chosen(table, columns)
        if chosen is not None:
            name = quoted(table)
            connection.execute(f"INSERT INTO part.{name} SELECT t.* FROM whole.{name} AS t {chosen}", [brands])  # noqa: S608
    if "projection_progress" in tables:
        # When it was read, which says nothing of any brand; how many rows there were does.
        connection.execute(
            "INSERT INTO part.projection_progress BY NAME"
            " SELECT table_name, projected_at, schema_version FROM whole.projection_progress"
        )
    connection.commit()


def _chosen(table: str, columns: frozenset[str]) -> str | None:
    """What leads to the rows of a table that belong to the brands; None where none does."""
    if table in PRIVATE:
        return None
    if "brand" in columns:
        return "WHERE t.brand IN (SELECT unnest($1))"
    if table not in PARENTS:
        return None
    column, parent = PARENTS[table]
    return f"SEMI JOIN (FROM whole.{quoted(parent)} WHERE brand IN (SELECT unnest($1))) AS p ON p.id = t.{column}"


def _tables(connection: "DuckDBPyConnection") -> dict[str, frozenset[str]]:
    """The tables of the snapshot with their columns."""
    rows = connection.execute(
        "SELECT table_name, list(column_name) FROM duckdb_columns() JOIN duckdb_tables()"
        " USING (database_name, schema_name, table_name) WHERE database_name = 'whole' GROUP BY table_name"
    ).fetchall()
    return {table: frozenset(columns) for table, columns in rows}
