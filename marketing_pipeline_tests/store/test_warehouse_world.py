"""A warehouse takes rows of one world alone."""

from pathlib import Path

import pytest
from sqlalchemy import update

from marketing_pipeline.store import tables
from marketing_pipeline.store.projections import project
from marketing_pipeline.store.warehouse_world import WarehouseOfAnotherWorld
from marketing_pipeline_tests.store.warehouse_history import busy_tea_room


def test_rows_of_another_world_are_refused(tmp_path: Path) -> None:
    room = busy_tea_room(tmp_path / "home")
    with room.database.write() as connection:
        connection.execute(update(tables.home).values(world="live"))
        connection.execute(update(tables.posts).values(topic="Live", updated_at=room.clock.now()))
    with pytest.raises(WarehouseOfAnotherWorld, match="sandbox:1"):
        project(room.database, room.warehouse)
    with room.warehouse.read() as connection:
        assert connection.execute("SELECT count(*) FROM posts WHERE topic = 'Live'").fetchone() == (0,)
