"""The durable state of the sandbox's channels."""

from pathlib import Path

from marketing_pipeline.domain.clock import Clock
from marketing_pipeline.sandbox.state_file import StateFile

_SCHEMA = """
CREATE TABLE IF NOT EXISTS accounts (
    id TEXT PRIMARY KEY, username TEXT NOT NULL, followers INTEGER NOT NULL, seen_at TEXT NOT NULL
) STRICT;
CREATE TABLE IF NOT EXISTS tokens (
    account TEXT NOT NULL REFERENCES accounts(id), serial INTEGER NOT NULL,
    issued_at TEXT NOT NULL, expires_at TEXT, PRIMARY KEY (account, serial)
) STRICT;
CREATE TABLE IF NOT EXISTS containers (
    number INTEGER PRIMARY KEY AUTOINCREMENT, account TEXT NOT NULL REFERENCES accounts(id), kind TEXT NOT NULL,
    caption TEXT NOT NULL, ai_generated INTEGER NOT NULL, pictures TEXT NOT NULL,
    created_at TEXT NOT NULL, ready_at TEXT NOT NULL,
    forced_status TEXT, published_at TEXT, shows_published_at TEXT
) STRICT;
CREATE INDEX IF NOT EXISTS containers_by_account ON containers (account, created_at);
CREATE TABLE IF NOT EXISTS media (
    number INTEGER PRIMARY KEY AUTOINCREMENT, account TEXT NOT NULL REFERENCES accounts(id),
    container INTEGER NOT NULL REFERENCES containers(number), media_type TEXT NOT NULL, caption TEXT NOT NULL,
    pictures TEXT NOT NULL, published_at TEXT NOT NULL, listed_at TEXT NOT NULL,
    shortcode TEXT NOT NULL UNIQUE, reading TEXT NOT NULL, response TEXT NOT NULL
) STRICT;
CREATE INDEX IF NOT EXISTS media_by_account ON media (account, published_at);
CREATE TABLE IF NOT EXISTS late_commits (
    number INTEGER PRIMARY KEY AUTOINCREMENT, container INTEGER NOT NULL REFERENCES containers(number),
    due_at TEXT NOT NULL, request_digest TEXT NOT NULL
) STRICT;
CREATE TABLE IF NOT EXISTS faults (
    number INTEGER PRIMARY KEY AUTOINCREMENT, name TEXT NOT NULL, operation TEXT, account TEXT,
    remaining INTEGER NOT NULL CHECK (remaining >= 0), fault TEXT NOT NULL
) STRICT;
CREATE TABLE IF NOT EXISTS journal (
    sequence INTEGER PRIMARY KEY AUTOINCREMENT, at TEXT NOT NULL, kind TEXT NOT NULL, account TEXT NOT NULL,
    subject TEXT NOT NULL, request_digest TEXT NOT NULL, details TEXT NOT NULL
) STRICT;
CREATE TRIGGER IF NOT EXISTS journal_is_never_changed BEFORE UPDATE ON journal
    BEGIN SELECT RAISE(ABORT, 'the journal is append-only'); END;
CREATE TRIGGER IF NOT EXISTS journal_is_never_shortened BEFORE DELETE ON journal
    BEGIN SELECT RAISE(ABORT, 'the journal is append-only'); END;
"""


class World(StateFile):
    """One home's outside world."""

    def __init__(self, folder: Path, clock: Clock) -> None:
        super().__init__(folder / "world.sqlite", _SCHEMA, clock)
        self.folder = folder
