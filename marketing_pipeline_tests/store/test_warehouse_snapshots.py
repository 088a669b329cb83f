"""Published snapshots: whole at every moment, blocking nobody, kept few."""

import multiprocessing
import os
import random
import signal
import sys
import time
from collections.abc import Callable
from multiprocessing.sharedctypes import Synchronized
from multiprocessing.synchronize import Event
from pathlib import Path

import duckdb
import pytest

from marketing_pipeline.store.snapshots import newest_snapshot, publish_snapshot
from marketing_pipeline.store.warehouse import Warehouse, WarehouseUnreadable, WarehouseUnwritable

SPAWN = multiprocessing.get_context("spawn")


@pytest.fixture
def warehouse(tmp_path: Path) -> Warehouse:
    warehouse = Warehouse(tmp_path / "warehouse")
    with warehouse.write() as connection:
        connection.execute("CREATE TABLE counter AS SELECT 0 AS number")
    return warehouse


def _count_up(warehouse: Warehouse) -> None:
    with warehouse.write() as connection:
        connection.execute("UPDATE counter SET number = number + 1")


def _number(snapshot: Path | None) -> int:
    assert snapshot is not None
    with duckdb.connect(snapshot, read_only=True) as connection:
        [(number,)] = connection.execute("SELECT number FROM counter").fetchall()
    return int(number)


def _versions(warehouse: Warehouse) -> list[str]:
    return sorted(path.name for path in (warehouse.folder / "snapshots").iterdir())


def test_a_snapshot_holds_what_was_committed(warehouse: Warehouse) -> None:
    _count_up(warehouse)
    published = publish_snapshot(warehouse)
    _count_up(warehouse)
    assert newest_snapshot(warehouse.folder) == published.resolve()
    assert _number(published) == 1


def test_before_the_first_there_is_none(tmp_path: Path) -> None:
    assert newest_snapshot(tmp_path) is None


def test_the_link_is_relative_so_that_the_home_can_move(warehouse: Warehouse) -> None:
    publish_snapshot(warehouse)
    moved = warehouse.folder.rename(warehouse.folder.with_name("elsewhere"))
    assert not (moved / "current.duckdb").readlink().is_absolute()
    assert _number(newest_snapshot(moved)) == 0


def test_versions_rise_and_only_the_newest_are_kept(warehouse: Warehouse) -> None:
    published = [publish_snapshot(warehouse, keep=3) for _ in range(5)]
    assert _versions(warehouse) == [path.name for path in published[-3:]]
    assert newest_snapshot(warehouse.folder) == published[-1].resolve()


def test_a_version_is_never_used_twice_even_after_everything_was_deleted(warehouse: Warehouse) -> None:
    first = publish_snapshot(warehouse)
    first.unlink()
    assert publish_snapshot(warehouse).name != first.name


def test_a_snapshot_cannot_be_written_by_mistake(warehouse: Warehouse) -> None:
    assert publish_snapshot(warehouse).stat().st_mode & 0o222 == 0


def test_strange_files_beside_the_snapshots_are_left_alone(warehouse: Warehouse) -> None:
    publish_snapshot(warehouse)
    kept = warehouse.folder / "snapshots" / "mine.duckdb"
    kept.write_text("a copy that somebody made")
    for _ in range(3):
        publish_snapshot(warehouse, keep=1)
    assert kept.exists()


def test_what_a_killed_publication_left_is_cleared(warehouse: Warehouse) -> None:
    publish_snapshot(warehouse)
    part = warehouse.folder / "snapshots" / "000002-abcdef.part"
    part.write_text("half a copy")
    (warehouse.folder / ".current.duckdb.next").symlink_to("snapshots/nowhere.duckdb")
    published = publish_snapshot(warehouse)
    assert not part.exists()
    assert sorted(path.name for path in warehouse.folder.glob(".*")) == []
    assert newest_snapshot(warehouse.folder) == published.resolve()


def test_a_damaged_warehouse_is_not_published(warehouse: Warehouse) -> None:
    published = publish_snapshot(warehouse)
    warehouse.path.write_bytes(b"no database")
    with pytest.raises(WarehouseUnreadable):
        publish_snapshot(warehouse)
    assert newest_snapshot(warehouse.folder) == published.resolve()


def test_a_folder_that_cannot_be_made_is_reported(warehouse: Warehouse) -> None:
    (warehouse.folder / "snapshots").write_text("a file where a folder should be")
    with pytest.raises(WarehouseUnwritable, match="The last one still stands"):
        publish_snapshot(warehouse)


def test_an_open_snapshot_blocks_nothing_and_is_not_changed(warehouse: Warehouse) -> None:
    opened = publish_snapshot(warehouse)
    with duckdb.connect(opened, read_only=True) as notebook:
        started = time.monotonic()
        for _ in range(6):
            _count_up(warehouse)
            publish_snapshot(warehouse, keep=2)
        assert time.monotonic() - started < 10
        assert not opened.exists()
        assert notebook.execute("SELECT number FROM counter").fetchall() == [(0,)]
    assert _number(newest_snapshot(warehouse.folder)) == 6


# What publishing does to files, as CPython's audit events name it: a kill just before each.
_STEPS = {"open", "os.mkdir", "os.chmod", "os.rename", "os.remove", "os.symlink", "shutil.copyfile"}


def _publish_and_die(folder: Path, step: int) -> None:
    """Dies by SIGKILL before its `step`-th act on a file, as a machine that stops would."""
    left = [step]

    def die_at_the_step(event: str, _: object) -> None:
        if event in _STEPS:
            left[0] -= 1
            if left[0] == 0:
                os.kill(os.getpid(), signal.SIGKILL)

    warehouse = Warehouse(folder)
    _count_up(warehouse)
    sys.addaudithook(die_at_the_step)
    publish_snapshot(warehouse, keep=2)


def _checked(folder: Path, least: int) -> None:
    """After a kill the link leads to a whole snapshot that is no older than the last one published."""
    number = _number(newest_snapshot(folder))
    assert number >= least
    publish_snapshot(Warehouse(folder), keep=2)
    assert not list((folder / "snapshots").glob("*.part"))
    assert len(_versions(Warehouse(folder))) <= 2


def _forked(work: Callable[..., None], *arguments: object) -> int:
    """Exit code of `work` in a process of its own, minus the signal when it was killed."""
    process = multiprocessing.get_context("fork").Process(target=work, args=arguments)
    process.start()
    process.join()
    return process.exitcode or 0


def _kill_at_every_step(folder: Path, deaths: "Synchronized[int]") -> None:
    """Forks from a process that never opened DuckDB, so that each child starts clean and at once."""
    for step in range(1, 200):
        died = _forked(_publish_and_die, folder, step)
        if died == 0:
            break
        if died != -signal.SIGKILL or _forked(_checked, folder, step - 1) != 0:
            raise AssertionError(f"killed before step {step}: exit {died}")
        deaths.value = step


def test_a_kill_at_any_step_leaves_a_whole_current_snapshot(warehouse: Warehouse) -> None:
    publish_snapshot(warehouse)
    deaths = SPAWN.Value("i", 0)
    process = SPAWN.Process(target=_kill_at_every_step, args=(warehouse.folder, deaths))
    process.start()
    process.join()
    assert process.exitcode == 0
    assert deaths.value >= 8


def _publish_for_ever(folder: Path, begun: Event) -> None:
    warehouse = Warehouse(folder)
    while True:
        _count_up(warehouse)
        publish_snapshot(warehouse, keep=2)
        begun.set()


def test_a_kill_at_a_random_moment_leaves_a_whole_current_snapshot(warehouse: Warehouse) -> None:
    dice = random.Random(5)
    least = 0
    for _ in range(2):
        begun = SPAWN.Event()
        process = SPAWN.Process(target=_publish_for_ever, args=(warehouse.folder, begun))
        process.start()
        assert begun.wait(30)
        time.sleep(dice.uniform(0, 0.1))
        process.kill()
        process.join()
        number = _number(newest_snapshot(warehouse.folder))
        assert number > least
        least = number
    publish_snapshot(warehouse, keep=2)
    assert len(_versions(warehouse)) == 2
