"""`marketing doctor`: each thing that can be wrong is one row with its mend, and none is a traceback."""

import os
import shutil
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import text

from marketing_pipeline.cli.dagster_home import dagster_instance
from marketing_pipeline.domain.clock import SystemClock
from marketing_pipeline.sandbox.server import SandboxConfig, SandboxServer
from marketing_pipeline.settings import Settings
from marketing_pipeline.store.migrations import HEAD
from marketing_pipeline_tests.cli.command_line import Run, row
from marketing_pipeline_tests.cli.office import BRAND, Office, write_brand
from marketing_pipeline_tests.sandbox.tea_room import tea_room
from marketing_pipeline_tests.store.tampering import take_away_the_guards


@pytest.fixture
def sandbox(office: Office, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """A running sandbox of this home."""
    config = SandboxConfig(home=office.work.home.root, seed=7, brands=(tea_room(),))
    with SandboxServer(config, office.work.clock) as server:
        monkeypatch.setenv("MARKETING_SANDBOX_URL", server.url)
        yield


@pytest.mark.usefixtures("sandbox")
def test_a_home_in_which_all_is_well(office: Office, run: Run) -> None:
    office.published()
    office.work.refresh_warehouse()
    said = run("doctor", "--json")
    assert said.code == 0, said.out
    assert set(said.json) == {"healthy", "rows"}
    assert said.json["healthy"] is True
    assert all(set(row) == {"name", "ok", "detail", "mend"} for row in said.json["rows"])
    assert [row["name"] for row in said.json["rows"]] == [
        "settings",
        "brand tea_room",
        "credentials model",
        "credentials image",
        "credentials instagram",
        "credentials google_ads",
        "disk",
        "clock",
        "media folder",
        "audit key",
        "control plane",
        "time goes forward",
        "audit log",
        "warehouse snapshot",
        "effects",
        "sandbox",
        "token instagram tea_room",
        "dagster daemon",
        "code location",
        "drains",
        "console",
        "errors of channels",
        "errors of models",
        "spend",
        "freshness",
        "alerts",
    ]
    assert row(said, "control plane")["detail"].startswith(f"whole, migration {HEAD}, world sandbox:7, 0.")
    assert row(said, "clock")["detail"] == "simulated: stands at 2026-11-17 18:30 UTC"
    assert "All is well." in run("doctor").out


def test_without_a_home_nothing_is_made(marketing_home: Path, brands: Path, run: Run) -> None:
    said = run("doctor", "--json")
    assert row(said, "home")["ok"] is True
    assert not marketing_home.exists()


def test_a_fresh_live_home_lacks_its_audit_key(
    marketing_home: Path, brands: Path, run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MARKETING_INSTAGRAM_MODE", "live")
    monkeypatch.delenv("MARKETING_AUDIT_KEY", raising=False)
    said = run("doctor", "--json")
    assert "MARKETING_AUDIT_KEY" in row(said, "audit key")["detail"]
    assert row(said, "audit key")["ok"] is False
    assert not marketing_home.exists()


def test_a_home_that_is_made_is_said_in_one_line(
    marketing_home: Path, brands: Path, run: Run, caplog: pytest.LogCaptureFixture
) -> None:
    for made in (1, 0):
        caplog.clear()
        run("users", "add", f"user{made}")
        told = [record.message for record in caplog.records if "new home is made" in record.message]
        assert len(told) == made
        assert all(str(marketing_home) in words for words in told)


def _stop_the_sandbox(office: Office) -> None:
    pass


def _dead_sandbox(office: Office) -> None:
    folder = office.work.home.root / "sandbox"
    folder.mkdir(exist_ok=True)
    (folder / "url").write_text("http://127.0.0.1:9", encoding="utf-8")


def _break_the_brand(office: Office) -> None:
    write_brand(office.work.settings.brands, currency="pounds")


def _remove_the_brands(office: Office) -> None:
    shutil.rmtree(office.work.settings.brands / BRAND)


def _newer_database(office: Office) -> None:
    with office.work.database.write() as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = '9999'"))


def _damaged_database(office: Office) -> None:
    office.work.database.close()
    (office.work.home.root / "control_plane.sqlite").write_bytes(b"no database at all" * 100)


def _another_world(office: Office) -> None:
    os.environ["MARKETING_SANDBOX_SEED"] = "8"


def _no_snapshot(office: Office) -> None:
    office.planned()


def _old_snapshot(office: Office) -> None:
    office.planned()
    name = office.work.refresh_warehouse()
    old = (SystemClock().now() - timedelta(days=8)).timestamp()
    os.utime(office.work.home.warehouse / "snapshots" / name, (old, old))


def _media_is_a_file(office: Office) -> None:
    shutil.rmtree(office.work.home.media, ignore_errors=True)
    office.work.home.media.write_text("in the way", encoding="utf-8")


def _tampered(office: Office) -> None:
    office.designed()
    tamper(office, "UPDATE audit_log SET actor = 'mallory' WHERE sequence = 2")


def _backwards(office: Office) -> None:
    office.planned()
    (office.work.home.root / "clock.json").write_text('{"mode": "stepped", "now": "2026-11-01T00:00:00+00:00"}')


def _damaged_clock(office: Office) -> None:
    (office.work.home.root / "clock.json").write_text("{")


def _parked(office: Office) -> None:
    office.parked()


def _overdue(office: Office) -> None:
    office.step_to(office.queued().due_at + timedelta(hours=1))


def _short_key(office: Office) -> None:
    os.environ["MARKETING_AUDIT_KEY"] = "short"


def _silent_daemon(office: Office) -> None:
    with dagster_instance(Settings.from_environment()):
        pass


def _removed_database(office: Office) -> None:
    office.designed()
    office.work.anchor_audit()
    office.work.database.close()
    (office.work.home.root / "control_plane.sqlite").unlink()


def _removed_database_without_anchor(office: Office) -> None:
    office.work.home.media.mkdir(exist_ok=True)
    office.work.database.close()
    (office.work.home.root / "control_plane.sqlite").unlink()


def _older_copy_of_the_database(office: Office) -> None:
    office.planned()
    place = office.work.home.root / "control_plane.sqlite"
    with closing(sqlite3.connect(place)) as before, closing(sqlite3.connect(place.with_name("older"))) as older:
        before.backup(older)
    office.designed()
    office.work.anchor_audit()
    office.work.database.close()
    place.with_name("older").replace(place)


def _lost_table(office: Office) -> None:
    tamper(office, "DROP TABLE insight_snapshots")


def _lost_column(office: Office) -> None:
    tamper(office, "ALTER TABLE model_calls DROP COLUMN price_as_of")


def _shared_account(office: Office) -> None:
    brands = office.work.settings.brands
    second = (brands / BRAND / "brand.yaml").read_text(encoding="utf-8").replace(BRAND, "second")
    (brands / "second").mkdir()
    (brands / "second" / "brand.yaml").write_text(second, encoding="utf-8")


def tamper(office: Office, statement: str) -> None:
    """Change the database behind the program's back."""
    with office.work.database.write() as connection:
        take_away_the_guards(connection)
        connection.execute(text(statement))


@pytest.mark.parametrize(
    ("harm", "name", "detail", "mend"),
    [
        (_stop_the_sandbox, "sandbox", "The sandbox is not running", "marketing sandbox serve"),
        (_dead_sandbox, "sandbox", "does not answer", "marketing up"),
        (_break_the_brand, "brand tea_room", "brand.yaml:1: currency", "Mend what is named"),
        (_remove_the_brands, "brands", "There is no brand in", "MARKETING_BRANDS"),
        (_newer_database, "control plane", "made by a newer version", "Upgrade this installation"),
        (_damaged_database, "control plane", "damaged or is no SQLite database", "restore the last backup"),
        (_another_world, "control plane", "belongs to the world 'sandbox:7'", "MARKETING_SANDBOX_SEED back"),
        (_no_snapshot, "warehouse snapshot", "analysts see nothing", "marketing run week"),
        (_old_snapshot, "warehouse snapshot", "is 8 days old", "marketing up"),
        (_removed_database, "home", "audit.anchor holds 1 head of its audit log", "Restore the last backup"),
        (_removed_database_without_anchor, "home", "yet media of it are there", "Restore the last backup"),
        (_older_copy_of_the_database, "audit log", "was anchored: the tail is cut", "marketing pause"),
        (_lost_table, "control plane", "it lacks insight_snapshots.", "restore the last backup"),
        (_lost_column, "control plane", "it lacks model_calls.price_as_of.", "restore the last backup"),
        (_shared_account, "brand tea_room", "is the account of the brand second as well", "Mend what is named"),
        (_media_is_a_file, "media folder", "cannot be written", "right to write"),
        (_tampered, "audit log", "Row 2 is not as it was written", "marketing pause"),
        (_backwards, "time goes forward", "the newest row is of 2026-11-16", "Set this machine's clock"),
        (_damaged_clock, "clock", "clock.json cannot be read", "Restore it from a backup"),
        (_parked, "effect tea_room-2026-11-16-01-e1", "parked: cannot be proved", "marketing effects resolve"),
        (_overdue, "effect tea_room-2026-11-16-01-e1", "was due and nobody took it", "marketing up"),
        (_short_key, "audit key", "fewer than 32 characters", "openssl rand"),
        (_silent_daemon, "dagster daemon", "has never run here", "marketing up"),
    ],
)
def test_each_trouble_is_one_row(
    office: Office, run: Run, monkeypatch: pytest.MonkeyPatch, harm: Any, name: str, detail: str, mend: str
) -> None:
    for variable in ("MARKETING_SANDBOX_SEED", "MARKETING_AUDIT_KEY", "DAGSTER_HOME"):
        monkeypatch.setenv(variable, "")
    harm(office)
    said = run("doctor", "--json")
    assert (said.code, said.json["healthy"]) == (1, False)
    found = row(said, name)
    assert found["ok"] is False
    assert detail in found["detail"] and mend in found["mend"]
    assert "Traceback" not in said.err
    spoken = run("doctor")
    assert "Not well" in spoken.out and mend in spoken.words


def test_wrong_settings_are_the_only_row(office: Office, run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MARKETING_MODE", "life")
    said = run("doctor", "--json")
    assert said.code == 1
    assert [row["name"] for row in said.json["rows"]] == ["settings"]
    assert "MARKETING_MODE is 'life'" in row(said, "settings")["detail"]
