"""The rules about tools that the Messages API answers with an error when they are broken, each in its words."""

from collections.abc import Iterator, Sequence

from marketing_pipeline.sandbox.messages_blocks import AnyBlock, Tool, ToolChoice, ToolResultBlock, ToolUseBlock, Turn


def broken_tools(tools: Sequence[Tool], choice: ToolChoice) -> Iterator[str]:
    """What is wrong with the tools that are offered."""
    names = [tool.name for tool in tools]
    if len(set(names)) < len(names):
        yield "tools: Tool names must be unique."
    for number, tool in enumerate(tools):
        if tool.input_schema.get("type") != "object":
            yield f"tools.{number}.custom.input_schema.type: Input should be 'object'"
    if choice.type != "auto" and not names:
        yield "tool_choice may only be specified while providing tools."
    elif choice.type == "tool" and choice.name not in names:
        yield f"tool_choice: Tool '{choice.name}' not found in provided tools"


def broken_tool_turns(turns: Sequence[Turn]) -> Iterator[str]:
    """Each tool use is answered in the very next turn, before anything else is said; nothing else is answered."""
    asked: list[str] = []
    for number, turn in enumerate(turns):
        yield from _broken_answers(number, turn.blocks(), asked)
        asked = [block.id for block in turn.blocks() if isinstance(block, ToolUseBlock)]
        if len(set(asked)) < len(asked):
            yield f"messages.{number}.content: `tool_use` ids must be unique"


def _broken_answers(number: int, blocks: Sequence[AnyBlock], asked: Sequence[str]) -> Iterator[str]:
    answered = [block.tool_use_id for block in blocks if isinstance(block, ToolResultBlock)]
    for each in answered:
        if each not in asked:
            yield (
                f"messages.{number}.content: unexpected `tool_use_id` found in `tool_result` blocks: {each}. Each "
                "`tool_result` block must have a corresponding `tool_use` block in the previous message."
            )
    if len(set(answered)) < len(answered):
        yield f"messages.{number}.content: each tool_use must have a single result"
    missing = [each for each in asked if each not in answered]
    if missing or any(isinstance(block, ToolResultBlock) for block in blocks[len(answered) :]):
        yield (
            f"messages.{number}: `tool_use` ids were found without `tool_result` blocks immediately after: "
            f"{', '.join(missing or answered)}. Each `tool_use` block must have a corresponding `tool_result` block "
            "in the next message."
        )
