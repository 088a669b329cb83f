"""Labelled corpora: situations, good answers, and answers in which their author planted one defect."""

import copy
import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from pathlib import Path
from typing import Annotated, Any

import yaml
from pydantic import BaseModel, ConfigDict, Field

from marketing_pipeline.domain.brand import Brand
from marketing_pipeline.domain.errors import MarketingError
from marketing_pipeline.evals.score import Json

FOLDER = Path(str(files("marketing_pipeline.evals") / "corpora"))
GOOD = "good"


class CorpusInvalid(MarketingError):
    """A corpus file does not say what it should."""


class _Written(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class GoodAnswer(_Written):
    """An answer that its author finds good, written out in full."""

    context: str
    output: Json


class ChangedAnswer(_Written):
    """A good answer with a change. `breaks` names the criteria that the change offends; empty: it is still good."""

    base: Annotated[str, Field(description="Name of the good answer that it begins as")]
    kind: Annotated[str, Field(description="Name of the planted defect, or of what makes a good one look like a bad")]
    breaks: tuple[str, ...] = ()
    set: Annotated[dict[str, Any], Field(description="Dotted path to the new value there")] = {}
    swap: Annotated[dict[str, tuple[str, str]], Field(description="Dotted path to (words there, words instead)")] = {}
    drop: Annotated[tuple[str, ...], Field(description="Dotted paths that are taken out")] = ()


class CorpusFile(_Written):
    """One file of `corpora/`."""

    about: str
    contexts: dict[str, Json]
    good: dict[str, GoodAnswer]
    changed: dict[str, ChangedAnswer]


@dataclass(frozen=True)
class EvalCase:
    """One answer in its situation. `breaks`: the criteria that it is known to offend, by the word of its author."""

    id: str
    kind: str
    context: Json
    output: Json
    breaks: frozenset[str]


@dataclass(frozen=True)
class Corpus:
    """The cases of one suite. `sha256` is that of the file."""

    suite: str
    sha256: str
    contexts: dict[str, Json]
    cases: tuple[EvalCase, ...]


def load_corpus(suite: str, folder: Path = FOLDER) -> Corpus:
    """Read `<folder>/<suite>.yaml`. Raises CorpusInvalid."""
    path = folder / f"{suite}.yaml"
    try:
        raw = path.read_bytes()
        written = CorpusFile.model_validate(yaml.safe_load(raw))
        cases = (*_good(written), *_changed(written))
    except (OSError, yaml.YAMLError, ValueError, KeyError, IndexError, TypeError) as error:
        raise CorpusInvalid(
            f"The corpus {path} cannot be read: {error}.", "Mend the file; docs/evals.md says how it is built."
        ) from None
    return Corpus(suite, hashlib.sha256(raw).hexdigest(), written.contexts, cases)


@cache
def house() -> Brand:
    """The invented brand that every corpus is written for, so that no brand's own file changes what is measured."""
    return Brand.model_validate(yaml.safe_load((FOLDER / "house.yaml").read_bytes()))


def _good(written: CorpusFile) -> Sequence[EvalCase]:
    return [
        EvalCase(name, GOOD, written.contexts[item.context], item.output, frozenset())
        for name, item in written.good.items()
    ]


def _changed(written: CorpusFile) -> Sequence[EvalCase]:
    return [
        EvalCase(
            name,
            item.kind,
            written.contexts[written.good[item.base].context],
            _with(copy.deepcopy(written.good[item.base].output), item),
            frozenset(item.breaks),
        )
        for name, item in written.changed.items()
    ]


def _with(output: Json, change: ChangedAnswer) -> Json:
    for path, value in change.set.items():
        holder, key = _place(output, path)
        holder[key] = value
    for path, (old, new) in change.swap.items():
        holder, key = _place(output, path)
        if old not in holder[key]:
            raise ValueError(f"{old!r} does not stand at {path}")
        holder[key] = holder[key].replace(old, new)
    for path in change.drop:
        holder, key = _place(output, path)
        del holder[key]
    return output


def _place(output: Any, path: str) -> tuple[Any, Any]:
    """What holds the value at a dotted path, and the value's key or index there."""
    *way, last = [int(part) if part.isdigit() else part for part in path.split(".")]
    for part in way:
        output = output[part]
    return output, last
