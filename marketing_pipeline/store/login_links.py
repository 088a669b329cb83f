"""Links that let somebody in once, for a quarter of an hour."""

from datetime import datetime, timedelta

from sqlalchemy import Connection, delete, insert, select, update

from marketing_pipeline.domain.audit import AuditAppender
from marketing_pipeline.domain.user import LINK_LIFE
from marketing_pipeline.store.secret_words import token_sha256
from marketing_pipeline.store.tables import login_links

_FORGOTTEN_AFTER = timedelta(days=1)


class LoginLinks:
    """Makes links and uses them up."""

    def __init__(self, audit: AuditAppender) -> None:
        self._audit = audit

    def make(self, connection: Connection, token: str, user: str, *, by: str, now: datetime) -> None:
        """A new link; rows of old ones are cleared away."""
        connection.execute(delete(login_links).where(login_links.c.expires_at < now - _FORGOTTEN_AFTER))
        row = {"id": token_sha256(token), "user": user, "created_at": now, "expires_at": now + LINK_LIFE}
        connection.execute(insert(login_links).values(row))
        self._audit.append(
            connection, actor=by, action="link.made", subject=f"user {user}", brand=None, detail={"minutes": _MINUTES}
        )

    def use(self, connection: Connection, token: str, now: datetime) -> str | None:
        """Whom the link lets in; None where it does not, or did already. It is used up by this."""
        good = (
            login_links.c.id == token_sha256(token),
            login_links.c.used_at.is_(None),
            login_links.c.expires_at > now,
        )
        user = connection.scalar(select(login_links.c.user).where(*good))
        if user is not None:
            connection.execute(update(login_links).where(*good).values(used_at=now))
        return user

    def end_all(self, connection: Connection, user: str, now: datetime) -> None:
        """Let no link of a user let anybody in any more."""
        unused = (login_links.c.user == user, login_links.c.used_at.is_(None), login_links.c.expires_at > now)
        connection.execute(update(login_links).where(*unused).values(expires_at=now))


_MINUTES = int(LINK_LIFE.total_seconds() // 60)
