"""Sentence material, one file an agent; a sentence is used only where the data fill all its places."""

from collections.abc import Mapping
from functools import cache
from importlib.resources import files
from string import Formatter
from typing import cast

import yaml

Phrases = Mapping[str, tuple[str, ...]]


@cache
def phrases(agent: str) -> Phrases:
    """The sentences of one agent by purpose, from its YAML file."""
    text = (files(__name__) / f"{agent}.yaml").read_text(encoding="utf-8")
    table = cast("dict[str, list[str]]", yaml.safe_load(text))
    return {purpose: tuple(sentences) for purpose, sentences in table.items()}


def filled(template: str, facts: Mapping[str, str]) -> str | None:
    """The template with its places filled; None when a fact for one of them is missing or empty."""
    places = {name for _, name, _, _ in Formatter().parse(template) if name}
    if not all(facts.get(name) for name in places):
        return None
    return template.format_map(facts)
