"""How good the agents are: suites run over their corpora or over the agents themselves, and what came of it."""

import asyncio
import uuid
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from marketing_pipeline.domain.agent_evaluation import (
    CORPUS,
    BelowBaseline,
    EvalRun,
    NotEnoughToTell,
    Split,
    Standing,
)
from marketing_pipeline.domain.errors import MarketingError, NotFound
from marketing_pipeline.workplace.asked_agents import AskedAgents
from marketing_pipeline.workplace.peoples_labels import PeoplesLabels

if TYPE_CHECKING:
    from marketing_pipeline.evals.gate import Evidence, Gate
    from marketing_pipeline.evals.rubric import Preference
    from marketing_pipeline.evals.running import SuiteResult
    from marketing_pipeline.evals.score import Suite
    from marketing_pipeline.evals.side_by_side import SideBySide
    from marketing_pipeline.store.evaluation_runs import EvaluationRuns
    from marketing_pipeline.workplace.workplace import Workplace


class NotComparable(MarketingError):
    """Two runs that cannot be set side by side."""


class EvalDesk:
    """Evaluation runs of a `Workplace`; reached as `workplace.evals`."""

    def __init__(self, place: "Workplace") -> None:
        self._place = place

    @property
    def people(self) -> PeoplesLabels:
        """Machines' verdicts beside people's."""
        return PeoplesLabels(self._place)

    @property
    def runs(self) -> "EvaluationRuns":
        """The stored runs."""
        from marketing_pipeline.store.evaluation_runs import EvaluationRuns

        return EvaluationRuns(self._place.database)

    def suites(self, name: str | None = None) -> "tuple[Suite, ...]":
        """One suite, or all. Raises NotFound."""
        from marketing_pipeline.evals.catalogue import SUITES

        if name is not None and name not in SUITES:
            raise NotFound(f"There is no suite {name!r}.", f"The suites are: {', '.join(SUITES)}.")
        return tuple(SUITES.values()) if name is None else (SUITES[name],)

    def over_corpora(
        self,
        suite: str | None = None,
        *,
        folder: Path | None = None,
        baselines: Path | None = None,
        write_baseline: bool = False,
    ) -> "tuple[SuiteResult, ...]":
        """Score the answers of the labelled corpora and store the runs. No model is asked, nothing is spent.

        `folder` and `baselines` are those of the package unless named; `write_baseline` makes these scores what later
        runs are held against. Raises EvalExtraMissing, CorpusInvalid, NotFound.
        """
        from marketing_pipeline.evals import baseline, corpus
        from marketing_pipeline.evals.extra import require_extra
        from marketing_pipeline.evals.running import Origin, over_corpus

        require_extra()
        stored, found = baselines or baseline.FOLDER, list["SuiteResult"]()
        for each in self.suites(suite):
            cases = corpus.load_corpus(each.name, folder or corpus.FOLDER)
            before = baseline.read_baseline(each.name, stored)
            result = asyncio.run(over_corpus(each, cases, Origin(_run_id(), self._place.clock.now()), before))
            self.runs.record(result.run, result.cases, result.scores)
            found.append(result)
            if write_baseline:
                baseline.write_baseline(each.name, result.cases, result.scores, cases.sha256, stored)
        return tuple(found)

    def over_agents(
        self,
        brand: str,
        suite: str | None = None,
        *,
        repeat: int = 1,
        judge: bool = False,
        take_baseline: bool = False,
        split: Split = Split.HELD_OUT,
    ) -> "tuple[SuiteResult, ...]":
        """Ask the agents in the situations of one half of their corpora, `repeat` times, within the cap of `brand`.

        Runs over the held-out half are stored; those over the development half, on which prompts are worked, are only
        told. In the sandbox this tests the plumbing alone, and its runs say so. `judge` adds a judge's hints, which do
        not count, though their cost does. Raises EvalExtraMissing, NotFound, NothingToAsk, ServiceOff,
        CredentialMissing, and, with nothing stored of the suite that was under way, SpendCapReached and
        ModelMisconfigured.
        """
        from marketing_pipeline.evals.extra import require_extra

        require_extra()
        asked = AskedAgents(self._place)
        found = tuple(
            self._place.providers.kept.run(asked.run(_run_id(), each, brand, repeat=repeat, judge=judge, split=split))
            for each in self.suites(suite)
        )
        for result in found if split is Split.HELD_OUT else ():
            self.runs.record(result.run, result.cases, result.scores)
            if take_baseline:
                self.runs.take_as_baseline(result.run)
        return found

    def baseline_of(self, suite: str, provider: str) -> "Evidence | None":
        """What the home's baseline of a suite and provider answered and scored; None where none was taken."""
        taken = self.runs.baseline(suite, provider)
        return None if taken is None else self._evidence(taken.id)

    def gate_of(self, run: EvalRun) -> "Gate":
        """A stored run held against the baseline of today: that of the package for a corpus, or the home's own."""
        from marketing_pipeline.evals.baseline import read_baseline
        from marketing_pipeline.evals.gate import corpus_gate, live_gate

        [suite], now = self.suites(run.suite), self._evidence(run.id)
        if run.provider == CORPUS:
            return corpus_gate(now, read_baseline(run.suite))
        return live_gate(suite, now, self.baseline_of(run.suite, run.provider))

    def require_no_fall(self, results: "Sequence[SuiteResult]") -> None:
        """Return where every suite held its baseline and its budget. Raises BelowBaseline and NotEnoughToTell."""
        fallen = [result for result in results if result.gate.failures]
        if fallen:
            told = "; ".join(f"{_fall(result.run)}: {_first(result.gate.failures)}" for result in fallen)
            raise BelowBaseline(
                f"Below the baseline: {told}.",
                "`marketing eval show` names them all. A fall that is meant is adopted with --baseline write.",
            )
        unsure = [result for result in results if result.gate.too_few]
        if unsure:
            told = "; ".join(f"{result.run.suite}: {_first(result.gate.too_few)}" for result in unsure)
            raise NotEnoughToTell(f"Too little to tell, which is no pass: {told}.", "Ask each situation more often.")

    def below_baseline(self) -> tuple[str, ...]:
        """Suites, with their provider, whose newest run did not hold its baseline; too little to tell is no pass."""
        newest: dict[tuple[str, str], EvalRun] = {}
        for run in self.runs.newest(1000):
            newest.setdefault((run.suite, run.provider), run)
        return tuple(_fall(run) for run in newest.values() if run.comparison.standing in _NO_PASS)

    def never_evaluated(self) -> tuple[str, ...]:
        """Agents whose present prompt file and model no run of the present provider has asked."""
        from marketing_pipeline.agents.prompt import load_prompt
        from marketing_pipeline.evals.asking import ASKED

        settings = self._place.settings
        return tuple(
            name
            for name in ASKED
            if not self.runs.with_prompt(name, settings.model_provider, settings.models[name], load_prompt(name).sha256)
        )

    def side_by_side(self, a: str, b: str) -> "SideBySide":
        """Two runs of one suite, and what the gate says of B against A. Raises NotFound, NotComparable."""
        from marketing_pipeline.evals.side_by_side import side_by_side

        one, other = self.runs.get(a), self.runs.get(b)
        if (one.suite, one.provider) != (other.suite, other.provider):
            raise NotComparable(
                f"{a} is {one.suite} by {one.provider}, {b} is {other.suite} by {other.provider}.",
                "Name two runs of one suite and provider.",
            )
        [suite] = self.suites(one.suite)
        return side_by_side(suite, one, self._evidence(a), other, self._evidence(b))

    def preferred(self, a: str, b: str, brand: str) -> "tuple[Preference, ...]":
        """A judge's preference between the answers of two runs, case by case, in both orders. Raises as over_agents."""
        found = self.side_by_side(a, b)
        if found.a.provider == CORPUS:
            raise NotComparable("Both runs scored the corpus' own answers.", "Compare runs that asked the agents.")
        return self._place.providers.kept.run(AskedAgents(self._place).preferred(found.a, found.b, brand))

    def _evidence(self, run: str) -> "Evidence":
        from marketing_pipeline.evals.gate import Evidence

        return Evidence(self.runs.cases(run), self.runs.scores(run))


def _run_id() -> str:
    return f"ev-{uuid.uuid4().hex[:10]}"


def _fall(run: EvalRun) -> str:
    seen = run.comparison
    if seen.before is None or seen.low is None or seen.high is None:
        return f"{run.suite} by {run.provider} {run.score:.3f}"
    how = f"{run.score:.3f}, was {seen.before:.3f} (change {seen.low:+.3f} to {seen.high:+.3f})"
    return f"{run.suite} by {run.provider} {how}"


def _first(reasons: "Sequence[str]") -> str:
    """The first reason, and how many others there are."""
    others = len(reasons) - 1
    return f"{reasons[0]} (and {others} more)" if others else reasons[0]


_NO_PASS = (Standing.BELOW, Standing.TOO_FEW)
