"""Backup and restore with the control plane on a real PostgreSQL, by its own pg_dump and pg_restore."""

from dataclasses import replace
from pathlib import Path

import pytest
from sqlalchemy import make_url, text

from marketing_pipeline.domain.brand import Brand
from marketing_pipeline.domain.clock import SystemClock
from marketing_pipeline.operations.backup import make_backup
from marketing_pipeline.operations.backup_control_plane import DUMP, ServerToolFailed
from marketing_pipeline.operations.backup_parts import BackupSource
from marketing_pipeline.operations.restore import RestoreOrder, RestoreRefused, restore
from marketing_pipeline.store.control_plane import ControlPlane
from marketing_pipeline.store.database_errors import DatabaseUnwritable
from marketing_pipeline.store.home import Home
from marketing_pipeline.store.reconciliations import NotReconciled
from marketing_pipeline_tests.postgres_server import PostgresServer
from marketing_pipeline_tests.store.planned_week import record_week

KEY = b"a key that lives outside the database"
WORLD = "sandbox-7"


@pytest.fixture
def home(marketing_home: Path, postgres_url: str) -> Home:
    """A home of that world whose control plane is on the server, empty."""
    home = Home(marketing_home, postgres_url)
    home.root.mkdir()
    database = home.open_database()
    home.bind(database, WORLD)
    database.close()
    return home


def work(home: Home, brand: Brand) -> int:
    """One more week, anchored; how many audit rows there are."""
    database = home.open_database()
    plane = ControlPlane.of(database, KEY, home.audit_anchor)
    with database.write() as connection:
        plane.audit.append(connection, actor="ana", action="noted", subject="s", brand=None, detail={})
    record_week(database, brand, plane.audit, posts=1)
    plane.reconciliations.anchor(database)
    rows = _rows(plane)
    database.close()
    return rows


def _rows(plane: ControlPlane) -> int:
    with plane.database.read() as connection:
        return plane.audit.verify(connection).rows


def order(home: Home, backup: Path, key: bytes = KEY) -> RestoreOrder:
    return RestoreOrder(backup, home, WORLD, lambda _: key, "sam")


def back_up(home: Home, folder: Path) -> Path:
    return make_backup(BackupSource(home, folder / "brands", WORLD), folder / "backups", real=SystemClock()).path


def test_a_restored_copy_blocks_effects_and_the_old_database_is_kept(
    home: Home, brand: Brand, postgres: PostgresServer, tmp_path: Path
) -> None:
    before = work(home, brand)
    backup = back_up(home, tmp_path)
    assert (backup / DUMP).exists()
    since = work(home, brand)
    assert since > before
    done = restore(order(home, backup), real=SystemClock())
    database = home.open_database()
    plane = ControlPlane.of(database, KEY, home.audit_anchor)
    assert _rows(plane) >= before and done.manifest.audit_rows == before
    with pytest.raises(NotReconciled, match="restored from"):
        plane.reconciliations.require_none(database)
    with pytest.raises(Exception, match="append-only"), database.write() as connection:
        connection.execute(text("DELETE FROM audit_log"))
    database.close()
    assert done.replaced_database is not None
    kept = replace(home, database_url=postgres.sqlalchemy_url(done.replaced_database))
    old = kept.open_database()
    assert _rows(ControlPlane.of(old, KEY)) == since
    old.close()
    postgres.drop(done.replaced_database)


def test_a_copy_that_was_put_back_by_other_means_is_noticed(
    home: Home, brand: Brand, postgres: PostgresServer, tmp_path: Path
) -> None:
    work(home, brand)
    name = postgres.new_database(make_url(home.database_url).database or "")
    work(home, brand)
    put_back = replace(home, database_url=postgres.sqlalchemy_url(name)).open_database()
    with pytest.raises(NotReconciled, match="was anchored"):
        ControlPlane.of(put_back, KEY, home.audit_anchor).reconciliations.require_none(put_back)
    put_back.close()
    postgres.drop(name)


def test_a_restore_that_is_refused_leaves_the_database_as_it_was(
    home: Home, brand: Brand, postgres: PostgresServer, tmp_path: Path
) -> None:
    before = work(home, brand)
    backup = back_up(home, tmp_path)
    with pytest.raises(RestoreRefused, match="cannot be verified"):
        restore(order(home, backup, b"another key"), real=SystemClock())
    database = home.open_database()
    assert _rows(ControlPlane.of(database, KEY, home.audit_anchor)) == before
    with database.read() as connection:
        left = connection.execute(text("SELECT datname FROM pg_database WHERE datname LIKE '%restoring%'")).all()
    database.close()
    assert not left


def test_a_backup_of_a_server_is_not_put_into_a_file(home: Home, brand: Brand, tmp_path: Path) -> None:
    work(home, brand)
    backup = back_up(home, tmp_path)
    with pytest.raises(RestoreRefused, match="was a PostgreSQL server; MARKETING_DATABASE_URL asks for a SQLite file"):
        restore(order(Home(home.root), backup), real=SystemClock())


def test_without_the_servers_programs_it_is_said(home: Home, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(ServerToolFailed, match=r"pg_dump is not on this machine.*postgresql-client"):
        back_up(home, tmp_path)


def test_a_user_who_may_make_no_databases_is_told(
    home: Home, brand: Brand, postgres: PostgresServer, tmp_path: Path
) -> None:
    work(home, brand)
    backup = back_up(home, tmp_path)
    database = home.open_database()
    with database.write() as connection:
        connection.execute(text("DROP ROLE IF EXISTS humble"))
        connection.execute(text("CREATE ROLE humble LOGIN IN ROLE pg_read_all_data"))
    database.close()
    humble = replace(home, database_url=home.database_url.replace("postgres@", "humble@"))
    with pytest.raises(DatabaseUnwritable, match="does not let this user"):
        restore(order(humble, backup), real=SystemClock())
