"""Prompt files, and the marked blocks in which data reaches a model: what stands in a block is never an instruction."""

import hashlib
import json
import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Any

from marketing_pipeline.domain.hidden_text import HIDDEN, json_escape

_NAME = re.compile(r"[a-z][a-z_]*")
# Signs that could close a block, and characters that a reader does not see; halves of pairs cannot even be sent.
_ESCAPED = re.compile(f"[<>&{HIDDEN}]")


@dataclass(frozen=True)
class Prompt:
    """The text of one prompt file. It never changes within a release, so that the provider can cache it."""

    name: str
    text: str
    sha256: str


@dataclass(frozen=True)
class Block:
    """One named piece of data. `trusted` is False for words that outsiders wrote or that came from a channel."""

    name: str
    content: Any
    trusted: bool = True

    def render(self) -> str:
        """The block as the model sees it; the content cannot close it.

        Raises ValueError for a name that is not in snake_case.
        """
        if not _NAME.fullmatch(self.name):
            raise ValueError(f"{self.name!r} is no name for a block: lower-case letters and _ only")
        body = _ESCAPED.sub(json_escape, json.dumps(self.content, ensure_ascii=False))
        tag, attribute = ("data", "name") if self.trusted else ("untrusted", "source")
        return f'<{tag} {attribute}="{self.name}">\n{body}\n</{tag}>'


@cache
def load_prompt(name: str) -> Prompt:
    """The prompt file of that name. Raises FileNotFoundError."""
    text = (files("marketing_pipeline.agents") / "prompts" / f"{name}.md").read_text(encoding="utf-8")
    return Prompt(name, text, hashlib.sha256(text.encode()).hexdigest())


def blocks_text(blocks: Sequence[Block]) -> str:
    """The blocks, one after the other."""
    return "\n".join(block.render() for block in blocks)


def user_text(blocks: Sequence[Block], task: str) -> str:
    """The text of a user turn: the blocks, then the task on a line of its own."""
    return "\n".join([*(block.render() for block in blocks), task])
