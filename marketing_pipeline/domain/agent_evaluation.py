"""Runs of the agents' evaluation suites: what was asked of whom, how it scored, and how that compares with before."""

from enum import StrEnum
from typing import Annotated, Any

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field

from marketing_pipeline.domain.errors import MarketingError

CORPUS = "corpus"
"""The provider of a run in which no model was asked: its answers stand in the labelled corpus."""
SANDBOX = "sandbox"
_HELD_OUT = "held/"


class Split(StrEnum):
    """Which half of a corpus a case is of. Only held-out cases say anything about quality."""

    DEVELOPMENT = "development"
    HELD_OUT = "held_out"

    def named(self, name: str) -> str:
        """The name that a case or a situation of this half goes by."""
        return f"{_HELD_OUT}{name}" if self is Split.HELD_OUT else name


def split_of(case: str) -> Split:
    """The half that a case or a situation belongs to, by its name."""
    return Split.HELD_OUT if case.startswith(_HELD_OUT) else Split.DEVELOPMENT


def situation_of(case: str) -> str:
    """The situation in which an agent's answer was given: the name of its case without the number of the try."""
    return case.partition("#")[0]


class BelowBaseline(MarketingError):
    """A suite has fallen below its baseline, or costs more than it may."""


class NotEnoughToTell(MarketingError):
    """A suite was held against its baseline with too few cases to tell, which is no pass."""


class Standing(StrEnum):
    """How a run compares with its baseline. `too_few`: there is too little to tell, which is no pass."""

    NO_BASELINE = "no_baseline"
    AS_BEFORE = "as_before"
    BETTER = "better"
    BELOW = "below"
    TOO_FEW = "too_few"


class _Row(BaseModel):
    model_config = ConfigDict(frozen=True)


class Comparison(_Row):
    """A run beside its baseline: the mean change of the score over the baseline's cases, with its 95 % interval."""

    standing: Standing = Standing.NO_BASELINE
    before: float | None = None
    change: float | None = None
    low: float | None = None
    high: float | None = None


class EvalScore(_Row):
    """One criterion of one case. It is as expected where `passed` equals `expected`."""

    case: str
    criterion: str
    passed: bool
    expected: Annotated[bool, Field(description="False only for a defect that the corpus' author planted")]
    value: Annotated[float, Field(ge=0, le=1)]
    reason: str = ""
    counted: Annotated[bool, Field(description="False for a judge's hint, which decides nothing")] = True


class EvalCaseResult(_Row):
    """One case of a run. `output` is None where no usable answer came, and the score then 0."""

    case: str
    kind: str
    output: dict[str, Any] | None
    error: str = ""
    score: Annotated[float, Field(ge=0, le=1)]
    cost_micros: int | None = None
    latency_ms: float | None = None


class EvalRun(_Row):
    """One run of one suite, told by its held-out cases. Only runs of provider `anthropic` speak of quality."""

    id: str
    suite: str
    provider: Annotated[str, Field(description="corpus, sandbox or anthropic")]
    model: str
    prompt_sha256: str
    rubric_sha256: str
    corpus_sha256: str
    brand: str | None
    cases: int
    failed: Annotated[int, Field(description="Cases without a usable answer; they count as 0")]
    score: float
    low: float
    high: float
    calls: int
    cost_micros: int | None
    p50_ms: float | None
    p95_ms: float | None
    comparison: Comparison
    is_baseline: bool = False
    started_at: AwareDatetime

    @property
    def is_quality(self) -> bool:
        """Whether the score says something about how good the agent is, and not about plumbing or scorers."""
        return self.provider not in (CORPUS, SANDBOX)
