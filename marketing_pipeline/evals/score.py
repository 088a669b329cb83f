"""What a scorer says of one answer, criterion by criterion, and what makes up a suite."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypeVar

from pydantic import BaseModel, ValidationError

from marketing_pipeline.domain.brand import Brand
from marketing_pipeline.domain.caption import Violation

Json = dict[str, Any]
SHAPE = "shape"
"""The criterion that every suite has: the answer fits its schema. Where it does not, nothing else is scored."""
Parsed = TypeVar("Parsed", bound=BaseModel)


@dataclass(frozen=True)
class Score:
    """One criterion of one answer. `value` runs from 0 to 1; `reason` says what was seen; empty when all is well."""

    criterion: str
    passed: bool
    value: float
    reason: str = ""


@dataclass(frozen=True)
class Budget:
    """What one answer may take at most, repairs included: a limit that is set, not measured."""

    usd_per_case: float
    p95_seconds: float


@dataclass(frozen=True)
class Suite:
    """What is looked at in the answers of one agent.

    `score` takes the brand, the situation that the agent was in and its answer, both as JSON, and gives each of
    `criteria` once, or SHAPE alone where the answer does not fit its schema. No answer may offend one of `critical`
    more often than the baseline's did.
    """

    name: str
    criteria: tuple[str, ...]
    score: Callable[[Brand, Json, Json], Sequence[Score]]
    critical: frozenset[str]
    budget: Budget


def found(criterion: str, problems: Iterable[str]) -> Score:
    """A criterion that holds where there is no problem."""
    told = list(dict.fromkeys(problems))
    return Score(criterion, not told, 0.0 if told else 1.0, "; ".join(told)[:600])


def measured(criterion: str, value: float, least: float, reason: str) -> Score:
    """A criterion that holds from `least` on."""
    return Score(criterion, value >= least, round(value, 4), "" if value >= least else reason)


def parsed(kind: type[Parsed], answer: Json) -> tuple[Parsed | None, Score]:
    """The answer as its model, or None, with what SHAPE comes to."""
    try:
        return kind.model_validate(answer), found(SHAPE, ())
    except ValidationError as error:
        problems = [
            f"{'.'.join(map(str, item['loc'])) or 'answer'}: {item['msg']}" for item in error.errors(include_url=False)
        ]
        return None, found(SHAPE, problems[:4])


def by_criterion(broken: Iterable[Violation], criteria: Mapping[str, frozenset[str]]) -> dict[str, list[str]]:
    """Broken rules of the product's own, in words, under the criterion that each belongs to.

    Raises ValueError for a rule that belongs to none, so that a new rule is not silently left out.
    """
    sorted_: dict[str, list[str]] = {criterion: [] for criterion in criteria}
    for item in broken:
        home = next((criterion for criterion, rules in criteria.items() if item.rule in rules), None)
        if home is None:
            raise ValueError(f"the rule {item.rule!r} belongs to no criterion of this suite")
        sorted_[home].append(f"{item.where}: {item.problem}")
    return sorted_
