"""The rows of users: each change with its audit row."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, RowMapping, func, insert, select, update

from marketing_pipeline.domain.audit import AuditAppender
from marketing_pipeline.domain.errors import NotFound
from marketing_pipeline.domain.identifiers import BrandId
from marketing_pipeline.domain.person import Person, Role
from marketing_pipeline.domain.user import User, UserRefused, require_user_name
from marketing_pipeline.store.tables import users


class Users:
    """Reads and writes users. Names that differ only in capitals are the same user."""

    def __init__(self, audit: AuditAppender) -> None:
        self._audit = audit

    def all(self, connection: Connection) -> tuple[User, ...]:
        """Every user, also disabled ones, by name."""
        rows = connection.execute(select(users).order_by(users.c.id)).mappings()
        return tuple(_user(row) for row in rows)

    def find(self, connection: Connection, name: str) -> User | None:
        """The user of that name, also a disabled one."""
        row = connection.execute(select(users).where(_is(name))).mappings().first()
        return None if row is None else _user(row)

    def get(self, connection: Connection, name: str) -> User:
        """The user of that name. Raises NotFound."""
        found = self.find(connection, name)
        if found is None:
            raise NotFound(f"There is no user {name[:96]!r}.", "`marketing users list` shows them all.")
        return found

    def password_hash(self, connection: Connection, name: str) -> str | None:
        """The hash of a user who can sign in with a password."""
        return connection.scalar(select(users.c.password_hash).where(_is(name), users.c.disabled_at.is_(None)))

    def add(
        self,
        connection: Connection,
        name: str,
        role: Role,
        brands: frozenset[BrandId] | None,
        password_hash: str | None,
        *,
        by: Person,
        now: datetime,
    ) -> User:
        """A new user. Raises UserRefused for a name that cannot be one, or is taken."""
        if self.find(connection, require_user_name(name)) is not None:
            raise UserRefused(f"There is a user {name} already.", "`marketing users change` changes one.")
        row = {
            "id": name,
            "role": role,
            "brands": _listed(brands),
            "password_hash": password_hash,
            "created_at": now,
            "created_by": by.name,
            "updated_at": now,
        }
        connection.execute(insert(users).values(row))
        detail = {"role": role, "brands": _listed(brands), "password": password_hash is not None}
        self._record(connection, "user.added", name, by, detail)
        return self.get(connection, name)

    def change(
        self, connection: Connection, user: User, changes: Mapping[str, Any], *, by: Person, now: datetime
    ) -> User:
        """Set columns of a user. `changes` may hold role, brands (a set, or None for all) and password_hash."""
        columns = dict(changes)
        if "brands" in columns:
            columns["brands"] = _listed(columns["brands"])
        connection.execute(update(users).where(users.c.id == user.name).values(**columns, updated_at=now))
        told = {name: value for name, value in columns.items() if name != "password_hash"}
        if "password_hash" in columns:
            told["password"] = "changed"
        self._record(connection, "user.changed", user.name, by, told)
        return self.get(connection, user.name)

    def disable(
        self, connection: Connection, user: User, *, by: Person, now: datetime, detail: Mapping[str, Any]
    ) -> None:
        """Let a user in no more."""
        connection.execute(update(users).where(users.c.id == user.name).values(disabled_at=now, updated_at=now))
        self._record(connection, "user.disabled", user.name, by, detail)

    def enable(self, connection: Connection, user: User, *, by: Person, now: datetime) -> None:
        """Let a user in again."""
        connection.execute(update(users).where(users.c.id == user.name).values(disabled_at=None, updated_at=now))
        self._record(connection, "user.changed", user.name, by, {"enabled": True})

    def renew_hash(self, connection: Connection, name: str, password_hash: str) -> None:
        """The same password under today's parameters: no change that anybody needs to hear of."""
        connection.execute(update(users).where(users.c.id == name).values(password_hash=password_hash))

    def _record(self, connection: Connection, action: str, name: str, by: Person, detail: Mapping[str, Any]) -> None:
        self._audit.append(
            connection,
            actor=by.name,
            action=action,
            subject=f"user {name}",
            brand=None,
            detail={**detail, "source": by.source},
        )


def _is(name: str) -> Any:
    return func.lower(users.c.id) == name.lower()


def _listed(brands: frozenset[BrandId] | None) -> list[str] | None:
    return None if brands is None else sorted(brands)


def _user(row: RowMapping) -> User:
    return User(
        name=row["id"],
        role=Role(row["role"]),
        brands=None if row["brands"] is None else frozenset(BrandId(brand) for brand in row["brands"]),
        has_password=row["password_hash"] is not None,
        created_at=row["created_at"],
        created_by=row["created_by"],
        disabled_at=row["disabled_at"],
    )
