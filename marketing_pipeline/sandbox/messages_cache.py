"""The prompt cache, by the vendor's rules: what may be read from it, what is written to it, and for how long.

A prefix is found only where every byte up to a mark is the same, for the same model and key, and where it is long
enough for the model. It can be read once the first answer to it has begun, so that calls made at once find nothing.
"""

import hashlib
import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from PIL import Image

from marketing_pipeline.domain.clock import Clock
from marketing_pipeline.sandbox.messages_blocks import CacheControl, ImageBlock, ThinkingBlock
from marketing_pipeline.sandbox.messages_rules import MODELS, MessagesRequest
from marketing_pipeline.sandbox.messages_usage import image_tokens, tokens, words_of

LOOKBACK = 20
"""Parts before a mark at which an earlier, shorter prefix is still found."""
_LIVES = {"5m": timedelta(minutes=5), "1h": timedelta(hours=1)}


@dataclass(frozen=True)
class _Part:
    """One part of a prompt: its bytes, its tokens, and the mark behind it."""

    content: str
    tokens: int
    mark: CacheControl | None


@dataclass(frozen=True)
class CacheUse:
    """Tokens read, and tokens to be written for five minutes and for an hour, with the prefixes that they make up."""

    read: int = 0
    written: dict[str, int] = field(default_factory=dict[str, int])
    kept: tuple[tuple[str, str], ...] = ()

    @property
    def total(self) -> int:
        """All tokens that are not charged as plain input."""
        return self.read + sum(self.written.values())


class PromptCache:
    """What was kept, by key, model and prefix. It holds hashes, never a text."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._until: dict[str, datetime] = {}

    def look(self, request: MessagesRequest, images: Sequence[Image.Image], key: str) -> CacheUse:
        """What a request that arrives now reads and will write."""
        parts = list(_parts(request, images))
        names = list(_names(parts, f"{key}\x1f{request.model}"))
        lengths = [sum(part.tokens for part in parts[: at + 1]) for at in range(len(parts))]
        marks = [(at, part.mark.ttl) for at, part in enumerate(parts) if part.mark is not None]
        least = MODELS[request.model].least_cached
        found = self._longest(names, [at for at, _ in marks])
        read = 0 if found is None else lengths[found]
        written: dict[str, int] = {}
        counted, kept = read, list[tuple[str, str]]()
        for at, ttl in marks:
            if lengths[at] < least:
                continue
            kept.append((names[at], ttl))
            if lengths[at] > counted:
                written[ttl] = written.get(ttl, 0) + lengths[at] - counted
                counted = lengths[at]
        return CacheUse(read, written, tuple(kept))

    def keep(self, use: CacheUse) -> None:
        """The answer begins: its prefixes can be read from now on, and those that were read live on."""
        now = self._clock.now()
        for name, ttl in use.kept:
            self._until[name] = max(now + _LIVES[ttl], self._until.get(name, now))

    def _longest(self, names: Sequence[str], marks: Sequence[int]) -> int | None:
        now = self._clock.now()
        for mark in reversed(marks):
            for at in range(mark, max(-1, mark - LOOKBACK), -1):
                if self._until.get(names[at], now) > now:
                    return at
        return None


def _parts(request: MessagesRequest, images: Sequence[Image.Image]) -> Iterator[_Part]:
    """Tools, the answer's schema, the system prompt, the messages: the order in which a prompt is read."""
    for tool in request.tools:
        written = tool.model_dump_json(exclude={"cache_control"})
        yield _Part(f"tool{written}", tokens(tool.model_dump_json()), tool.cache_control)
    if (schema := request.answer_schema()) is not None:
        written = json.dumps(schema)
        yield _Part(f"schema{written}", tokens(written), None)
    for block in request.system_blocks():
        yield _Part(f"system{block.text}", tokens(block.text), block.cache_control)
    yield from _said(request, images)


def _said(request: MessagesRequest, images: Sequence[Image.Image]) -> Iterator[_Part]:
    """The messages. A picture anywhere, and another choice of tools, make them other messages to the cache."""
    alike, seen = f"{bool(images)}{request.tool_choice.model_dump_json()}", iter(images)
    blocks = [(turn.role, block) for turn in request.messages for block in turn.blocks()]
    for number, (role, block) in enumerate(blocks, 1):
        size = image_tokens(next(seen)) if isinstance(block, ImageBlock) else tokens(words_of(block))
        mark = None if isinstance(block, ThinkingBlock) else block.cache_control
        mark = request.cache_control if number == len(blocks) and request.cache_control else mark
        yield _Part(f"{alike}{role}{block.model_dump_json(exclude={'cache_control'})}", size, mark)


def _names(parts: Sequence[_Part], salt: str) -> Iterator[str]:
    """A name for each prefix: a hash over everything up to it."""
    digest = hashlib.sha256(salt.encode())
    for part in parts:
        digest.update(hashlib.sha256(part.content.encode("utf-8", "surrogatepass")).digest())
        yield digest.hexdigest()
