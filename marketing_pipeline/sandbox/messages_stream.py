"""A message as the server-sent events of the Messages API, in their exact order."""

import json
from collections.abc import Iterator

from marketing_pipeline.sandbox.messages_faults import ModelFault
from marketing_pipeline.sandbox.messages_rules import Json

_PIECE = 24


def events(message: Json, fault: ModelFault | None) -> Iterator[bytes]:
    """Every frame of a streamed message; a stream fault strikes after the second piece of text."""
    opening: Json = {**message, "content": [], "stop_reason": None, "stop_details": None}
    opening["usage"] = {**message["usage"], "output_tokens": 1}
    yield _frame("message_start", message=opening)
    yield _frame("ping")
    for index, block in enumerate(message["content"]):
        empty, deltas = _taken_apart(block)
        yield _frame("content_block_start", index=index, content_block=empty)
        for number, delta in enumerate(deltas):
            yield _frame("content_block_delta", index=index, delta=delta)
            if number == 1 and fault is ModelFault.STREAM_ERROR:
                yield _frame("error", error={"type": "overloaded_error", "message": "Overloaded"})
                return
            if number == 1 and fault is ModelFault.STREAM_CUT:
                return
        yield _frame("content_block_stop", index=index)
    closing = {name: message[name] for name in ("stop_reason", "stop_sequence", "stop_details")}
    yield _frame("message_delta", delta=closing, usage={"output_tokens": message["usage"]["output_tokens"]})
    yield _frame("message_stop")


def _taken_apart(block: Json) -> tuple[Json, list[Json]]:
    if block["type"] == "thinking":
        empty = {"type": "thinking", "thinking": "", "signature": ""}
        return empty, [{"type": "signature_delta", "signature": block["signature"]}]
    if block["type"] == "tool_use":
        written = json.dumps(block["input"])
        pieces = ["", *(written[at : at + _PIECE] for at in range(0, len(written), _PIECE))]
        return {**block, "input": {}}, [{"type": "input_json_delta", "partial_json": piece} for piece in pieces]
    text: str = block["text"]
    pieces = [{"type": "text_delta", "text": text[at : at + _PIECE]} for at in range(0, len(text), _PIECE)]
    return {**block, "text": ""}, pieces


def _frame(kind: str, **data: object) -> bytes:
    return f"event: {kind}\ndata: {json.dumps({'type': kind, **data})}\n\n".encode()
