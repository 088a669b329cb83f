"""Backups of a home at work, killed backups, damaged ones, and what is never in them."""

import dataclasses
import json
import multiprocessing
import shutil
import sqlite3
from collections import Counter
from contextlib import closing
from pathlib import Path

import pytest
from sqlalchemy import select

from marketing_pipeline.domain.clock import SystemClock
from marketing_pipeline.operations.backup import make_backup, whole_backups
from marketing_pipeline.operations.backup_manifest import BackupDamaged, verify_backup
from marketing_pipeline.operations.backup_parts import BackupSource
from marketing_pipeline.store.audit import AuditLog
from marketing_pipeline.store.database_errors import DatabaseUnreachable
from marketing_pipeline.store.home import Home
from marketing_pipeline.store.tables import audit_log
from marketing_pipeline.store.warehouse import Warehouse
from marketing_pipeline_tests.execution.desk import Desk
from marketing_pipeline_tests.operations.backup_children import KEY, WORLD, back_up_and_die, write_all_the_time

PARTS = ("audit anchor", "control plane", "media", "warehouse", "Dagster history", "brands", "hashes")


@pytest.fixture
def source(tmp_path: Path) -> BackupSource:
    """A home with a queued post, its pictures, one that nothing names, a warehouse and a Dagster history."""
    desk = Desk(tmp_path / "home", "http://127.0.0.1:9")
    desk.home.clock().start_stepped(desk.clock.now())
    desk.queued(pictures=2)
    desk.home.bind(desk.database, WORLD)
    with desk.database.read() as connection:
        desk.plane.audit.anchor(connection, desk.home.audit_anchor)
    desk.close()
    (desk.home.media / f"{'0' * 64}.jpg").write_bytes(b"of nothing")
    (desk.home.root / "audit.key").write_text("secret", encoding="utf-8")
    with Warehouse(desk.home.warehouse).write() as connection:
        connection.execute("CREATE TABLE facts AS SELECT 7 AS n")
    _history(desk.home.dagster / "history" / "runs" / "index.db")
    (tmp_path / "brands" / "tea_room").mkdir(parents=True)
    (tmp_path / "brands" / "tea_room" / "brand.yaml").write_text("id: tea_room", encoding="utf-8")
    return BackupSource(desk.home, tmp_path / "brands", WORLD)


def _history(file: Path) -> None:
    file.parent.mkdir(parents=True)
    with closing(sqlite3.connect(file)) as database:
        database.execute("CREATE TABLE runs (id)")
        database.commit()


def names(backup: Path) -> set[str]:
    """The files of a backup."""
    return {str(path.relative_to(backup)) for path in backup.rglob("*") if path.is_file()}


def test_what_is_in_a_backup_and_what_is_not(source: BackupSource, tmp_path: Path) -> None:
    made = make_backup(source, tmp_path / "backups", real=SystemClock())
    pictures = {name for name in names(made.path) if name.startswith("media/")}
    assert names(made.path) - pictures == {
        "manifest.json",
        "control_plane.sqlite",
        "audit.anchor",
        "clock.json",
        "warehouse/warehouse.duckdb",
        "dagster/history/runs/index.db",
        "brands/tea_room/brand.yaml",
    }
    assert len(pictures) == 2 and not made.manifest.holds_key
    assert made.manifest.missing_media == ()
    with Warehouse(made.path / "warehouse").read() as connection:
        assert connection.execute("SELECT n FROM facts").fetchall() == [(7,)]


def test_pictures_in_object_storage_are_named_and_not_copied(source: BackupSource, tmp_path: Path) -> None:
    whole = make_backup(source, tmp_path / "backups", real=SystemClock())
    elsewhere = dataclasses.replace(source, media_elsewhere="s3://pictures/kept")
    made = make_backup(elsewhere, tmp_path / "others", real=SystemClock())
    assert not {name for name in names(made.path) if name.startswith("media")}
    assert (made.manifest.media, made.manifest.missing_media) == ("s3://pictures/kept", ())
    assert made.without == ("the pictures in s3://pictures/kept",)
    assert verify_backup(made.path) == made.manifest
    moved = made.manifest.model_copy(update={"media": "s3://others"})
    (made.path / "manifest.json").write_text(moved.model_dump_json(), encoding="utf-8")
    with pytest.raises(BackupDamaged, match="was changed"):
        verify_backup(made.path)
    # A backup of before there was such a line is as whole as it was.
    older = json.loads((whole.path / "manifest.json").read_text(encoding="utf-8"))
    del older["media"]
    (whole.path / "manifest.json").write_text(json.dumps(older), encoding="utf-8")
    assert verify_backup(whole.path) == whole.manifest


def test_the_key_is_in_it_only_when_asked_for(source: BackupSource, tmp_path: Path) -> None:
    asked = BackupSource(source.home, source.brands, source.world, with_key=True)
    made = make_backup(asked, tmp_path / "backups", real=SystemClock())
    assert (made.path / "audit.key").read_text() == "secret" and made.manifest.holds_key


def test_a_backup_while_another_process_writes_holds_whole_transactions(source: BackupSource, tmp_path: Path) -> None:
    ready, end = tmp_path / "ready", tmp_path / "end"
    context = multiprocessing.get_context("spawn")
    writer = context.Process(target=write_all_the_time, args=(source.home.root, ready, end))
    writer.start()
    real = SystemClock()
    while not ready.exists():
        real.sleep(0.01)
    backups = [make_backup(source, tmp_path / "backups", real=real) for _ in range(3)]
    end.touch()
    writer.join(30)
    assert writer.exitcode == 0
    rows = [made.manifest.audit_rows for made in backups]
    assert rows == sorted(set(rows)), "the writer went on meanwhile"
    for made in backups:
        shutil.copytree(made.path, tmp_path / "copies" / made.path.name)
        database = Home(tmp_path / "copies" / made.path.name).open_database()
        with database.read() as connection:
            verdict = AuditLog(KEY, database.clock).verify(connection, made.path / "audit.anchor")
            written = Counter(connection.scalars(select(audit_log.c.action).where(audit_log.c.actor == "writer")))
        database.close()
        assert verdict.intact and verdict.rows == made.manifest.audit_rows
        assert written["test.first"] == written["test.second"]


@pytest.mark.parametrize("part", PARTS)
def test_a_killed_backup_leaves_nothing_that_passes_for_whole(source: BackupSource, tmp_path: Path, part: str) -> None:
    folder = tmp_path / "backups"
    before = make_backup(source, folder, real=SystemClock())
    arguments = (source.home.root, source.brands, folder, part)
    child = multiprocessing.get_context("fork").Process(target=back_up_and_die, args=arguments)
    child.start()
    child.join(30)
    assert child.exitcode == -9
    assert [path for path, _ in whole_backups(folder)] == [before.path]
    left = list(folder.glob(".marketing-*.part"))
    assert len(left) == 1
    with pytest.raises(BackupDamaged):
        verify_backup(left[0])
    make_backup(source, folder, real=SystemClock())
    assert len(whole_backups(folder)) == 2 and not list(folder.glob(".marketing-*.part"))


@pytest.mark.parametrize("name", ["control_plane.sqlite", "warehouse/warehouse.duckdb", "media", "manifest.json"])
def test_a_flipped_bit_is_found(source: BackupSource, tmp_path: Path, name: str) -> None:
    made = make_backup(source, tmp_path / "backups", real=SystemClock())
    file = made.path / name
    if file.is_dir():
        file = sorted(file.iterdir())[0]
    content = bytearray(file.read_bytes())
    # A digit of the manifest's text, else any bit.
    place = content.index(b'"audit_rows": ') + 14 if name == "manifest.json" else len(content) // 2
    content[place] ^= 1
    file.write_bytes(bytes(content))
    with pytest.raises(BackupDamaged):
        verify_backup(made.path)


@pytest.mark.parametrize("harm", ["missing", "strange"])
def test_a_file_too_few_or_too_many_is_found(source: BackupSource, tmp_path: Path, harm: str) -> None:
    made = make_backup(source, tmp_path / "backups", real=SystemClock())
    if harm == "missing":
        (made.path / "audit.anchor").unlink()
    else:
        (made.path / "media" / "strange.jpg").touch()
    with pytest.raises(BackupDamaged, match=r"audit\.anchor is missing|strange\.jpg is no part"):
        verify_backup(made.path)


def test_a_damaged_picture_of_the_home_is_told_and_left_out(source: BackupSource, tmp_path: Path) -> None:
    picture = max(source.home.media.glob("*.jpg"))
    picture.write_bytes(b"bit rot")
    made = make_backup(source, tmp_path / "backups", real=SystemClock())
    assert made.manifest.missing_media == (picture.stem,)


def test_older_ones_of_this_world_go_and_others_stay(source: BackupSource, tmp_path: Path) -> None:
    folder = tmp_path / "backups"
    other = make_backup(BackupSource(source.home, source.brands, "live"), folder, real=SystemClock())
    first, second, third = (make_backup(source, folder, real=SystemClock(), keep=2) for _ in range(3))
    assert third.dropped == (first.path,)
    assert [path for path, _ in whole_backups(folder)] == [other.path, second.path, third.path]


def test_a_server_that_does_not_answer_is_said_and_leaves_nothing(tmp_path: Path) -> None:
    source = BackupSource(Home(tmp_path, "postgresql+psycopg://a:b@127.0.0.1:1/x"), tmp_path, WORLD)
    with pytest.raises(DatabaseUnreachable):
        make_backup(source, tmp_path / "backups", real=SystemClock())
    assert whole_backups(tmp_path / "backups") == []
