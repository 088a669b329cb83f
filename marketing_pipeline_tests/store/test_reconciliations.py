"""An old copy of the database is noticed by its audit head, whatever is written to it before anybody looks."""

from dataclasses import dataclass
from pathlib import Path

import pytest

from marketing_pipeline.domain.clock import SteppedClock
from marketing_pipeline.store.audit import AuditLog
from marketing_pipeline.store.database import Database
from marketing_pipeline.store.home import Home
from marketing_pipeline.store.reconciliations import NotReconciled, Reconciliations, open_reconciliation

KEY = b"a key that lives outside the database"


@dataclass
class Shelf:
    """A database, its audit log and its anchor."""

    home: Home
    database: Database
    audit: AuditLog
    reconciliations: Reconciliations

    def write(self, rows: int, word: str = "row") -> None:
        """Append audit rows."""
        with self.database.write() as connection:
            for _ in range(rows):
                self.audit.append(connection, actor="ana", action=word, subject="s", brand=None, detail={})

    def anchor(self) -> None:
        """Note the head."""
        self.reconciliations.anchor(self.database)

    def copy(self) -> bytes:
        """The database as one file."""
        self.database.close()  # the last connection folds the log into the file
        return self._file.read_bytes()

    def put_back(self, content: bytes) -> None:
        """Replace the database by an old copy."""
        self.database.close()
        for left in self.home.root.glob("control_plane.sqlite*"):
            left.unlink()
        self._file.write_bytes(content)

    @property
    def _file(self) -> Path:
        return self.home.root / "control_plane.sqlite"


@pytest.fixture
def shelf(home: Home, database: Database, clock: SteppedClock) -> Shelf:
    """Three rows, anchored."""
    audit = AuditLog(KEY, clock)
    made = Shelf(home, database, audit, Reconciliations(audit, clock, home.audit_anchor))
    made.write(3)
    made.anchor()
    return made


def test_a_whole_database_is_left_alone(shelf: Shelf) -> None:
    shelf.reconciliations.require_none(shelf.database)
    shelf.write(2)
    shelf.reconciliations.require_none(shelf.database)


def test_an_old_copy_is_noticed(shelf: Shelf) -> None:
    old = shelf.copy()
    shelf.write(2)
    shelf.anchor()
    shelf.put_back(old)
    with pytest.raises(NotReconciled, match="row 5 was anchored"):
        shelf.reconciliations.require_none(shelf.database)


def test_an_old_copy_that_was_written_to_and_anchored_since_is_noticed(shelf: Shelf) -> None:
    old = shelf.copy()
    shelf.write(2)
    shelf.anchor()
    shelf.put_back(old)
    shelf.write(9, "another")
    shelf.anchor()
    with pytest.raises(NotReconciled, match="written anew"):
        shelf.reconciliations.require_none(shelf.database)


def test_a_torn_last_line_of_the_anchor_blocks(shelf: Shelf) -> None:
    with shelf.home.audit_anchor.open("ab") as file:
        file.write(b'{"sequence": 4, \xff\x00')
    with pytest.raises(NotReconciled, match="cannot be trusted"):
        shelf.reconciliations.require_none(shelf.database)


def test_one_stands_until_it_is_finished_and_the_old_anchor_is_kept(shelf: Shelf) -> None:
    old = shelf.copy()
    shelf.write(2)
    shelf.anchor()
    before = shelf.home.audit_anchor.read_bytes()
    shelf.put_back(old)
    with pytest.raises(NotReconciled):
        shelf.reconciliations.require_none(shelf.database)
    with shelf.database.write() as connection:
        first, again = shelf.reconciliations.look(connection), shelf.reconciliations.look(connection)
        assert first is not None and first == again
        shelf.reconciliations.finish(connection, actor="ana", accepted=False)
    shelf.anchor()
    shelf.reconciliations.require_none(shelf.database)
    with shelf.database.read() as connection:
        assert open_reconciliation(connection) is None
        assert shelf.audit.verify(connection, shelf.home.audit_anchor).intact
    [kept] = shelf.home.root.glob("audit.anchor.until-*")
    assert kept.read_bytes() == before


def test_without_an_anchor_only_what_was_opened_counts(shelf: Shelf) -> None:
    shelf.home.audit_anchor.unlink()
    shelf.reconciliations.require_none(shelf.database)
    with shelf.database.write() as connection:
        opened = shelf.reconciliations.begin(connection, reason="restored", actor="ana")
    assert opened.since <= opened.started_at
    with pytest.raises(NotReconciled, match="restored"):
        shelf.reconciliations.require_none(shelf.database)
