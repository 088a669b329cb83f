"""`marketing mcp` as a client of the official SDK meets it: a real process over standard input and output."""

import asyncio
import os
import sys
from pathlib import Path

from mcp import Client, StdioServerParameters, stdio_client
from mcp.types import TextContent

from marketing_pipeline.domain.conversation import Surface
from marketing_pipeline.workflows.tools.catalogue import TOOLS
from marketing_pipeline_tests.cli.office import REQUEST, Office
from marketing_pipeline_tests.conversation.chatting import ANA


def _text(content: object) -> str:
    assert isinstance(content, TextContent)
    return content.text


def test_a_client_lists_and_calls_the_tools(measured: Office, tmp_path: Path) -> None:
    server = StdioServerParameters(
        command=sys.executable, args=["-m", "marketing_pipeline", "mcp"], env=dict(os.environ), cwd=tmp_path
    )

    async def talk() -> None:
        async with Client(stdio_client(server)) as client:
            assert client.instructions and "None of them approves" in client.instructions
            listed = (await client.list_tools()).tools
            assert [tool.name for tool in listed] == list(TOOLS)
            hints = {tool.name: tool.annotations and tool.annotations.read_only_hint for tool in listed}
            assert hints == {name: not tool.proposes for name, tool in TOOLS.items()}
            [schema] = [tool.input_schema for tool in listed if tool.name == "propose_reschedule"]
            assert {"post", "to", "reason"} == set(schema["required"])
            waits = await client.call_tool("what_waits", {})
            assert not waits.is_error
            assert REQUEST in _text(waits.content[0])
            rows = await client.call_tool("run_sql", {"sql": "SELECT count(*) AS n FROM posts"})
            assert "[[2]]" in _text(rows.content[0])
            written = await client.call_tool("run_sql", {"sql": "DROP TABLE posts"})
            assert written.is_error
            for name, arguments in (("approve", {}), ("show_post", {"post": "nothing"}), ("costs", {"week": 7})):
                refused = await client.call_tool(name, arguments)
                assert refused.is_error

    asyncio.run(talk())
    [session] = measured.work.conversations.list(ANA)
    assert session.surface is Surface.MCP
    used = measured.work.conversations.get(ANA, session.id).tools
    assert sorted((each.tool, each.outcome.value) for each in used) == [
        ("approve", "refused"),
        ("costs", "refused"),
        ("run_sql", "ok"),
        ("run_sql", "refused"),
        ("show_post", "refused"),
        ("what_waits", "ok"),
    ]
    assert {each.person for each in used} == {"ana"}
