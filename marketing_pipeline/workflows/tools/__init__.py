"""The tools of the orchestrator, shared by the chat, the console and MCP clients."""
