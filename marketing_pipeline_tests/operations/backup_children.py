"""Processes for tests of backups: one that writes all the time, ones that are killed while they copy."""

import os
import signal
from pathlib import Path

from marketing_pipeline.domain.clock import SystemClock
from marketing_pipeline.operations.backup import make_backup
from marketing_pipeline.operations.backup_parts import BackupSource
from marketing_pipeline.operations.restore import RestoreOrder, restore
from marketing_pipeline.store.audit import AuditLog
from marketing_pipeline.store.home import Home

KEY = b"a key that lives outside the database"
WORLD = "sandbox:7"


def write_all_the_time(root: Path, ready: Path, end: Path) -> None:
    """Append one pair of audit rows a transaction, until told to end."""
    home = Home(root)
    database = home.open_database()
    audit = AuditLog(KEY, database.clock)
    while not end.exists():
        with database.write() as connection:
            for half in ("first", "second"):
                audit.append(connection, actor="writer", action=f"test.{half}", subject="s", brand=None, detail={})
        ready.touch()
    database.close()


def back_up_and_die(root: Path, brands: Path, folder: Path, at: str) -> None:
    """Begin a backup and be killed as soon as it comes to a part."""

    def told(part: str) -> None:
        if part == at:
            os.kill(os.getpid(), signal.SIGKILL)

    make_backup(BackupSource(Home(root), brands, WORLD), folder, real=SystemClock(), told=told)


def order_of(backup: Path, root: Path, world: str = WORLD) -> RestoreOrder:
    """An order to put a backup into a home."""
    return RestoreOrder(backup=backup, home=Home(root), world=world, key=lambda _: KEY, actor="sam")


def restore_and_die(backup: Path, root: Path, at: str) -> None:
    """Begin a restore and be killed as soon as it comes to a part."""

    def told(part: str) -> None:
        if part == at:
            os.kill(os.getpid(), signal.SIGKILL)

    restore(order_of(backup, root), real=SystemClock(), told=told)
