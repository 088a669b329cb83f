"""What a tool answers: figures of this system's own, words from outside apart from them, links; all of it bounded."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, cast

from pydantic_core import to_jsonable_python

from marketing_pipeline.agents.prompt import Block
from marketing_pipeline.domain.conversation import Link

LONGEST_ANSWER = 8_000
"""Characters of one answer: a dozen of them stay well within what a conversation may hold."""
_STEPS = ((200, 4_000), (100, 2_000), (60, 1_000), (40, 600), (25, 400), (15, 250), (10, 150), (6, 100), (3, 60))
"""Most rows of a list and most characters of a text, from generous to tight."""


@dataclass(frozen=True)
class ToolAnswer:
    """One answer. `untrusted` holds words that outsiders, people or models wrote, by where they come from."""

    summary: str
    data: Mapping[str, Any]
    untrusted: Mapping[str, Any] = field(default_factory=dict[str, Any])
    links: Sequence[Link] = ()

    def told(self) -> str:
        """The answer as a model is sent it, of at most LONGEST_ANSWER characters; what is left out is said."""
        data = to_jsonable_python(dict(self.data), inf_nan_mode="null", fallback=str)
        outside = to_jsonable_python(dict(self.untrusted), inf_nan_mode="null", fallback=str)
        pages = [{"label": link.label, "path": link.path} for link in self.links]
        for rows, characters in _STEPS:
            text = _rendered(_kept(data, rows, characters), _kept(outside, rows, characters), pages[:rows])
            if len(text) <= LONGEST_ANSWER:
                return text
        return _rendered({"too_long": "This answer does not fit. Ask for less: one thing, or fewer rows."}, {}, [])


def _rendered(data: Any, outside: dict[str, Any], links: list[dict[str, str]]) -> str:
    blocks = [Block("answer", {**data, "links": links} if links else data)]
    blocks += [Block(source, content, trusted=False) for source, content in outside.items() if content]
    return "\n".join(block.render() for block in blocks)


def _kept(value: Any, rows: int, characters: int) -> Any:
    """The same with long lists and texts cut, each with a word of what is missing."""
    if isinstance(value, str):
        return value if len(value) <= characters else f"{value[:characters]}… ({len(value) - characters} more)"
    if isinstance(value, dict):
        known = cast("dict[str, Any]", value)
        return {name: _kept(inner, rows, characters) for name, inner in known.items()}
    if isinstance(value, list):
        items = cast("list[Any]", value)
        kept = [_kept(inner, rows, characters) for inner in items[:rows]]
        return kept if len(items) <= rows else [*kept, f"… {len(items) - rows} more are left out"]
    return value
