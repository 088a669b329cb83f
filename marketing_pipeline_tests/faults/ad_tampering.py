"""Edits of what an approval is about, one byte at a time, by somebody who can write the database file."""

import json
import random
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, text

from marketing_pipeline.domain.ad_change import ApplyAdChange
from marketing_pipeline.domain.approval import ApprovalRow
from marketing_pipeline.store.ad_change_row import AdChange
from marketing_pipeline.store.database import Database
from marketing_pipeline_tests.store.tampering import take_away_the_guards

_PRINTABLE = "abcdefghijklmnopqrstuvwxyz0123456789"


@dataclass(frozen=True)
class Edit:
    """One field of one row; `payload` for a field inside the payload of these tables."""

    tables: tuple[str, ...]
    column: str
    payload: bool = False


EDITS: tuple[Edit, ...] = (
    *(
        Edit(tables, name, payload=True)
        for name in ApplyAdChange.model_fields
        for tables in (("effects",), ("ad_changes",), ("effects", "ad_changes"))
    ),
    Edit(("effects",), "fingerprint"),
    Edit(("ad_changes",), "fingerprint"),
    *(Edit(("approvals",), name) for name in ApprovalRow.model_fields),
)
_WHERE = {"effects": "subject = :subject", "ad_changes": "id = :subject", "approvals": "id = :id AND sequence = 2"}


def edit_one_byte(database: Database, change: AdChange, edit: Edit, chance: random.Random) -> None:
    """Edit it in all of its tables alike."""
    seed = chance.random()
    with database.write() as connection:
        take_away_the_guards(connection)
        # The rules that are left would stop some edits, though never those of a forger's own tool.
        connection.execute(text("PRAGMA ignore_check_constraints = ON"))
        connection.execute(text("PRAGMA defer_foreign_keys = ON"))
        for table in edit.tables:
            _edit(connection, change, table, edit, random.Random(seed))


def _edit(connection: Connection, change: AdChange, table: str, edit: Edit, chance: random.Random) -> None:
    column = "payload" if edit.payload else edit.column
    names: dict[str, Any] = {"subject": change.id, "id": change.approval}
    found = connection.scalar(text(f"SELECT {column} FROM {table} WHERE {_WHERE[table]}"), names)
    if edit.payload:
        content = json.loads(found)
        content[edit.column] = other_byte(content[edit.column], chance)
        value: Any = json.dumps(content)
    else:
        value = found + 1 if isinstance(found, int) else other_byte(found, chance)
    written = connection.execute(
        text(f"UPDATE {table} SET {column} = :value WHERE {_WHERE[table]}"),
        {**names, "value": value},
    )
    assert written.rowcount == 1, f"{edit} found no row"


def other_byte(words: str, chance: random.Random) -> str:
    """The same words with one letter changed to another one; of nothing, one letter."""
    place = chance.randrange(len(words)) if words else 0
    letter = chance.choice([letter for letter in _PRINTABLE if letter != words[place : place + 1]])
    return words[:place] + letter + words[place + 1 :]
