"""Labelled corpora: situations, good answers, and answers in which their author planted one defect."""

import copy
import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from pathlib import Path
from typing import Annotated, Any

import yaml
from pydantic import BaseModel, ConfigDict, Field

from marketing_pipeline.domain.agent_evaluation import Split, split_of
from marketing_pipeline.domain.brand import Brand
from marketing_pipeline.domain.errors import MarketingError
from marketing_pipeline.evals.score import Json

FOLDER = Path(str(files("marketing_pipeline.evals") / "corpora"))
GOOD = "good"
_PLACES = {Split.DEVELOPMENT: "", Split.HELD_OUT: "held_out"}
_FIRST_HOUSE = "quay_pottery"


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
    """One file of `corpora/`, or of `corpora/held_out/`."""

    about: str
    contexts: dict[str, Json]
    good: dict[str, GoodAnswer]
    changed: dict[str, ChangedAnswer]


@dataclass(frozen=True)
class EvalCase:
    """One answer in its situation. `breaks`: the criteria that it is known to offend, by the word of its author."""

    id: str
    kind: str
    brand: Brand
    context: Json
    output: Json
    breaks: frozenset[str]

    @property
    def split(self) -> Split:
        """The half of the corpus that it is of."""
        return split_of(self.id)


@dataclass(frozen=True)
class Corpus:
    """The cases of one suite, of both halves. `sha256` is that of its two files."""

    suite: str
    sha256: str
    contexts: dict[str, Json]
    brands: Mapping[str, Brand]
    cases: tuple[EvalCase, ...]


def load_corpus(suite: str, folder: Path = FOLDER) -> Corpus:
    """Read both halves of a corpus and the brands that it is written for. Raises CorpusInvalid."""
    digest, contexts, cases = hashlib.sha256(), dict[str, Json](), list[EvalCase]()
    for split, place in _PLACES.items():
        path = folder / place / f"{suite}.yaml"
        try:
            raw = path.read_bytes()
            written = CorpusFile.model_validate(yaml.safe_load(raw))
            cases += [*_good(written, split, folder), *_changed(written, split, folder)]
        except (OSError, yaml.YAMLError, ValueError, KeyError, IndexError, TypeError) as error:
            raise CorpusInvalid(
                f"The corpus {path} cannot be read: {error}.", "Mend the file; docs/evals.md says how it is built."
            ) from None
        digest.update(raw)
        contexts |= {split.named(name): context for name, context in written.contexts.items()}
    brands = {name: _of_house(context, folder) for name, context in contexts.items()}
    return Corpus(suite, digest.hexdigest(), contexts, brands, tuple(cases))


@cache
def house(name: str = _FIRST_HOUSE, folder: Path = FOLDER) -> Brand:
    """An invented brand that corpora are written for, so that no brand's own file changes what is measured."""
    return Brand.model_validate(yaml.safe_load((folder / "houses" / f"{name}.yaml").read_bytes()))


def _of_house(context: Json, folder: Path) -> Brand:
    return house(context.get("house", _FIRST_HOUSE), folder)


def _good(written: CorpusFile, split: Split, folder: Path) -> Sequence[EvalCase]:
    return [
        EvalCase(split.named(name), GOOD, _of_house(context, folder), context, item.output, frozenset())
        for name, item in written.good.items()
        for context in (written.contexts[item.context],)
    ]


def _changed(written: CorpusFile, split: Split, folder: Path) -> Sequence[EvalCase]:
    return [
        EvalCase(
            split.named(name),
            item.kind,
            _of_house(context, folder),
            context,
            _with(copy.deepcopy(written.good[item.base].output), item),
            frozenset(item.breaks),
        )
        for name, item in written.changed.items()
        for context in (written.contexts[written.good[item.base].context],)
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
