"""What columns are made of: ids, texts, JSON, and times that are zone-aware and kept as ISO 8601 text in UTC."""

from collections.abc import Iterable
from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import (
    JSON,
    CheckConstraint,
    Column,
    Dialect,
    MetaData,
    String,
    Text,
    TypeDecorator,
)

from marketing_pipeline.domain.clock import aware

metadata = MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "ck": "ck_%(table_name)s_%(constraint_name)s",
        "fk": "fk_%(table_name)s_%(column_0_name)s",
        "pk": "pk_%(table_name)s",
    }
)


class UtcTime(TypeDecorator[datetime]):
    """A zone-aware moment as fixed-width ISO 8601 text in UTC: sorts as text, reads alike in SQLite and Postgres."""

    impl = String(32)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> str | None:
        """To text. Raises ValueError for a time without a zone."""
        return None if value is None else aware(value).isoformat(timespec="microseconds")

    def process_result_value(self, value: Any, dialect: Dialect) -> datetime | None:
        """Back to a moment in UTC."""
        return None if value is None else datetime.fromisoformat(value)


def one_of(column: str, words: Iterable[StrEnum]) -> CheckConstraint:
    listed = ", ".join(f"'{word}'" for word in words)
    return CheckConstraint(f"{column} IN ({listed})", name=column)


def text(name: str, comment: str, *, nullable: bool = False) -> Column[str]:
    return Column(name, Text, nullable=nullable, comment=comment)


def identifier(name: str, comment: str, *, primary_key: bool = False, nullable: bool = False) -> Column[str]:
    return Column(name, String(96), primary_key=primary_key, nullable=nullable, comment=comment)


def json(name: str, comment: str, *, nullable: bool = False) -> Column[Any]:
    return Column(name, JSON, nullable=nullable, comment=comment)


def moment(name: str, comment: str, *, nullable: bool = False) -> Column[datetime]:
    return Column(name, UtcTime, nullable=nullable, comment=comment)


def changed_at() -> Column[datetime]:
    return moment("updated_at", "When the row last changed; projections follow it")
