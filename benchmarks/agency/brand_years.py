"""Homes that hold many brands with a long history each: one demo, copied in bulk by SQL into both databases.

Every row is one that the product wrote itself, with another brand's name and another week in it. Each brand did all of
it half a minute before the one before it, and rows stand in the order of time, as in a home that filled by itself. Left
out of copies are the layout and check details of pictures (10 kB a row, which a weekly run never reads).
"""

import os
import shutil
import sqlite3
import subprocess
import sys
from contextlib import closing
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from sqlalchemy import JSON

from benchmarks.agency.full_house import (
    COPIED,
    ONCE,
    TEMPLATE,
    UNIQUE,
    brand_name,
    copy_rows,
    other_row,
    write_brands,
)
from marketing_pipeline.domain.metrics import SnapshotAge
from marketing_pipeline.settings import Settings
from marketing_pipeline.store import tables
from marketing_pipeline.store.migrations import HEAD
from marketing_pipeline.store.projected_tables import PROJECTED_TABLES, ProjectedTable
from marketing_pipeline.store.tables import UtcTime
from marketing_pipeline.store.warehouse_schema import duckdb_type, schema_version
from marketing_pipeline.workplace import Workplace

BLOCK_WEEKS = 4
"""A demo's weeks; a history is so many weeks or a multiple of it."""
_BULKY = {"creatives": ("text_runs", "checks")}
_MULTIPLIED = (*COPIED, "audit_log")
_EARLIER_SECONDS = 30
"""By so much each brand was earlier than the one before it."""


@dataclass(frozen=True)
class Agency:
    """Where it is, and how much is in it."""

    folder: Path
    brands: int
    weeks: int

    @property
    def environment(self) -> dict[str, str]:
        """What a process that opens it needs."""
        own = {
            "MARKETING_HOME": str(self.folder / "home"),
            "MARKETING_BRANDS": str(self.folder / "brands"),
            "MARKETING_GOOGLE_ADS_MODE": "off",
        }
        return {**os.environ, **own}

    @property
    def settings(self) -> Settings:
        """The same, for this process."""
        return Settings.from_environment(self.environment)


def agency(cache: Path, brands: int, weeks: int) -> Agency:
    """The home of so many brands with so many weeks behind each (a multiple of four): the kept one, or a new one."""
    made = Agency(cache / f"{brands}-brands-{weeks}-weeks", brands, weeks)
    mark, version = made.folder / "made", f"{HEAD} {schema_version()}"
    if mark.exists() and mark.read_text() == version:
        return made
    shutil.rmtree(made.folder, ignore_errors=True)
    made.folder.mkdir(parents=True)
    shutil.copytree(_template(cache), made.folder / "home", symlinks=True)
    write_brands(made.folder / "brands", brands)
    home = made.folder / "home"
    with closing(sqlite3.connect(home / "control_plane.sqlite", isolation_level=None)) as connection:
        # Nothing of the ads is run here, and the sandbox would make an account of months for each brand.
        connection.execute("UPDATE home SET world = ?", (made.settings.world,))
    with Workplace.open(made.settings):
        pass  # a kept demo may be of an earlier schema
    with closing(sqlite3.connect(home / "control_plane.sqlite", isolation_level=None)) as connection:
        _grow(connection, weeks)
    shutil.rmtree(home / "warehouse")
    with Workplace.open(made.settings) as place:
        place.refresh_warehouse()
        _multiply_warehouse(place, brands)
    with closing(sqlite3.connect(home / "control_plane.sqlite", isolation_level=None)) as connection:
        _multiply(connection, brands)
    with Workplace.open(made.settings) as place:
        assert place.brands
        _note_totals(place)
    mark.write_text(version)
    return made


def _template(cache: Path) -> Path:
    home = cache / "template"
    if not (home / "made").exists():
        shutil.rmtree(home, ignore_errors=True)
        demo = [sys.executable, "-m", "marketing_pipeline", "demo", "--brand", TEMPLATE]
        subprocess.run(demo, env={**os.environ, "MARKETING_HOME": str(home)}, check=True, stdout=subprocess.DEVNULL)
        (home / "made").touch()
    return home


def _grow(connection: sqlite3.Connection, weeks: int) -> None:
    """One brand's history, measured to the end and with nothing ahead."""
    connection.execute("PRAGMA synchronous = OFF")
    connection.execute("BEGIN")
    with_triggers = _taken_away(connection, "trigger")
    planned = "SELECT id FROM posts WHERE state <> 'published'"
    for table in ("post_variations", "creatives", "evaluations", "insight_snapshots", "model_calls"):
        connection.execute(f"DELETE FROM {table} WHERE post IN ({planned})")
    connection.execute(f"DELETE FROM effects WHERE subject IN ({planned})")
    connection.execute("DELETE FROM plans WHERE id NOT IN (SELECT plan FROM posts WHERE state = 'published')")
    connection.execute("DELETE FROM posts WHERE state <> 'published'")
    for table in ("learnings", "model_calls"):
        connection.execute(f"DELETE FROM {table} WHERE week NOT IN (SELECT week FROM plans)")
    known = [date.fromisoformat(row[0]) for row in connection.execute("SELECT DISTINCT week FROM plans ORDER BY week")]
    for table in (each for each in COPIED if each not in ONCE):
        copy_rows(connection, table, 1, weeks // BLOCK_WEEKS, known)
    _repeat_audit(connection, weeks // BLOCK_WEEKS, known)
    names = [column.name for column in tables.metadata.tables["insight_snapshots"].columns]
    other = ", ".join(f'"{name}"' for name in names if name not in ("age", "age_hours"))
    for age in SnapshotAge:
        connection.execute(
            f"INSERT OR IGNORE INTO insight_snapshots (age, age_hours, {other}) SELECT ?, ?, {other}"
            " FROM insight_snapshots AS newest"
            " WHERE age_hours = (SELECT max(age_hours) FROM insight_snapshots WHERE post = newest.post)",
            (age.value, age.delta.total_seconds() / 3600),
        )
    connection.execute(
        "UPDATE posts SET insights_due_at = NULL"
        f" WHERE (SELECT count(*) FROM insight_snapshots WHERE post = posts.id) = {len(SnapshotAge)}"
    )
    for statement in with_triggers:
        connection.execute(statement)
    connection.execute("COMMIT")


def _repeat_audit(connection: sqlite3.Connection, blocks: int, weeks: list[date]) -> None:
    columns = list(tables.metadata.tables["audit_log"].columns)
    names, marks = ", ".join(column.name for column in columns), ", ".join("?" * len(columns))
    place = next(number for number, column in enumerate(columns) if column.name == "sequence")
    moments = {number for number, column in enumerate(columns) if isinstance(column.type, UtcTime)}
    rows = connection.execute(f"SELECT {names} FROM audit_log ORDER BY sequence").fetchall()
    for block in range(1, blocks):
        copies = [other_row(row, moments, TEMPLATE, weeks, block) for row in rows]
        for copy in copies:
            copy[place] += block * len(rows)
        connection.executemany(f"INSERT INTO audit_log ({names}) VALUES ({marks})", copies)


def _taken_away(connection: sqlite3.Connection, kind: str) -> list[str]:
    """Drop every index or trigger that has a statement of its own, and return the statements."""
    found = connection.execute("SELECT name, sql FROM sqlite_master WHERE type = ? AND sql IS NOT NULL", (kind,))
    statements: list[str] = []
    for name, statement in found.fetchall():
        connection.execute(f'DROP {kind} "{name}"')
        statements.append(statement)
    return statements


def _copies(projected: ProjectedTable, columns: list[str], rows: int, *, in_duckdb: bool) -> str:
    """The statement that copies one brand's rows of a table for every name in `names`."""
    named = projected.table.columns
    made: list[str] = []
    for name in columns:
        column, quoted = named[name], f'base."{name}"'
        text = f"replace(CAST({quoted} AS VARCHAR), '{TEMPLATE}', names.name)"
        if projected.name == "audit_log" and name == "sequence":
            made.append(f"{quoted} + names.number * {rows}")
        elif name in _BULKY.get(projected.name, ()):
            made.append("'[]'")
        elif f"{projected.name}.{name}" in UNIQUE:
            made.append(f"{text} || '-' || CAST(names.number AS VARCHAR)")
        elif isinstance(column.type, UtcTime):
            made.append(_earlier(quoted, in_duckdb=in_duckdb))
        elif not (isinstance(column.type, JSON) or duckdb_type(column) in ("VARCHAR", "JSON")):
            made.append(quoted)
        else:
            made.append(text)
    listed, values = ", ".join(f'"{name}"' for name in columns), ", ".join(made)
    order = str(columns.index(projected.born or projected.follows or columns[0]) + 1)
    return f'INSERT INTO "{projected.name}" ({listed}) SELECT {values} FROM names CROSS JOIN base ORDER BY {order}'


def _earlier(moment: str, *, in_duckdb: bool) -> str:
    """A moment as the control plane writes it, or DuckDB holds it, for the brand of `names`."""
    if in_duckdb:
        return f"{moment} - to_seconds(names.number * {_EARLIER_SECONDS})"
    moved = f"strftime('%Y-%m-%dT%H:%M:%S', {moment}, (-{_EARLIER_SECONDS} * names.number) || ' seconds')"
    return f"{moved} || substr({moment}, 20)"


def _multiplied() -> list[ProjectedTable]:
    return [projected for projected in PROJECTED_TABLES if projected.name in _MULTIPLIED]


def _multiply(connection: sqlite3.Connection, brands: int) -> None:
    # Written once, not twice: nobody else is there, and a home that was not finished is made anew.
    connection.execute("PRAGMA journal_mode = DELETE")
    connection.execute("PRAGMA journal_mode = OFF")
    connection.execute("PRAGMA synchronous = OFF")
    connection.execute("PRAGMA cache_size = -400000")
    connection.execute("PRAGMA temp_store = MEMORY")
    connection.execute("BEGIN")
    statements = [*_taken_away(connection, "trigger"), *_taken_away(connection, "index")]
    connection.execute("CREATE TEMP TABLE names (number INTEGER PRIMARY KEY, name TEXT)")
    connection.executemany("INSERT INTO names VALUES (?, ?)", [(each, brand_name(each)) for each in range(1, brands)])
    for projected in _multiplied():
        table = projected.name
        columns = [column.name for column in projected.table.columns if column.autoincrement is not True]
        where = "WHERE brand IS NOT NULL" if "brand" in columns else ""
        connection.execute(f'CREATE TEMP TABLE base AS SELECT * FROM "{table}" {where}')
        [rows] = connection.execute(f'SELECT count(*) FROM "{table}"').fetchone()
        connection.execute(_copies(projected, columns, rows, in_duckdb=False))
        connection.execute("DROP TABLE temp.base")
    for statement in statements:
        connection.execute(statement)
    connection.execute("COMMIT")
    connection.execute("ANALYZE")


def _multiply_warehouse(place: Workplace, brands: int) -> None:
    with place.warehouse.write() as connection:
        connection.execute("CREATE TEMP TABLE names (number BIGINT, name VARCHAR)")
        connection.executemany(
            "INSERT INTO names VALUES (?, ?)", [(each, brand_name(each)) for each in range(1, brands)] or [(0, "none")]
        )
        connection.execute("DELETE FROM names WHERE number = 0")
        for projected in _multiplied():
            where = "WHERE brand IS NOT NULL" if "brand" in projected.columns else ""
            connection.execute(f'CREATE TEMP TABLE base AS SELECT * FROM main."{projected.name}" {where}')
            found = connection.execute(f'SELECT count(*) FROM "{projected.name}"').fetchone()
            connection.execute(_copies(projected, list(projected.columns), int((found or (0,))[0]), in_duckdb=True))
            connection.execute("DROP TABLE temp.base")
        connection.execute(
            "UPDATE projection_progress SET watermark = (SELECT max(sequence) FROM audit_log)"
            " WHERE table_name = 'audit_log'"
        )


def _note_totals(place: Workplace) -> None:
    with place.database.read() as source, place.warehouse.read() as target:
        for projected in _multiplied():
            query = f'SELECT count(*) FROM "{projected.name}"'
            kept, held = source.exec_driver_sql(query).scalar(), (target.execute(query).fetchone() or (0,))[0]
            assert kept == held or projected.name == "audit_log", f"{projected.name}: {kept} rows, {held} projected"
    place.publish_snapshot()
