"""A conversation as it is shown: each question with the tools that were used for it, and events that stay events."""

import json
from typing import Any

from marketing_pipeline.console.dialogue import Turn, told, turns_of
from marketing_pipeline.domain.conversation import (
    Conversation,
    ConversationFile,
    ConversationMessage,
    Finished,
    Link,
    Surface,
    ToolOutcome,
    ToolUsed,
)
from marketing_pipeline_tests.cli.office import FIRST
from marketing_pipeline_tests.sandbox.tea_room import MONDAY


def test_tools_stand_with_the_question_that_they_were_used_for() -> None:
    def used(number: int, day: str) -> ToolUsed:
        return ToolUsed(
            id=f"t{number}", person="ann", tool="costs", arguments={"week": day}, outcome=ToolOutcome.OK,
            result="{}", milliseconds=1, called_at=MONDAY,
        )  # fmt: skip

    def turn(number: int, role: Any, text: str, *content: dict[str, Any]) -> ConversationMessage:
        return ConversationMessage(number=number, role=role, text=text, content=list(content), said_at=MONDAY)

    begun = Conversation(
        id="c", person="ann", brand=None, surface=Surface.CONSOLE, title="t", started_at=MONDAY, updated_at=MONDAY
    )
    wants = {"type": "tool_use", "name": "costs", "input": {"week": "b"}}
    file = ConversationFile(
        conversation=begun,
        messages=(
            turn(1, "user", "first"),
            turn(2, "assistant", "plain"),
            turn(3, "user", "second"),
            turn(4, "assistant", "", wants),
            turn(5, "user", ""),
            turn(6, "assistant", "done"),
        ),
        tools=(used(1, "b"), used(2, "lost")),
    )
    turns = turns_of(file)
    assert [(each.question, [tool.id for tool in each.tools], each.answers) for each in turns] == [
        ("first", [], ["plain"]),
        ("second", ["t1", "t2"], ["done"]),
    ]


def test_links_of_a_tool_are_shown_where_the_answer_has_none() -> None:
    ours, foreign = {"label": FIRST, "path": f"/posts/{FIRST}"}, {"label": "x", "path": "//evil.example"}
    result = json.dumps({"links": [ours, foreign]})
    tool = ToolUsed(
        id="t", person="ann", tool="show_post", arguments={}, outcome=ToolOutcome.OK, result=result, milliseconds=1,
        called_at=MONDAY,
    )  # fmt: skip
    assert Turn("q", [tool], ["no link"]).links == [ours]
    assert Turn("q", [tool], [f"see /posts/{FIRST}"]).links == []
    told_untrusted = json.dumps({"untrusted": result})
    assert Turn("q", [tool.model_copy(update={"result": told_untrusted})], [""]).links == [], "only our own links"


def test_what_is_streamed_cannot_break_out_of_its_event() -> None:
    sent = told(Finished(text="a\n\nevent: x\ndata: {}", links=(Link(label="evil", path="/../x"),)))
    assert sent.count(b"\n\n") == 1 and sent.endswith(b"\n\n")
    assert json.loads(sent.split(b"data: ", 1)[1])["links"] == []
