"""Prompt files, and the marked blocks in which data reaches a model: what stands in a block is never an instruction."""

import hashlib
import json
import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Any

_NAME = re.compile(r"[a-z][a-z_]*")
# Signs that could close a block, characters that a reader does not see (zero-width, direction marks, tag letters),
# and halves of surrogate pairs, which cannot be sent.
_ESCAPED = re.compile("[<>&\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff\ud800-\udfff\U000e0000-\U000e007f]")


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
        body = _ESCAPED.sub(_escape, json.dumps(self.content, ensure_ascii=False))
        tag, attribute = ("data", "name") if self.trusted else ("untrusted", "source")
        return f'<{tag} {attribute}="{self.name}">\n{body}\n</{tag}>'


@cache
def load_prompt(name: str) -> Prompt:
    """The prompt file of that name. Raises FileNotFoundError."""
    text = (files("marketing_pipeline.agents") / "prompts" / f"{name}.md").read_text(encoding="utf-8")
    return Prompt(name, text, hashlib.sha256(text.encode()).hexdigest())


def user_text(blocks: Sequence[Block], task: str) -> str:
    """The text of a user turn: the blocks, then the task on a line of its own."""
    return "\n".join([*(block.render() for block in blocks), task])


def _escape(found: re.Match[str]) -> str:
    units = found.group().encode("utf-16-be", "surrogatepass")
    return "".join(f"\\u{units[at : at + 2].hex()}" for at in range(0, len(units), 2))
