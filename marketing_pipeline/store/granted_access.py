"""What lets somebody in without a password: sessions, login links and API tokens of everybody, ended at once."""

from datetime import datetime

from sqlalchemy import Connection

from marketing_pipeline.domain.audit import AuditAppender
from marketing_pipeline.domain.person import Person, Role
from marketing_pipeline.store.api_tokens import ApiTokens
from marketing_pipeline.store.login_links import LoginLinks
from marketing_pipeline.store.sessions import Sessions
from marketing_pipeline.store.users import Users


def end_all_access(connection: Connection, audit: AuditAppender, *, actor: str, reason: str, now: datetime) -> None:
    """End every session, link and token of every user; each session's end and each token has its audit row.

    After an older copy of the database has come back nobody can tell which of them were ended since it was made.
    """
    sessions, links, tokens = Sessions(audit), LoginLinks(audit), ApiTokens(audit)
    by = Person(name=actor, role=Role.ADMIN, source="system")
    for user in Users(audit).all(connection):
        sessions.end_all(connection, user.name, by=actor, reason=reason, now=now)
        links.end_all(connection, user.name, now)
    for token in tokens.all(connection):
        tokens.revoke(connection, token, by=by, now=now)
