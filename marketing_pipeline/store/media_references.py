"""Which pictures the control plane names: what must be backed up, and must never be pruned."""

import json
import re
from collections.abc import Collection, Iterator
from typing import Any

from sqlalchemy import JSON, Column, Connection, String, Text, cast, select

from marketing_pipeline.domain.identifiers import BrandId, Sha256
from marketing_pipeline.store import tables

_NAME = re.compile(r"(?<![0-9a-f])[0-9a-f]{64}(?![0-9a-f])")
# Hashes of prompts, tokens and rows are no pictures; these tables are large and name none.
_WITHOUT_PICTURES = frozenset({"audit_log", "model_calls", "heartbeats", "channel_tokens"})


def referenced_media(connection: Connection) -> frozenset[Sha256]:
    """Every 64-digit hash in any text of the control plane but the audit log and the record of model calls.

    More than the names of pictures, and so never less: a table of tomorrow counts without being named here.
    """
    return frozenset(Sha256(name) for text in _texts(connection) for name in _NAME.findall(text))


def is_picture_of(connection: Connection, sha256: Sha256, brands: Collection[BrandId]) -> bool:
    """Whether it was made for a post of one of these brands."""
    creatives, posts = tables.creatives.c, tables.posts.c
    made = select(creatives.id).join(tables.posts, posts.id == creatives.post).limit(1)
    named = cast(creatives.media, Text).contains(sha256, autoescape=True)
    return connection.scalar(made.where(posts.brand.in_(brands), named)) is not None


def _texts(connection: Connection) -> Iterator[str]:
    for table in tables.metadata.sorted_tables:
        columns = [column for column in table.columns if _may_name_one(column)]
        if table.name in _WITHOUT_PICTURES or not columns:
            continue
        for row in connection.execute(select(*columns).execution_options(yield_per=1_000)):
            yield from (value if isinstance(value, str) else json.dumps(value) for value in row if value is not None)


def _may_name_one(column: Column[Any]) -> bool:
    return isinstance(column.type, JSON | String | Text)
