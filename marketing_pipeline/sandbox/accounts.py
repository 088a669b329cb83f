"""Instagram accounts of the sandbox and the tokens that open them."""

import re
from datetime import datetime, timedelta

from pydantic import BaseModel, ConfigDict

from marketing_pipeline.sandbox import graph_errors
from marketing_pipeline.sandbox.graph_errors import GraphError
from marketing_pipeline.sandbox.journal import Journal, Kind
from marketing_pipeline.sandbox.market import Market
from marketing_pipeline.sandbox.state_file import from_stamp, stamp
from marketing_pipeline.sandbox.world import World

TOKEN_LIFE = timedelta(days=60)
"""Documented: a refreshed long-lived token lives 60 days."""
TOKEN_LEAST_AGE = timedelta(hours=24)
"""Documented: a younger token cannot be refreshed."""
_TOKEN = re.compile(r"^sandbox-(\d{5,25})(?:-(\d{1,6}))?$")
_FIRST_TOKEN_AGE = timedelta(days=2)


class Account(BaseModel):
    """One professional account."""

    model_config = ConfigDict(frozen=True)

    id: str
    username: str
    first_followers: int
    seen_at: datetime


class Accounts:
    """Recognises tokens. `sandbox-<account>` opens that account and never expires; refreshed ones live 60 days."""

    def __init__(self, world: World, journal: Journal, market: Market) -> None:
        self._world = world
        self._journal = journal
        self._market = market

    def of_token(self, token: str) -> Account:
        """The account that a token opens, made at first sight. Raises GraphError 104, 190 or 190/463."""
        if not token:
            raise GraphError(graph_errors.TOKEN_MISSING)
        found = _TOKEN.match(token)
        if not found:
            raise GraphError(graph_errors.TOKEN_INVALID)
        with self._world.transaction():
            account = self._known(found[1]) or self._make(found[1])
            self._require_alive(account.id, int(found[2] or 0))
        return account

    def refresh(self, token: str, digest: str) -> tuple[str, int]:
        """A new token and its life in seconds. Raises GraphError for one that is invalid, expired or under 24 h old."""
        account = self.of_token(token)
        now = self._world.now()
        found = _TOKEN.match(token)
        with self._world.transaction() as connection:
            issued = connection.execute(
                "SELECT issued_at FROM tokens WHERE account = ? AND serial = ?",
                (account.id, int(found[2] or 0) if found else 0),
            ).fetchone()["issued_at"]
            if now - from_stamp(issued) < TOKEN_LEAST_AGE:
                raise graph_errors.bad_parameter("The token must be at least 24 hours old.")
            serial: int = connection.execute(
                "SELECT max(serial) + 1 AS serial FROM tokens WHERE account = ?", (account.id,)
            ).fetchone()["serial"]
            connection.execute(
                "INSERT INTO tokens (account, serial, issued_at, expires_at) VALUES (?, ?, ?, ?)",
                (account.id, serial, stamp(now), stamp(now + TOKEN_LIFE)),
            )
            self._journal.write(Kind.TOKEN_REFRESHED, account.id, str(serial), digest)
        return f"sandbox-{account.id}-{serial}", int(TOKEN_LIFE.total_seconds())

    def _known(self, account: str) -> Account | None:
        with self._world.transaction() as connection:
            row = connection.execute("SELECT * FROM accounts WHERE id = ?", (account,)).fetchone()
        if row is None:
            return None
        return Account(
            id=row["id"],
            username=row["username"],
            first_followers=row["followers"],
            seen_at=from_stamp(row["seen_at"]),
        )

    def _make(self, account: str) -> Account:
        brand = self._market.brand(account)
        made = Account(
            id=account,
            username=brand.channels.instagram.handle.removeprefix("@") if brand else f"sandbox_{account}",
            first_followers=self._market.first_followers(account),
            seen_at=self._world.now(),
        )
        with self._world.transaction() as connection:
            connection.execute(
                "INSERT INTO accounts (id, username, followers, seen_at) VALUES (?, ?, ?, ?)",
                (made.id, made.username, made.first_followers, stamp(made.seen_at)),
            )
            connection.execute(
                "INSERT INTO tokens (account, serial, issued_at, expires_at) VALUES (?, 0, ?, NULL)",
                (made.id, stamp(made.seen_at - _FIRST_TOKEN_AGE)),
            )
            self._journal.write(Kind.ACCOUNT_CREATED, account, account, "", {"username": made.username})
        return made

    def _require_alive(self, account: str, serial: int) -> None:
        with self._world.transaction() as connection:
            row = connection.execute(
                "SELECT expires_at FROM tokens WHERE account = ? AND serial = ?", (account, serial)
            ).fetchone()
        if row is None:
            raise GraphError(graph_errors.TOKEN_INVALID)
        if row["expires_at"] is not None and self._world.now() >= from_stamp(row["expires_at"]):
            raise GraphError(graph_errors.TOKEN_EXPIRED)
