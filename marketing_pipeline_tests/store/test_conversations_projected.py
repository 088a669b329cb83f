"""Of conversations analysts see that there were some, and not a word of what was said."""

from pathlib import Path

from marketing_pipeline.domain.conversation import Surface, ToolOutcome, ToolUsed
from marketing_pipeline.domain.identifiers import BrandId
from marketing_pipeline.store.conversations import Conversations, message
from marketing_pipeline.store.projections import project
from marketing_pipeline_tests.store.warehouse_history import busy_tea_room


def test_what_people_say_to_the_orchestrator_stays_theirs(tmp_path: Path) -> None:
    """Everybody may ask the snapshot in SQL; a conversation is shown to its person and to administrators alone."""
    room = busy_tea_room(tmp_path / "home")
    kept, now = Conversations(room.database), room.clock.now()
    begun = kept.begin("ann", BrandId("tea_room"), Surface.CONSOLE)
    secret = "between ourselves \0 \ud83d"
    told = [{"type": "text", "text": secret}]
    kept.add(begun.id, message("user", "between ourselves", told, now), message("assistant", "ourselves", told, now))
    used = ToolUsed(
        id="tool-1",
        person="ann",
        tool="run_sql",
        arguments={"sql": secret, "odd": float("inf")},
        outcome=ToolOutcome.OK,
        result="between ourselves",
        milliseconds=1.0,
        called_at=now,
    )
    kept.note_tool(begun.id, used)
    project(room.database, room.warehouse)
    with room.warehouse.read() as connection:
        for table in ("conversations", "conversation_messages", "tool_calls"):
            rows = connection.execute(f"FROM {table}").fetchall()
            assert rows and "ourselves" not in repr(rows)
