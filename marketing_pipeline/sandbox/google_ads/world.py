"""The durable state of the sandbox's Google Ads.

Only accounts and what was done to them are stored. Figures follow from the seed, so they are never stored.
"""

import json
from collections.abc import Sequence
from datetime import datetime
from pathlib import Path

from marketing_pipeline.domain.clock import Clock
from marketing_pipeline.domain.errors import MarketingError
from marketing_pipeline.sandbox.google_ads.account_plan import AdsAccount
from marketing_pipeline.sandbox.state_file import StateFile, from_stamp, stamp

_SCHEMA = """
CREATE TABLE IF NOT EXISTS seeds (seed INTEGER NOT NULL PRIMARY KEY) STRICT;
CREATE TABLE IF NOT EXISTS accounts (
    customer TEXT PRIMARY KEY, opened_at TEXT NOT NULL, plan TEXT NOT NULL
) STRICT;
CREATE TABLE IF NOT EXISTS calls (
    sequence INTEGER PRIMARY KEY AUTOINCREMENT, at TEXT NOT NULL, request_id TEXT NOT NULL, customer TEXT NOT NULL,
    method TEXT NOT NULL, operations INTEGER NOT NULL, validate_only INTEGER NOT NULL, outcome TEXT NOT NULL
) STRICT;
CREATE INDEX IF NOT EXISTS calls_by_time ON calls (at);
CREATE TABLE IF NOT EXISTS faults (
    number INTEGER PRIMARY KEY AUTOINCREMENT, remaining INTEGER NOT NULL CHECK (remaining >= 0), fault TEXT NOT NULL
) STRICT;
CREATE TABLE IF NOT EXISTS late_requests (
    number INTEGER PRIMARY KEY AUTOINCREMENT, due_at TEXT NOT NULL, request_id TEXT NOT NULL, method TEXT NOT NULL,
    request BLOB NOT NULL
) STRICT;
CREATE TABLE IF NOT EXISTS journal (
    sequence INTEGER PRIMARY KEY AUTOINCREMENT, at TEXT NOT NULL, customer TEXT NOT NULL, request_id TEXT NOT NULL,
    method TEXT NOT NULL, position INTEGER NOT NULL, operation TEXT NOT NULL, resource TEXT NOT NULL,
    resource_type TEXT NOT NULL, validate_only INTEGER NOT NULL, outcome TEXT NOT NULL, errors TEXT NOT NULL,
    before TEXT, after TEXT, client_type TEXT NOT NULL, user_email TEXT NOT NULL
) STRICT;
CREATE INDEX IF NOT EXISTS journal_by_customer ON journal (customer, sequence);
CREATE TRIGGER IF NOT EXISTS journal_is_never_changed BEFORE UPDATE ON journal
    BEGIN SELECT RAISE(ABORT, 'the journal is append-only'); END;
CREATE TRIGGER IF NOT EXISTS journal_is_never_shortened BEFORE DELETE ON journal
    BEGIN SELECT RAISE(ABORT, 'the journal is append-only'); END;
"""


class OtherWorld(MarketingError):
    """The home holds another sandbox than the one asked for."""


class AdsWorld(StateFile):
    """One home's Google Ads."""

    def __init__(self, folder: Path, clock: Clock, seed: int) -> None:
        super().__init__(folder / "google_ads.sqlite", _SCHEMA, clock)
        self.seed = seed
        self._keep_seed()

    def open_accounts(self, accounts: Sequence[AdsAccount]) -> list[tuple[AdsAccount, datetime]]:
        """Each account with the moment it was opened, which is now for a new one.

        Raises OtherWorld for an account that was opened with another plan.
        """
        with self.transaction() as connection:
            for account in accounts:
                plan = json.dumps(account.model_dump(mode="json"), sort_keys=True)
                connection.execute(
                    "INSERT INTO accounts (customer, opened_at, plan) VALUES (?, ?, ?) ON CONFLICT DO NOTHING",
                    (account.customer_id, stamp(self.now()), plan),
                )
            rows = {row["customer"]: row for row in connection.execute("SELECT * FROM accounts").fetchall()}
        for account in accounts:
            if AdsAccount.model_validate_json(rows[account.customer_id]["plan"]) != account:
                raise OtherWorld(
                    f"The account {account.customer_id} of this home was opened with another plan.",
                    "Give it the plan it had, or use another home.",
                )
        return [(account, from_stamp(rows[account.customer_id]["opened_at"])) for account in accounts]

    def _keep_seed(self) -> None:
        with self.transaction() as connection:
            connection.execute("INSERT INTO seeds SELECT ? WHERE NOT EXISTS (SELECT 1 FROM seeds)", (self.seed,))
            [kept] = connection.execute("SELECT seed FROM seeds").fetchone()
        if kept != self.seed:
            self.close()
            raise OtherWorld(
                f"This home holds the sandbox of seed {kept}, not {self.seed}.",
                "Set the seed it has, or use another home.",
            )
