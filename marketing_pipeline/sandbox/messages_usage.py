"""Token counts, plausible rather than exact: four characters a token, a picture by its area."""

import hashlib
import json

from PIL import Image

from marketing_pipeline.sandbox.messages_blocks import AnyBlock, TextBlock, ToolResultBlock, ToolUseBlock
from marketing_pipeline.sandbox.messages_rules import MODELS, Json, MessagesRequest

CHARACTERS_PER_TOKEN = 4
PIXELS_PER_TOKEN = 750  # the vendor's own rule of thumb: width x height / 750


def tokens(text: str) -> int:
    """Tokens of a text, at least 1."""
    return max(1, -(-len(text) // CHARACTERS_PER_TOKEN))


def image_tokens(image: Image.Image) -> int:
    """Tokens of one picture."""
    return -(-image.width * image.height // PIXELS_PER_TOKEN)


def prompt_tokens(request: MessagesRequest, images: list[Image.Image]) -> int:
    """All tokens of the prompt, cached or not."""
    written = [block.text for block in request.system_blocks()]
    written += [words for turn in request.messages for block in turn.blocks() if (words := _words(block))]
    written += [tool.model_dump_json() for tool in request.tools]
    schema = request.answer_schema()
    return (
        sum(tokens(text) for text in written)
        + sum(image_tokens(image) for image in images)
        + (tokens(json.dumps(schema)) if schema else 0)
    )


def _words(block: AnyBlock) -> str:
    if isinstance(block, ToolUseBlock):
        return block.name + json.dumps(block.input)
    return block.text if isinstance(block, TextBlock | ToolResultBlock) else ""


class PromptCache:
    """Prefixes that were marked before: written once, then read. It holds hashes, never a text."""

    def __init__(self) -> None:
        self._known: set[str] = set()

    def use(self, request: MessagesRequest) -> tuple[int, int, str]:
        """Tokens written to the cache and read from it by this request, and the mark's time to live."""
        prefix, ttl = _marked_prefix(request)
        length = tokens(prefix)
        if not prefix or length < MODELS[request.model].least_cached:
            return 0, 0, ttl
        key = hashlib.sha256(f"{request.model}\x1f{prefix}".encode()).hexdigest()
        if key in self._known:
            return 0, length, ttl
        self._known.add(key)
        return length, 0, ttl


def _marked_prefix(request: MessagesRequest) -> tuple[str, str]:
    """The system text up to its last mark. Marks in the conversation itself are taken and not counted."""
    blocks = request.system_blocks()
    marked = [number for number, block in enumerate(blocks) if block.cache_control is not None]
    if marked:
        last = blocks[marked[-1]]
        return "".join(block.text for block in blocks[: marked[-1] + 1]), (
            last.cache_control.ttl if last.cache_control else "5m"
        )
    if request.cache_control is not None:
        return "".join(block.text for block in blocks), request.cache_control.ttl
    return "", "5m"


def usage(prompt: int, cached: tuple[int, int, str], output: int, thinking: int) -> Json:
    """The usage object. `prompt` counts everything, `output` includes thinking."""
    written, read, ttl = cached
    return {
        "input_tokens": max(1, prompt - written - read),
        "cache_creation_input_tokens": written,
        "cache_read_input_tokens": read,
        "cache_creation": {
            "ephemeral_5m_input_tokens": written if ttl == "5m" else 0,
            "ephemeral_1h_input_tokens": written if ttl == "1h" else 0,
        },
        "output_tokens": output,
        "output_tokens_details": {"thinking_tokens": thinking},
        "service_tier": "standard",
    }
