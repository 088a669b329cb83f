"""The lake as a file of this machine, brought up to date by what changed: snapshots are published from it."""

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from marketing_pipeline.store.ad_schema import AD_TABLES
from marketing_pipeline.store.lake import COPY, Lake, version_read
from marketing_pipeline.store.lake_schema import words_on_views
from marketing_pipeline.store.lake_session import LAKE
from marketing_pipeline.store.projected_tables import PROJECTED_TABLES, ProjectedTable
from marketing_pipeline.store.projections import OVERLAP, OVERLAP_ROWS, is_filled
from marketing_pipeline.store.snapshots import newest_snapshot, publish_snapshot
from marketing_pipeline.store.warehouse import Warehouse, gate
from marketing_pipeline.store.warehouse_schema import quoted

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

_VERSION = "lake_version"
_FOLLOWED = {projected.name: projected for projected in PROJECTED_TABLES if projected.follows}
_ROWS = {"tables_inserted_into", "tables_deleted_from", "inlined_insert", "inlined_delete"}
_SAME_ROWS = {"flushed_inlined", "inline_flush", "compacted_table", "merge_adjacent", "rewrite_delete"}
"""Kinds of commits: those that change rows, and those that put the same rows in other files."""


class Mirror(Warehouse):
    """The file `mirror.duckdb`. Nobody reads or writes it but those who follow the lake and publish from it."""

    def __init__(self, folder: Path) -> None:
        super().__init__(folder)
        self.path = folder / "mirror.duckdb"


def publish_lake(lake: Lake) -> Path:
    """The newest snapshot on this machine, published first if the lake has changed since the last one.

    Where it has not, that takes some milliseconds. Writers of the lake wait for nothing, nor do those of other
    machines; two at once on one machine take turns. Raises what Lake and `publish_snapshot` do.
    """
    mirror = Mirror(lake.folder)
    with gate(lake.folder / "following.lock", lake.patience_s):
        moved = follow(lake, mirror)
        newest = newest_snapshot(lake.folder)
        return publish_snapshot(mirror) if moved or newest is None else newest


def follow(lake: Lake, mirror: Mirror) -> bool:
    """Bring the mirror up to date with the lake, and say whether anything had changed. The caller holds its gate.

    Of what changed only new rows are read, as in a projection; everything is, when the mirror is missing, damaged, or
    so old that the lake has forgotten what changed since. A process killed meanwhile leaves the mirror as it was.
    """
    held = _held(mirror)
    if held is not None and held == lake.version():
        return False
    if held is None or not _follow_changes(lake, mirror, held):
        _copy(lake, mirror)
    return True


def _held(mirror: Mirror) -> int | None:
    """The version of the lake that the mirror holds; None where it is of no use."""
    import duckdb

    if not mirror.path.exists():
        return None
    try:
        with duckdb.connect(mirror.path, read_only=True) as connection:
            found = connection.execute(f"SELECT version FROM {_VERSION}").fetchone()  # noqa: S608
    except duckdb.Error:
        return None
    return int(found[0]) if found else None


def _copy(lake: Lake, mirror: Mirror) -> None:
    part = mirror.path.with_suffix(".part")
    lake.folder.mkdir(parents=True, exist_ok=True)
    for stale in (part, part.with_name(f"{part.name}.wal")):
        stale.unlink(missing_ok=True)
    with lake.beside(part) as connection:
        connection.execute(f"COPY FROM DATABASE {LAKE} TO {COPY}")
        connection.execute(f"CREATE TABLE {COPY}.{_VERSION} AS SELECT {version_read(connection)} AS version")
        connection.execute(f"COMMENT ON TABLE {COPY}.{_VERSION} IS 'Which commit of the lake this is a copy of'")
        connection.execute(f"COMMENT ON COLUMN {COPY}.{_VERSION}.version IS 'Its number'")
        if is_filled(connection):
            connection.execute(f"USE {COPY}")
            connection.execute("\n".join(words_on_views()))
    mirror.path.with_name(f"{mirror.path.name}.wal").unlink(missing_ok=True)
    part.replace(mirror.path)


def _follow_changes(lake: Lake, mirror: Mirror, held: int) -> bool:
    """Whether what changed since is known, and was brought."""
    with lake.beside(mirror.path) as connection:
        changed = _changed_tables(connection, held)
        if changed is None:
            return False
        for table in changed:
            _bring(connection, table, changed)
        connection.execute(f"UPDATE {COPY}.{_VERSION} SET version = {version_read(connection)}")  # noqa: S608
    return True


def _changed_tables(connection: "DuckDBPyConnection", held: int) -> list[str] | None:
    """Tables whose rows changed since a version, the collections of ads last; None where more may have changed."""
    commits = connection.execute(
        f"SELECT snapshot_id, schema_version, changes FROM {LAKE}.snapshots() WHERE snapshot_id >= ?"  # noqa: S608
        " ORDER BY snapshot_id",
        [held],
    ).fetchall()
    if not commits or commits[0][0] != held or commits[-1][1] != commits[0][1]:
        return None
    numbers: set[str] = set()
    for _, _, changes in commits[1:]:
        if not changes.keys() <= _ROWS | _SAME_ROWS:
            return None
        for kind in _ROWS & changes.keys():
            numbers.update(changes[kind])
    names = connection.execute(
        f"SELECT table_name FROM ducklake_table_info('{LAKE}') WHERE list_contains(?, table_id::VARCHAR)",  # noqa: S608
        [sorted(numbers)],
    ).fetchall()
    return sorted((name for (name,) in names), key=lambda name: (name == "ad_collections", name))


def _bring(connection: "DuckDBPyConnection", table: str, changed: Sequence[str]) -> None:
    if table in AD_TABLES:
        _bring_ads(connection, table)
    elif not (table in _FOLLOWED and _bring_new(connection, _FOLLOWED[table])):
        _replace(connection, table, "true")


def _bring_ads(connection: "DuckDBPyConnection", table: str) -> None:
    """The brands of which a reading came in: every change of ad facts leaves a row of its collection."""
    brands = connection.execute(
        f"SELECT DISTINCT brand FROM (FROM {LAKE}.ad_collections EXCEPT FROM {COPY}.ad_collections)"  # noqa: S608
    ).fetchall()
    _replace(connection, table, "list_contains(?, brand)", [[brand for (brand,) in brands]])


def _bring_new(connection: "DuckDBPyConnection", projected: ProjectedTable) -> bool:
    """Rows since the newest that is here, and some before; whether the table now has as many rows as in the lake."""
    name, follows = quoted(projected.name), quoted(projected.follows or "")
    found = connection.execute(f"SELECT max({follows}) FROM {COPY}.{name}").fetchone()  # noqa: S608
    newest = found[0] if found else None
    if newest is None:
        return False
    since = newest - (OVERLAP_ROWS if isinstance(newest, int) else OVERLAP)
    _replace(connection, projected.name, f"{follows} >= ?", [since])
    counts = connection.execute(
        f"SELECT (SELECT count(*) FROM {COPY}.{name}), (SELECT count(*) FROM {LAKE}.{name})"  # noqa: S608
    ).fetchone()
    return counts is not None and counts[0] == counts[1]


def _replace(connection: "DuckDBPyConnection", table: str, condition: str, parameters: Sequence[object] = ()) -> None:
    """Put the lake's rows that meet a condition in the place of those here."""
    name = quoted(table)
    connection.execute(f"DELETE FROM {COPY}.{name} WHERE {condition}", parameters)  # noqa: S608
    connection.execute(f"INSERT INTO {COPY}.{name} BY NAME FROM {LAKE}.{name} WHERE {condition}", parameters)
