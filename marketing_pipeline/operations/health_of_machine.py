"""The machine below: its clocks, its disk, and the database."""

import os
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

from sqlalchemy import func, select, text, update

from marketing_pipeline.domain.clock_reading import ClockReading
from marketing_pipeline.domain.health import Area, HealthFinding, bad, doubtful, well
from marketing_pipeline.domain.heartbeat import Heartbeat
from marketing_pipeline.operations.installation import Installation
from marketing_pipeline.store import tables
from marketing_pipeline.store.database_size import database_bytes

LEAST_FREE_BYTES = 500_000_000
"""A week of one brand takes about 20 MB of pictures and history; a database that cannot write stops everything."""
SOON_FULL_BYTES = 2_000_000_000
WRITTEN_BYTES = 65_536
SET_BACK_SECONDS = 300
"""Machines that share a database may differ by so much."""


def clocks(place: Installation, before: ClockReading | None) -> Iterator[HealthFinding]:
    """Clocks that stand, jump or go back, by an earlier reading and by what is stored."""
    now = place.read_clocks()
    mend = "Set this machine's clock by a time service; `marketing pause` until it is right."
    problem = now.problem_since(before) if before is not None else ""
    if problem:
        yield bad(Area.CLOCK, f"{problem[0].upper()}{problem[1:]}.", mend, since=before.wall if before else None)
        return
    with place.database.read() as connection:
        newest = connection.scalar(select(func.max(tables.audit_log.c.at)))
    beats = place.beats.read()
    if newest is not None and (newest - now.home).total_seconds() > SET_BACK_SECONDS:
        what = f"It is {now.home:%Y-%m-%d %H:%M} UTC, yet a row is dated {newest:%Y-%m-%d %H:%M} UTC."
        yield bad(Area.CLOCK, what, mend, since=newest)
    elif beats and (_newest(beats).beat_at - now.wall).total_seconds() > SET_BACK_SECONDS:
        beat = _newest(beats)
        what = f"It is {now.wall:%Y-%m-%d %H:%M} UTC, yet {beat.name} beat at {beat.beat_at:%Y-%m-%d %H:%M} UTC."
        yield bad(Area.CLOCK, what, mend, since=beat.beat_at)
    else:
        yield well(Area.CLOCK, "simulated" if now.simulated else "goes forward")


def _newest(beats: tuple[Heartbeat, ...]) -> Heartbeat:
    return beats[0]


def disk(place: Installation) -> Iterator[HealthFinding]:
    """Room on the disk of the home, and a file written there for real."""
    free = free_bytes(place.home.root)
    mend = "Make room, or move MARKETING_HOME to another disk."
    problem = _cannot_write(place.home.root)
    if problem:
        yield bad(Area.DISK, f"{place.home.root} cannot be written: {problem}.", mend)
    elif free < LEAST_FREE_BYTES:
        yield bad(Area.DISK, f"Only {free / 1e6:,.0f} MB are free in {place.home.root}.", mend)
    elif free < SOON_FULL_BYTES:
        yield doubtful(Area.DISK, f"{free / 1e9:,.1f} GB are free in {place.home.root}.", mend)
    else:
        yield well(Area.DISK, f"{free / 1e9:,.1f} GB are free, and a file can be written")


def free_bytes(folder: Path) -> int:
    """Bytes that this user may still write to the disk of a folder."""
    return shutil.disk_usage(folder).free


def _cannot_write(folder: Path) -> str:
    try:
        with tempfile.TemporaryFile(dir=folder, prefix=".health-") as file:
            file.write(bytes(WRITTEN_BYTES))
            file.flush()
            os.fsync(file.fileno())
    except OSError as error:
        return error.strerror or type(error).__name__
    return ""


def control_plane(place: Installation) -> Iterator[HealthFinding]:
    """The database answers, and takes a transaction that reaches the disk."""
    with place.database.write() as connection:
        # The row as it is, written again: nothing changes, and the whole way of a commit is gone.
        connection.execute(update(tables.home).values(world=tables.home.c.world))
        version = connection.scalar(text("SELECT version_num FROM alembic_version"))
        size = database_bytes(connection)
    yield well(Area.DATABASE, f"can be read and written, migration {version}, {size / 1e6:,.1f} MB")
