"""Configuration in the audit log: whoever opens an installation and finds it configured anew writes that down, once."""

import hashlib
import json
import logging
from collections.abc import Iterator, Mapping, Sequence
from datetime import timedelta
from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field
from sqlalchemy import Connection, func, select

from marketing_pipeline.domain.audit import AuditAppender
from marketing_pipeline.domain.brand import Brand
from marketing_pipeline.domain.errors import MarketingError
from marketing_pipeline.domain.identifiers import BrandId
from marketing_pipeline.store.database import Database, NestedWrite
from marketing_pipeline.store.tables import audit_log

_log = logging.getLogger(__name__)
ACTOR = "configuration"
ACTION = "configuration.changed"
POLICIES = frozenset({"policies", "posting", "channels", "hashtags", "time_zone", "currency", "id"})
"""Parts of a brand that decide what may be done: told with their values. The others are texts: told as hashes."""
_BRAND = "brand:"
_HASH_LETTERS = 16
_LATEST = 20


class Seen(BaseModel):
    """One thing that is configured, as it was found."""

    model_config = ConfigDict(frozen=True)

    subject: Annotated[str, Field(description="brand:<id>, settings or program")]
    brand: BrandId | None = None
    values: Annotated[dict[str, Any], Field(description="Fields that are told with their values, by dotted name")]
    hashes: Annotated[dict[str, str], Field(description="Parts that are told as hashes")] = {}
    quiet: Annotated[
        timedelta,
        Field(description="What was told within this time is not told again: processes that disagree do not flood"),
    ] = timedelta(0)


def seen_brand(brand: Brand) -> Seen:
    """A brand file: policies with their values, texts as hashes."""
    content = brand.model_dump(mode="json")
    values = {name: value for part in sorted(POLICIES) for name, value in _flat(part, content.pop(part))}
    return Seen(
        subject=f"{_BRAND}{brand.id}",
        brand=brand.brand_id,
        values=values,
        hashes={part: _hash(value) for part, value in content.items()},
    )


def removed_brand(brand: BrandId, quiet: timedelta) -> Seen:
    """A brand whose folder is not there any more: nothing is left of it."""
    return Seen(subject=f"{_BRAND}{brand}", brand=brand, values={}, quiet=quiet)


class Configuration:
    """Compares what is found with the newest row that tells of it."""

    def __init__(self, database: Database, audit: AuditAppender) -> None:
        self._database = database
        self._audit = audit

    def note(self, found: Sequence[Seen]) -> bool:
        """Write a row for each that differs from what was told last, or was never told. Two openers write one row.

        Whether the log tells of all of them now.
        """
        with self._database.read() as connection:
            told = _told(connection, found)
        changed = [item for item in found if _content(item) != told.get(item.subject)]
        if not changed:
            return True
        try:
            with self._database.write() as connection:
                # Under the lock: somebody else may have been first.
                told = _told(connection, changed)
                for item in changed:
                    self._tell(connection, item, told.get(item.subject))
        except (NestedWrite, MarketingError) as error:
            # In the middle of a decision, or where nothing can be written (nothing can be sent then, either): looking
            # must go on, and whoever opens next writes it.
            _log.warning("A change of configuration is not in the audit log yet: %s", error)
            return False
        return True

    def brands_told_of(self) -> frozenset[BrandId]:
        """Every brand that the log tells of, whether its folder is still there or not."""
        subject = audit_log.c.subject
        # A range, not LIKE: it goes by the index of subjects. ";" is the letter that follows ":".
        known = select(subject).distinct().where(subject >= _BRAND, subject < _BRAND.replace(":", ";"))
        with self._database.read() as connection:
            return frozenset(BrandId(found.removeprefix(_BRAND)) for found in connection.scalars(known))

    def _tell(self, connection: Connection, item: Seen, told: Mapping[str, Any] | None) -> None:
        content = _content(item)
        if content == told or self._told_lately(connection, item):
            return
        detail: dict[str, Any] = {**content, "changed": {}, "texts": [], "reason": "first seen"}
        if told is not None:
            changed = dict(_differences(told["values"], item.values))
            texts = [name for name, _ in _differences(told["hashes"], item.hashes)]
            detail |= {"changed": changed, "texts": texts, "reason": ", ".join((*changed, *texts))}
        if not item.values:
            detail["reason"] = "removed"
        self._audit.append(
            connection, actor=ACTOR, action=ACTION, subject=item.subject, brand=item.brand, detail=detail
        )

    def _told_lately(self, connection: Connection, item: Seen) -> bool:
        if not item.quiet:
            return False
        since = self._database.clock.now() - item.quiet
        latest = select(audit_log.c.at, audit_log.c.detail).where(
            audit_log.c.subject == item.subject, audit_log.c.action == ACTION
        )
        rows = connection.execute(latest.order_by(audit_log.c.sequence.desc()).limit(_LATEST))
        return any(row.at >= since and _stored(row.detail) == _content(item) for row in rows)


def _told(connection: Connection, found: Sequence[Seen]) -> dict[str, Mapping[str, Any]]:
    subjects = [item.subject for item in found]
    newest = (
        select(func.max(audit_log.c.sequence))
        .where(audit_log.c.subject.in_(subjects), audit_log.c.action == ACTION)
        .group_by(audit_log.c.subject)
    )
    rows = connection.execute(select(audit_log.c.subject, audit_log.c.detail).where(audit_log.c.sequence.in_(newest)))
    return {row.subject: _stored(row.detail) for row in rows}


def _content(item: Seen) -> dict[str, Any]:
    return json.loads(json.dumps({"values": item.values, "hashes": item.hashes}))


def _stored(detail: Mapping[str, Any]) -> dict[str, Any]:
    return {"values": detail["values"], "hashes": detail["hashes"]}


def _differences(old: Mapping[str, Any], new: Mapping[str, Any]) -> Iterator[tuple[str, list[Any]]]:
    """Names whose value differs, each with the old and the new one; None where there is none."""
    for name in sorted({*old, *new}):
        if old.get(name) != new.get(name):
            yield name, [old.get(name), new.get(name)]


def _flat(name: str, value: Any) -> Iterator[tuple[str, Any]]:
    if isinstance(value, dict) and value:
        for key, inner in value.items():  # pyright: ignore[reportUnknownVariableType] - JSON
            yield from _flat(f"{name}.{key}", inner)
    else:
        yield name, value


def _hash(value: object) -> str:
    text = json.dumps(value, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()[:_HASH_LETTERS]
