"""Token counts, plausible rather than exact: four characters a token, a picture by its area."""

import json
from collections.abc import Mapping

from PIL import Image

from marketing_pipeline.sandbox.messages_blocks import AnyBlock, TextBlock, ToolResultBlock, ToolUseBlock
from marketing_pipeline.sandbox.messages_rules import Json, MessagesRequest

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
    written += [words for turn in request.messages for block in turn.blocks() if (words := words_of(block))]
    written += [tool.model_dump_json() for tool in request.tools]
    schema = request.answer_schema()
    return (
        sum(tokens(text) for text in written)
        + sum(image_tokens(image) for image in images)
        + (tokens(json.dumps(schema)) if schema else 0)
    )


def words_of(block: AnyBlock) -> str:
    """The text of a part of a conversation."""
    if isinstance(block, ToolUseBlock):
        return block.name + json.dumps(block.input)
    return block.text if isinstance(block, TextBlock | ToolResultBlock) else ""


def usage(prompt: int, read: int, written: Mapping[str, int], output: int, thinking: int, tier: str) -> Json:
    """The usage object. `prompt` counts everything, `written` is by time to live, `output` includes thinking."""
    total = sum(written.values())
    return {
        "input_tokens": max(1, prompt - total - read),
        "cache_creation_input_tokens": total,
        "cache_read_input_tokens": read,
        "cache_creation": {
            "ephemeral_5m_input_tokens": written.get("5m", 0),
            "ephemeral_1h_input_tokens": written.get("1h", 0),
        },
        "output_tokens": output,
        "output_tokens_details": {"thinking_tokens": thinking},
        "service_tier": tier,
    }
