"""Putting a backup back: what is refused, what is kept, and what a killed restore leaves."""

import multiprocessing
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from marketing_pipeline.domain.clock import SteppedClock, SystemClock
from marketing_pipeline.domain.heartbeat import ServerKind
from marketing_pipeline.operations.backup import Backup, make_backup
from marketing_pipeline.operations.backup_manifest import NAME, BackupDamaged, file_of, read_manifest
from marketing_pipeline.operations.backup_parts import BackupSource
from marketing_pipeline.operations.restore import RestoreOrder, RestoreRefused, restore
from marketing_pipeline.store.heartbeats import Heartbeats
from marketing_pipeline.store.home import Home
from marketing_pipeline.store.reconciliations import NotReconciled, open_reconciliation
from marketing_pipeline_tests.execution.desk import DUE, Desk
from marketing_pipeline_tests.faults.publish_storage import as_first_schema
from marketing_pipeline_tests.operations.backup_children import WORLD, order_of, restore_and_die

URL = "http://127.0.0.1:9"


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """Where the home is."""
    return tmp_path / "home"


@pytest.fixture
def backup(root: Path, tmp_path: Path) -> Backup:
    """A backup of a home with a queued post; the home has gone on since."""
    Home(root).clock().start_stepped(DUE - timedelta(hours=1))
    desk = Desk(root, URL)
    effect = desk.queued()
    desk.home.bind(desk.database, WORLD)
    made = make_backup(BackupSource(desk.home, tmp_path / "brands", WORLD), tmp_path / "backups", real=SystemClock())
    desk.plane.queue.cancel(desk.post(effect).id, actor="sam", note="since the backup")
    (root / "sandbox").mkdir()
    (root / "sandbox" / "state.db").write_text("the world goes on", encoding="utf-8")
    desk.clock.step_to(DUE + timedelta(days=1))
    desk.close()
    return made


def rows_of(home: Path) -> int:
    """Audit rows of a home."""
    desk = Desk(home, URL)
    with desk.database.read() as connection:
        rows = desk.plane.audit.verify(connection, desk.home.audit_anchor).rows
    desk.close()
    return rows


def test_a_backup_takes_the_homes_place_with_effects_blocked(root: Path, backup: Backup) -> None:
    before = rows_of(root)
    done = restore(order_of(backup.path, root), real=SystemClock())
    assert done.replaced is not None and rows_of(done.replaced) == before
    assert (root / "sandbox" / "state.db").read_text(encoding="utf-8") == "the world goes on"
    assert len(list((root / "media").iterdir())) == 1
    desk = Desk(root, URL)
    with desk.database.read() as connection:
        opened = open_reconciliation(connection)
        assert desk.plane.audit.verify(connection, desk.home.audit_anchor).intact
    assert opened is not None and backup.path.name in opened.reason and opened.actor == "sam"
    assert desk.clock.now() == DUE + timedelta(days=1), "time never runs backwards"
    with pytest.raises(NotReconciled):
        desk.executor().drain()
    assert desk.plane.ledger.claim_due("worker", timedelta(minutes=1)) is None
    desk.close()


def test_into_no_home_at_all(backup: Backup, tmp_path: Path) -> None:
    done = restore(order_of(backup.path, tmp_path / "elsewhere"), real=SystemClock())
    assert done.replaced is None and rows_of(done.home) == backup.manifest.audit_rows + 1


def test_a_damaged_database_in_the_home_does_not_keep_a_backup_out(root: Path, backup: Backup) -> None:
    for left in root.glob("control_plane.sqlite*"):
        left.unlink()
    (root / "control_plane.sqlite").write_bytes(b"no database" * 500)
    restore(order_of(backup.path, root), real=SystemClock())
    assert rows_of(root) == backup.manifest.audit_rows + 1


def test_an_older_schema_is_migrated(root: Path, backup: Backup, tmp_path: Path) -> None:
    as_first_schema(Home(backup.path), tmp_path)
    describe_anew(backup.path, schema_version="0001")
    restore(order_of(backup.path, root), real=SystemClock())
    assert rows_of(root) == backup.manifest.audit_rows + 1


def describe_anew(path: Path, **changes: object) -> None:
    """Write the manifest of what is in a backup now."""
    before = read_manifest(path)
    files = tuple(file_of(path, path / file.path) for file in before.files)
    told = before.model_copy(update={"files": files, **changes}).sealed()
    (path / NAME).write_text(told.model_dump_json(), encoding="utf-8")


def of_another_world(order: RestoreOrder) -> RestoreOrder:
    return replace(order, world="live")


def of_a_newer_schema(order: RestoreOrder) -> RestoreOrder:
    describe_anew(order.backup, schema_version="9999")
    return order


def with_another_key(order: RestoreOrder) -> RestoreOrder:
    def other(home: Path) -> bytes:
        return b"another key of the same length, really"

    return replace(order, key=other)


def with_fewer_rows_than_told(order: RestoreOrder) -> RestoreOrder:
    describe_anew(order.backup, audit_rows=999)
    return order


def at_work(order: RestoreOrder) -> RestoreOrder:
    database = order.home.open_database()
    Heartbeats(database, SystemClock()).beat("daemon", ServerKind.DAEMON, 15)
    database.close()
    return order


def with_a_database_elsewhere(order: RestoreOrder) -> RestoreOrder:
    return replace(order, home=Home(order.home.root, f"sqlite:///{order.home.root}/other.sqlite"))


REFUSED: tuple[tuple[Callable[[RestoreOrder], RestoreOrder], str], ...] = (
    (of_another_world, "is of the world"),
    (of_a_newer_schema, "newer version"),
    (with_another_key, "cannot be verified"),
    (with_fewer_rows_than_told, "cannot be verified"),
    (at_work, "is at work: daemon"),
    (with_a_database_elsewhere, "outside the home"),
)


@pytest.mark.parametrize(("spoil", "words"), REFUSED, ids=lambda each: getattr(each, "__name__", ""))
def test_what_is_refused_changes_nothing(
    root: Path, backup: Backup, spoil: Callable[[RestoreOrder], RestoreOrder], words: str
) -> None:
    order, before = spoil(order_of(backup.path, root)), rows_of(root)
    with pytest.raises(RestoreRefused, match=words):
        restore(order, real=SystemClock())
    assert rows_of(root) == before
    assert [path.name for path in root.parent.iterdir() if "restoring" in path.name or "replaced" in path.name] == []


def test_a_silent_process_is_no_obstacle(root: Path, backup: Backup) -> None:
    database = Home(root).open_database()
    Heartbeats(database, SteppedClock(SystemClock().now() - timedelta(minutes=5))).beat("d", ServerKind.DAEMON, 15)
    database.close()
    assert restore(order_of(backup.path, root), real=SystemClock()).replaced is not None


def test_a_damaged_backup_is_refused(root: Path, backup: Backup) -> None:
    (backup.path / "clock.json").write_text("{}", encoding="utf-8")
    with pytest.raises(BackupDamaged, match=r"clock\.json is not as it was written"):
        restore(order_of(backup.path, root), real=SystemClock())


@pytest.mark.parametrize("part", ["verification", "copying", "opening", "taking its place"])
def test_a_killed_restore_leaves_the_old_home(root: Path, backup: Backup, part: str) -> None:
    before = rows_of(root)
    child = multiprocessing.get_context("fork").Process(target=restore_and_die, args=(backup.path, root, part))
    child.start()
    child.join(30)
    assert child.exitcode == -9
    assert rows_of(root) == before
    done = restore(order_of(backup.path, root), real=SystemClock())
    assert done.replaced is not None and rows_of(done.replaced) == before
    assert not list(root.parent.glob(".home.*"))
