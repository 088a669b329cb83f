"""A home as full as that of a large agency: one demo, copied for many brands and many past weeks.

Every row is one that the product wrote itself, with another brand's name and another week in it.
"""

import os
import shutil
import sqlite3
import subprocess
import sys
from contextlib import closing
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

from marketing_pipeline.domain.identifiers import BrandId
from marketing_pipeline.domain.metrics import SnapshotAge
from marketing_pipeline.settings import Settings
from marketing_pipeline.store import tables
from marketing_pipeline.store.tables import UtcTime
from marketing_pipeline.workplace import Workplace

TEMPLATE = "upscale_print"
AUDIT_ROWS = 100_000
_BATCH = 5_000
UNIQUE = ("model_calls.id", "image_jobs.id", "alerts.id", "effects.idempotency_key")
"""These say nothing of brand or week, so that copies need a mark of their own."""
COPIED = (
    "strategies", "plans", "posts", "post_variations", "creatives", "evaluations", "effects", "effect_attempts",
    "approvals", "insight_snapshots", "model_calls", "image_jobs", "learnings",
)  # fmt: skip
ONCE = ("ad_changes", "strategies", "alerts")
"""Copied for each brand, but not for each past week."""


@dataclass(frozen=True)
class FullHouse:
    """Where it is, and how much is in it."""

    home: Path
    brands: Path
    posts: int

    @property
    def environment(self) -> dict[str, str]:
        """What a process that opens it needs."""
        return {**os.environ, "MARKETING_HOME": str(self.home), "MARKETING_BRANDS": str(self.brands)}

    @property
    def settings(self) -> Settings:
        """The same, for this process."""
        return Settings.from_environment(self.environment)


def full_house(root: Path, brands: int, posts: int) -> FullHouse:
    """Make a home below `root` with so many brands, and at least so many posts among them."""
    house = FullHouse(root / "home", root / "brands", 0)
    write_brands(house.brands, brands)
    demo = [sys.executable, "-m", "marketing_pipeline", "demo", "--brand", TEMPLATE]
    subprocess.run(demo, env=house.environment, check=True, stdout=subprocess.DEVNULL)
    database = house.home / "control_plane.sqlite"
    with closing(sqlite3.connect(database)) as connection:
        weeks = [
            date.fromisoformat(row[0]) for row in connection.execute("SELECT DISTINCT week FROM plans ORDER BY week")
        ]
        [made] = connection.execute("SELECT count(*) FROM posts").fetchone()
        blocks = -(-posts // (made * brands))
        connection.execute("PRAGMA synchronous = OFF")
        for table in dict.fromkeys((*COPIED, *ONCE)):
            copy_rows(connection, table, brands, 1 if table in ONCE else blocks, weeks)
        _measure_to_the_end(connection)
        connection.commit()
    with Workplace.open(house.settings) as place:
        _talk(place, brands)
        place.refresh_warehouse()
    return FullHouse(house.home, house.brands, made * brands * blocks)


def brand_name(number: int) -> BrandId:
    """The first is the shipped one."""
    return BrandId(TEMPLATE if number == 0 else f"brand_{number:03d}")


def write_brands(folder: Path, brands: int) -> None:
    """So many brands, alike but for their names and accounts."""
    shipped = Path("brands") / TEMPLATE
    for number in range(brands):
        name = brand_name(number)
        shutil.copytree(shipped, folder / name)
        file = folder / name / "brand.yaml"
        text = file.read_text(encoding="utf-8").replace(TEMPLATE, name)
        account = f"1784140{number:010d}"
        found = next(line for line in text.splitlines() if "account_id:" in line)
        if number:
            text = text.replace(found, f'{found.partition(":")[0]}: "{account}"')
        file.write_text(text, encoding="utf-8")


def copy_rows(connection: sqlite3.Connection, table: str, brands: int, blocks: int, weeks: list[date]) -> None:
    """Copy a table's rows for each brand and block of weeks but the first of both, which are there."""
    columns = [column for column in tables.metadata.tables[table].columns if column.autoincrement is not True]
    moments = {number for number, column in enumerate(columns) if isinstance(column.type, UtcTime)}
    unique = [number for number, column in enumerate(columns) if f"{table}.{column.name}" in UNIQUE]
    names = ", ".join(f'"{column.name}"' for column in columns)
    rows: list[tuple[Any, ...]] = connection.execute(f'SELECT {names} FROM "{table}"').fetchall()
    changes = [str(found[0]) for found in connection.execute("SELECT id FROM ad_changes")]
    of_ads = [row for row in rows if any(change in str(cell) for cell in row for change in changes)]
    of_posts = [row for row in rows if row not in of_ads]
    marks = ", ".join("?" * len(columns))
    insert = f'INSERT INTO "{table}" ({names}) VALUES ({marks})'
    for brand in range(brands):
        for block in range(blocks):
            if brand or block:
                wanted = of_posts if block else rows
                copies = [other_row(row, moments, brand_name(brand), weeks, block) for row in wanted]
                for copy in copies:
                    for number in unique:
                        copy[number] = f"{copy[number]}-{brand}-{block}"
                connection.executemany(insert, copies)


def _measure_to_the_end(connection: sqlite3.Connection) -> None:
    """Give posts of past weeks the snapshots that the copied ones were too young for, with their newest figures."""
    columns = [column.name for column in tables.metadata.tables["insight_snapshots"].columns]
    other = ", ".join(f'"{name}"' for name in columns if name not in ("age", "age_hours"))
    long_ago = (datetime.now(UTC) - timedelta(days=8)).isoformat(timespec="microseconds")
    for age in SnapshotAge:
        connection.execute(
            f"""
            INSERT OR IGNORE INTO insight_snapshots (age, age_hours, {other})
            SELECT ?, ?, {other} FROM insight_snapshots AS newest
            WHERE age_hours = (SELECT max(age_hours) FROM insight_snapshots WHERE post = newest.post)
            AND post IN (SELECT id FROM posts WHERE state = 'published' AND published_at < ?)
            """,
            (age.value, age.delta.total_seconds() / 3600, long_ago),
        )
    connection.execute(
        "UPDATE posts SET insights_due_at = NULL"
        f" WHERE (SELECT count(*) FROM insight_snapshots WHERE post = posts.id) = {len(SnapshotAge)}"
    )


def other_row(row: tuple[Any, ...], moments: set[int], brand: str, weeks: list[date], block: int) -> list[Any]:
    earlier = timedelta(weeks=len(weeks) * block)
    words = [(TEMPLATE, brand)]
    if block:
        words += [(week.isoformat(), (week - earlier).isoformat()) for week in weeks]
    made: list[Any] = []
    for number, value in enumerate(row):
        if isinstance(value, str) and number in moments:
            made.append((datetime.fromisoformat(value) - earlier).isoformat(timespec="microseconds"))
        elif isinstance(value, str):
            for old, new in words:
                value = value.replace(old, new)
            made.append(value)
        else:
            made.append(value)
    return made


def _talk(place: Workplace, brands: int) -> None:
    """An audit log of a year, in one chain."""
    for begin in range(0, AUDIT_ROWS, _BATCH):
        with place.database.write() as connection:
            for number in range(begin, begin + _BATCH):
                brand = brand_name(number % brands)
                place.audit.append(
                    connection,
                    actor="drain",
                    action="post.published",
                    subject=f"{brand}-2026-11-16-{1 + number % 7:02d}",
                    brand=brand,
                    detail={"reason": "published", "number": number},
                )
