"""`marketing backup`, `restore`, `reconcile` and `prune`, from end to end."""

import fcntl
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from datetime import timedelta
from pathlib import Path

import pytest

from marketing_pipeline.domain.effect import EffectState
from marketing_pipeline.domain.health import Area, Level
from marketing_pipeline.sandbox.server import SandboxConfig, SandboxServer
from marketing_pipeline.store.reconciliations import NotReconciled
from marketing_pipeline_tests.cli.command_line import Ran, Run
from marketing_pipeline_tests.cli.office import Office


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Where backups go."""
    return tmp_path / "backups"


@pytest.fixture
def server(office: Office) -> Iterator[SandboxServer]:
    """The sandbox that the office publishes in."""
    home = office.work.home
    with SandboxServer(SandboxConfig(home=home.root, seed=7, brands=(office.brand,)), home.clock()) as served:
        (home.sandbox / "url").write_text(served.url, encoding="utf-8")
        yield served


def leave(office: Office) -> None:
    """Close everything that the office has open."""
    with office.work:
        pass


def newest(folder: Path) -> str:
    """The newest backup."""
    return str(max(path for path in folder.iterdir() if path.name.startswith("marketing-")))


def test_a_backup_is_made_listed_and_verified(office: Office, run: Run, folder: Path) -> None:
    office.published()
    said = run("backup", "--to", str(folder), "--keep", "2")
    assert said.code == 0 and "Verified" in said.out and "key of the audit log" in said.out
    assert run("backup", "verify", newest(folder)).code == 0
    [listed] = run("backup", "list", "--to", str(folder), "--json").json
    assert listed["path"] == newest(folder) and listed["world"] == "sandbox:7"
    (Path(newest(folder)) / "clock.json").unlink()
    said = run("backup", "verify", newest(folder))
    assert said.code == 1 and "clock.json is missing" in said.err


def test_a_backup_needs_a_folder(office: Office, run: Run) -> None:
    said = run("backup")
    assert said.code == 1 and "MARKETING_BACKUP_FOLDER" in said.err


def test_the_folder_of_the_settings(office: Office, run: Run, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MARKETING_BACKUP_FOLDER", str(folder))
    assert run("backup").code == 0 and newest(folder)


def test_what_went_out_after_the_backup_does_not_go_out_twice(
    office: Office, server: SandboxServer, run: Run, folder: Path
) -> None:
    office.step_to(office.queued().due_at)
    assert run("backup", "--to", str(folder)).code == 0
    office.work.drain("a worker")
    assert len(server.journal.publishes()) == 1
    leave(office)
    said = run("restore", newest(folder), "--yes")
    assert said.code == 0 and "marketing reconcile" in said.out, said
    assert said.out.startswith(f"This puts {Path(newest(folder)).name} in the place of the home")
    again = Office.open()
    assert again.effect().state is EffectState.QUEUED
    with pytest.raises(NotReconciled):
        again.work.drain("a worker")
    said = run("reconcile")
    assert said.code == 0 and "Reconciled: effects run again." in said.out, said
    again.work.drain("a worker")
    assert again.effect().state is EffectState.SUCCEEDED and len(server.journal.publishes()) == 1
    assert run("audit", "verify").code == 0
    leave(again)


def test_an_old_file_put_back_by_hand_is_noticed_at_the_next_drain(
    office: Office, server: SandboxServer, run: Run
) -> None:
    file = office.work.home.root / "control_plane.sqlite"
    office.step_to(office.queued().due_at)
    office.work.database.close()
    with closing(sqlite3.connect(file)) as live:
        live.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchall()
    old = file.read_bytes()
    office.work.drain("a worker")
    leave(office)
    for left in file.parent.glob("control_plane.sqlite*"):
        left.unlink()
    file.write_bytes(old)
    again = Office.open()
    with pytest.raises(NotReconciled, match="tail is cut"):
        again.work.drain("a worker")
    assert again.effect().state is EffectState.QUEUED
    assert run("audit", "verify").code == 1
    assert run("reconcile").code == 0
    again.work.drain("a worker")
    assert len(server.journal.publishes()) == 1
    assert run("audit", "verify").code == 0
    leave(again)


def test_reconcile_says_what_is_missing_and_goes_on_when_a_person_accepts(
    office: Office, server: SandboxServer, run: Run
) -> None:
    office.step_to(office.queued().due_at)
    with office.work.database.write() as connection:
        office.work.plane.reconciliations.begin(connection, reason="restored", actor="ana")
    [finding] = office.work.health.examine().of(Area.EFFECTS)
    assert finding.level is Level.BAD and "marketing reconcile" in finding.mend
    said = run("reconcile")
    assert said.code == 1 and "a late post may still appear" in said.out and "stay blocked" in said.out
    office.step_to(office.now + timedelta(minutes=15))
    said = run("reconcile", "--json")
    assert said.code == 0 and said.json["closed"]


def test_nobody_restores_unasked_nor_a_home_that_is_up(
    office: Office, run: Run, folder: Path, marketing_home: Path
) -> None:
    office.awaiting()
    run("backup", "--to", str(folder))
    assert run("restore", newest(folder)).code == 1
    with (marketing_home / "up.lock").open("a") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        said = run("restore", newest(folder), "--yes")
    assert said.code == 1 and "serves the home" in said.err


def test_on_another_machine_the_missing_key_is_named_first_and_copied_by_the_words_given(
    office: Office, run: Run, folder: Path, marketing_home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    office.awaiting()
    run("backup", "--to", str(folder))
    there = marketing_home.with_name("another machine")
    monkeypatch.setenv("MARKETING_HOME", str(there))
    refused = run("restore", newest(folder), "--yes")
    assert refused.code == 1
    assert f"The key of the audit log is missing: there is no {there / 'audit.key'}" in refused.words
    assert f"`cp audit.key {there / 'audit.key'}`" in refused.words
    assert not there.exists()
    there.mkdir()
    (there / "audit.key").write_bytes((marketing_home / "audit.key").read_bytes())
    assert run("restore", newest(folder), "--yes").code == 0
    assert run("audit", "verify").code == 0


def test_nothing_to_reconcile(office: Office, run: Run) -> None:
    said = run("reconcile")
    assert (said.code, "Nothing to reconcile" in said.out) == (0, True)


def test_pruning_says_what_would_go(office: Office, run: Run) -> None:
    office.published()
    rows: Ran = run("prune", "--dry-run", "--json")
    assert {row["what"]: row["count"] for row in rows.json}["pictures"] == 0
    assert run("prune").code == 0
