"""What goes back over the wire: a whole message, or the reply of a service in trouble."""

import hashlib
import json

from PIL import Image
from starlette.responses import HTMLResponse, JSONResponse, Response

from marketing_pipeline.sandbox.answers.reply import Reply, ToolUse
from marketing_pipeline.sandbox.messages_cache import CacheUse
from marketing_pipeline.sandbox.messages_faults import FaultOrder, ModelFault, refusal_of
from marketing_pipeline.sandbox.messages_rules import MODELS, Json, MessagesRequest
from marketing_pipeline.sandbox.messages_usage import CHARACTERS_PER_TOKEN, prompt_tokens, tokens, usage

_SIGNATURE = "c2FuZGJveA=="
_THINKING_SHARE = 4
"""An always thinking model thinks a quarter of what it writes."""


def trouble(order: FaultOrder, request_id: str) -> Response | None:
    """The reply of a service that fails before any model has spoken; None where the model gets to speak."""
    if (refusal := refusal_of(order.name)) is not None:
        wait = {"retry-after": f"{order.seconds:g}"} if order.name is ModelFault.RATE_LIMITED else {}
        return JSONResponse(refusal.body(request_id), refusal.status, wait)
    if order.name is ModelFault.BAD_GATEWAY:
        return HTMLResponse("<html><body><h1>502 Bad Gateway</h1></body></html>", 502)
    if order.name is ModelFault.WEB_PAGE:
        return HTMLResponse("<html><body>Please sign in to the network.</body></html>")
    if order.name is ModelFault.EMPTY_MESSAGE:
        return JSONResponse({"id": "msg_sandbox", "type": "message"})
    return None


def message_of(
    asked: MessagesRequest,
    identity: bytes,
    said: Reply,
    images: list[Image.Image],
    cached: CacheUse,
    fault: ModelFault | None,
    tier: str = "standard",
) -> Json:
    """The message object for what is said: cut where the request's limits cut it, with its tokens counted.

    `identity` is what the id is made from: the same request and seed give the same id.
    """
    thinks = MODELS[asked.model].always_thinks
    text, wanted = said.text, "".join(use.name + json.dumps(use.input) for use in said.uses)
    thinking = max(1, tokens(text + wanted) // _THINKING_SHARE) if thinks else 0
    room = tokens(text) // 2 if fault is ModelFault.TRUNCATED else asked.max_tokens - thinking
    text, stop, sequence = _cut(asked, text, room - (tokens(wanted) if wanted else 0))
    blocks: list[Json] = [{"type": "thinking", "thinking": "", "signature": _SIGNATURE}] if thinks else []
    blocks += [{"type": "text", "text": text, "citations": None}] if text else []
    if said.uses and stop == "end_turn":
        blocks += [_tool_use(identity, number, use) for number, use in enumerate(said.uses)]
        stop = "tool_use"
    details = None
    if fault is ModelFault.PAUSED:
        stop = "pause_turn"
    if fault is ModelFault.REFUSED:
        blocks, stop, sequence, text, wanted = [], "refusal", None, "", ""
        told = "The sandbox was asked to refuse."
        details = {"type": "refusal", "category": "general_harms", "explanation": told}
    spent = min(asked.max_tokens, thinking + (tokens(text + wanted) if text or wanted else 0))
    return {
        "id": "msg_" + hashlib.sha256(identity).hexdigest()[:24],
        "type": "message",
        "role": "assistant",
        "model": asked.model,
        "content": blocks,
        "stop_reason": stop,
        "stop_sequence": sequence,
        "stop_details": details,
        "usage": usage(prompt_tokens(asked, images), cached.read, cached.written, spent, min(spent, thinking), tier),
    }


def _tool_use(identity: bytes, number: int, use: ToolUse) -> Json:
    name = "toolu_" + hashlib.sha256(identity + f"/{number}".encode()).hexdigest()[:24]
    return {"type": "tool_use", "id": name, "name": use.name, "input": use.input, "caller": {"type": "direct"}}


def _cut(asked: MessagesRequest, text: str, room: int) -> tuple[str, str, str | None]:
    """The text up to its token limit or a stop sequence, whichever comes first, with the reason for stopping."""
    kept, stop = text, "end_turn"
    if tokens(text) > room:
        kept, stop = text[: max(0, room) * CHARACTERS_PER_TOKEN], "max_tokens"
    found = [(kept.index(item), item) for item in asked.stop_sequences if item in kept]
    if found:
        at, sequence = min(found)
        return kept[:at], "stop_sequence", sequence
    return kept, stop, None
