"""Tokens for programs: made, used, taken back."""

from datetime import datetime, timedelta

from sqlalchemy import Connection, RowMapping, func, insert, select, update

from marketing_pipeline.domain.audit import AuditAppender
from marketing_pipeline.domain.errors import NotFound
from marketing_pipeline.domain.person import Permission, Person
from marketing_pipeline.domain.user import ApiToken
from marketing_pipeline.store.secret_words import token_sha256
from marketing_pipeline.store.tables import api_tokens

_USE_WRITTEN_EVERY = timedelta(minutes=5)


class ApiTokens:
    """Reads and writes tokens. The token itself is told once, when it is made."""

    def __init__(self, audit: AuditAppender) -> None:
        self._audit = audit

    def make(
        self,
        connection: Connection,
        token: str,
        user: str,
        name: str,
        scopes: frozenset[Permission],
        *,
        expires_at: datetime,
        by: Person,
        now: datetime,
    ) -> str:
        """Keep a new token; returns its number."""
        number = str((connection.scalar(select(func.count()).select_from(api_tokens)) or 0) + 1)
        row = {
            "id": number,
            "user": user,
            "name": name,
            "token_sha256": token_sha256(token),
            "scopes": _listed(scopes),
            "created_at": now,
            "expires_at": expires_at,
        }
        connection.execute(insert(api_tokens).values(row))
        detail = {"user": user, "name": name, "scopes": _listed(scopes), "expires_at": expires_at.isoformat()}
        self._record(connection, "token.made", number, by, detail)
        return number

    def all(self, connection: Connection, user: str | None = None) -> tuple[ApiToken, ...]:
        """Every token, or those of a user, oldest first."""
        wanted = select(api_tokens).order_by(api_tokens.c.created_at, api_tokens.c.id)
        rows = connection.execute(wanted if user is None else wanted.where(api_tokens.c.user == user)).mappings()
        return tuple(_token(row) for row in rows)

    def get(self, connection: Connection, number: str) -> ApiToken:
        """The token of that number. Raises NotFound."""
        row = connection.execute(select(api_tokens).where(api_tokens.c.id == number)).mappings().first()
        if row is None:
            raise NotFound(f"There is no API token {number[:96]!r}.", "`marketing api-tokens list` shows them all.")
        return _token(row)

    def find(self, connection: Connection, token: str, now: datetime) -> ApiToken | None:
        """What is known of a token that counts at `now`."""
        good = (
            api_tokens.c.token_sha256 == token_sha256(token),
            api_tokens.c.revoked_at.is_(None),
            api_tokens.c.expires_at > now,
        )
        row = connection.execute(select(api_tokens).where(*good)).mappings().first()
        return None if row is None else _token(row)

    def is_use_to_be_written(self, known: ApiToken, now: datetime) -> bool:
        """Whether the last use that is written down is so long ago that another is worth a write."""
        return known.used_at is None or now - known.used_at >= _USE_WRITTEN_EVERY

    def use(self, connection: Connection, known: ApiToken, now: datetime) -> None:
        """Note that it was used."""
        connection.execute(update(api_tokens).where(api_tokens.c.id == known.id).values(used_at=now))

    def revoke(self, connection: Connection, known: ApiToken, *, by: Person, now: datetime) -> None:
        """Take it back; one that was taken back before stays as it is."""
        if known.revoked_at is None:
            connection.execute(update(api_tokens).where(api_tokens.c.id == known.id).values(revoked_at=now))
            self._record(connection, "token.revoked", known.id, by, {"user": known.user, "name": known.name})

    def _record(
        self, connection: Connection, action: str, number: str, by: Person, detail: dict[str, str | list[str]]
    ) -> None:
        self._audit.append(
            connection,
            actor=by.name,
            action=action,
            subject=f"api token {number}",
            brand=None,
            detail={**detail, "source": by.source},
        )


def _listed(scopes: frozenset[Permission]) -> list[str]:
    return [scope for scope in Permission if scope in scopes]


def _token(row: RowMapping) -> ApiToken:
    return ApiToken.model_validate(dict(row))
