"""The view of everything that stands still until a person acts."""

from collections.abc import Callable
from datetime import timedelta
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import update

from marketing_pipeline.store import tables
from marketing_pipeline.store.projections import project
from marketing_pipeline_tests.store.warehouse_history import FIRST, NOW, TeaRoom, busy_tea_room
from marketing_pipeline_tests.store.warehouse_weeks import put

PLANNED = FIRST.plus(4).key


@pytest.fixture
def room(tmp_path: Path) -> TeaRoom:
    return busy_tea_room(tmp_path / "home")


def _waiting(room: TeaRoom) -> list[tuple[Any, ...]]:
    project(room.database, room.warehouse)
    with room.warehouse.read() as connection:
        return connection.execute("SELECT kind, id, way_out FROM waiting_for_a_person").fetchall()


def _held(room: TeaRoom) -> None:
    with room.database.write() as connection:
        first = update(tables.posts).where(tables.posts.c.id == f"tea_room-{PLANNED}-02")
        connection.execute(first.values(held=True, held_reason="a typo", updated_at=NOW))


def _post_that_became(*states: str) -> Callable[[TeaRoom], None]:
    def change(room: TeaRoom) -> None:
        with room.database.write() as connection:
            for state in states:
                first = update(tables.posts).where(tables.posts.c.id == f"tea_room-{PLANNED}-02")
                connection.execute(first.values(state=state, state_reason="so it is", updated_at=NOW))

    return change


def _parked(room: TeaRoom) -> None:
    with room.database.write() as connection:
        put(
            connection,
            tables.effects,
            id="e1",
            kind="publish_post",
            brand="tea_room",
            channel="instagram",
            subject=f"tea_room-{PLANNED}-02",
            payload={},
            fingerprint="f",
            idempotency_key="e1",
            approval="a1",
            state="parked",
            state_reason="cannot be proved",
            due_at=NOW,
            progress={},
            created_at=NOW,
            updated_at=NOW,
        )


def _asked(room: TeaRoom, *, expires_in: timedelta = timedelta(days=1), then: str | None = None) -> None:
    row = {"id": "a1", "kind": "publish_post", "subject": "p1", "brand": "tea_room", "fingerprint": "f", "actor": "x"}
    row |= {"source": "cli", "note": "", "signature": "s"}
    with room.database.write() as connection:
        for sequence, decision in enumerate(filter(None, ("requested", then)), 1):
            put(
                connection,
                tables.approvals,
                **row,
                sequence=sequence,
                decision=decision,
                decided_at=NOW,
                expires_at=NOW + expires_in,
            )


def _paused(room: TeaRoom, *, released: bool = False) -> None:
    with room.database.write() as connection:
        end = {"released_at": NOW, "released_by": "ana"} if released else {}
        put(
            connection, tables.holds, brand="tea_room", channel="instagram", actor="ana", note="storm", since=NOW, **end
        )


def _second_post(way_out: str) -> tuple[str, ...]:
    return ("post", f"tea_room-{PLANNED}-02", f"marketing posts {way_out} tea_room-{PLANNED}-02")


_ALWAYS = ("post", f"tea_room-{PLANNED}-01", f"marketing posts show tea_room-{PLANNED}-01")


@pytest.mark.parametrize(
    ("change", "row"),
    [
        (_held, ("held post", f"tea_room-{PLANNED}-02", f"marketing posts release tea_room-{PLANNED}-02")),
        (_post_that_became("missed"), _second_post("reschedule")),
        (_post_that_became("publishing", "failed"), _second_post("retry")),
        (_parked, ("effect", "e1", "marketing effects resolve e1")),
        (_asked, ("approval", "a1", "marketing approvals show a1")),
        (_paused, ("pause", "2", "marketing resume --brand tea_room --channel instagram")),
    ],
)
def test_what_waits_for_a_person_is_listed_with_its_way_out(
    room: TeaRoom, change: Callable[[TeaRoom], None], row: tuple[str, ...]
) -> None:
    change(room)
    assert _waiting(room) == [_ALWAYS, row]


@pytest.mark.parametrize(
    "change",
    [
        partial(_asked, then="approve"),
        partial(_asked, then="reject"),
        partial(_asked, expires_in=timedelta(0)),
        partial(_paused, released=True),
        _post_that_became("publishing"),
    ],
)
def test_what_is_settled_waits_no_longer(room: TeaRoom, change: Callable[[TeaRoom], None]) -> None:
    change(room)
    assert _waiting(room) == [_ALWAYS]
