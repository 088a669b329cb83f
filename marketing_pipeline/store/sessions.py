"""Signed-in browsers: opened, used, and ended."""

from datetime import datetime, timedelta

from sqlalchemy import Connection, RowMapping, delete, insert, select, update

from marketing_pipeline.domain.audit import AuditAppender
from marketing_pipeline.domain.user import ABSOLUTE_LIMIT, IDLE_LIMIT, Session, SignInWay
from marketing_pipeline.store.secret_words import token_sha256
from marketing_pipeline.store.tables import sessions

SEEN_EVERY = timedelta(minutes=5)
"""How often a use is written down: the idle limit is that much shorter, and a page costs no write."""
_FORGOTTEN_AFTER = timedelta(days=30)


class Sessions:
    """Reads and writes sessions. The token itself is in the browser alone."""

    def __init__(self, audit: AuditAppender) -> None:
        self._audit = audit

    def open(
        self, connection: Connection, token: str, user: str, way: SignInWay, *, address: str, now: datetime
    ) -> None:
        """A new session of that token; rows of sessions that ended long ago are cleared away."""
        connection.execute(delete(sessions).where(sessions.c.expires_at < now - _FORGOTTEN_AFTER))
        row = {
            "id": token_sha256(token),
            "user": user,
            "way": way,
            "created_at": now,
            "seen_at": now,
            "expires_at": now + IDLE_LIMIT,
        }
        connection.execute(insert(sessions).values(row))
        self._record(connection, "session.opened", user, user, {"way": way, "address": address})

    def find(self, connection: Connection, token: str, now: datetime) -> Session | None:
        """The session of that token where it counts at `now`."""
        found = select(sessions).where(
            sessions.c.id == token_sha256(token), sessions.c.ended_at.is_(None), sessions.c.expires_at > now
        )
        row = connection.execute(found).mappings().first()
        return None if row is None else _session(row)

    def see(self, connection: Connection, session: Session, now: datetime) -> None:
        """Note that it was used: it lives on, up to the absolute limit. One that has ended meanwhile stays so."""
        until = min(now + IDLE_LIMIT, session.created_at + ABSOLUTE_LIMIT)
        alive = (sessions.c.id == session.id, sessions.c.ended_at.is_(None), sessions.c.expires_at > now)
        connection.execute(update(sessions).where(*alive).values(seen_at=now, expires_at=until))

    def end(self, connection: Connection, session: Session, *, reason: str, now: datetime) -> None:
        """End one session."""
        connection.execute(update(sessions).where(sessions.c.id == session.id).values(ended_at=now))
        self._record(connection, "session.ended", session.user, session.user, {"reason": reason})

    def end_all(self, connection: Connection, user: str, *, by: str, reason: str, now: datetime) -> int:
        """End every session of a user; returns how many there were."""
        alive = (sessions.c.user == user, sessions.c.ended_at.is_(None), sessions.c.expires_at > now)
        ended = connection.execute(update(sessions).where(*alive).values(ended_at=now)).rowcount
        if ended:
            self._record(connection, "session.ended", user, by, {"reason": reason, "sessions": ended})
        return ended

    def _record(self, connection: Connection, action: str, user: str, actor: str, detail: dict[str, str | int]) -> None:
        self._audit.append(connection, actor=actor, action=action, subject=f"user {user}", brand=None, detail=detail)


def _session(row: RowMapping) -> Session:
    return Session(
        id=row["id"],
        user=row["user"],
        way=SignInWay(row["way"]),
        created_at=row["created_at"],
        seen_at=row["seen_at"],
        expires_at=row["expires_at"],
    )
