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
    Standing,
)
from marketing_pipeline.domain.errors import MarketingError, NotFound
from marketing_pipeline.workplace.asked_agents import AskedAgents

if TYPE_CHECKING:
    from marketing_pipeline.evals.calibration import Calibration
    from marketing_pipeline.evals.rubric import Preference
    from marketing_pipeline.evals.running import SuiteResult
    from marketing_pipeline.evals.score import Suite
    from marketing_pipeline.store.evaluation_runs import EvaluationRuns
    from marketing_pipeline.workplace.workplace import Workplace


class NotComparable(MarketingError):
    """Two runs that cannot be set side by side."""


class EvalDesk:
    """Evaluation runs of a `Workplace`; reached as `workplace.evals`."""

    def __init__(self, place: "Workplace") -> None:
        self._place = place

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
                scores = {case.case: case.score for case in result.cases}
                baseline.write_baseline(each.name, scores, cases.sha256, stored)
        return tuple(found)

    def over_agents(
        self, brand: str, suite: str | None = None, *, repeat: int = 1, judge: bool = False, take_baseline: bool = False
    ) -> "tuple[SuiteResult, ...]":
        """Ask the agents in every situation of their corpora, `repeat` times, within the weekly cap of `brand`.

        In the sandbox this tests the plumbing alone, and its runs say so. `judge` adds a judge's hints, which do not
        count, though their cost does. Raises EvalExtraMissing, NotFound, ServiceOff, CredentialMissing, and, with
        nothing stored of the suite that was under way, SpendCapReached and ModelMisconfigured.
        """
        from marketing_pipeline.evals.asking import ASKED
        from marketing_pipeline.evals.extra import require_extra

        require_extra()
        wanted = [each for each in self.suites(suite) if each.name in ASKED]
        if not wanted:
            raise NotFound(f"The {suite} cannot be asked outside of its work.", f"These can: {', '.join(ASKED)}.")
        found = tuple(
            asyncio.run(AskedAgents(self._place).run(_run_id(), each, brand, repeat, judge=judge)) for each in wanted
        )
        for result in found:
            self.runs.record(result.run, result.cases, result.scores)
            if take_baseline:
                self.runs.take_as_baseline(result.run)
        return found

    def require_no_fall(self, results: "Sequence[SuiteResult]") -> None:
        """Return where no suite fell below its baseline. Raises BelowBaseline, naming those that did."""
        fallen = [result.run for result in results if result.run.comparison.standing is Standing.BELOW]
        if fallen:
            told = "; ".join(_fall(run) for run in fallen)
            raise BelowBaseline(
                f"Below the baseline: {told}.",
                "`marketing eval show` names the criteria. A fall that is meant is adopted with --baseline write.",
            )

    def below_baseline(self) -> tuple[str, ...]:
        """Suites, with their provider, whose newest run has fallen below its baseline."""
        newest: dict[tuple[str, str], EvalRun] = {}
        for run in self.runs.newest(1000):
            newest.setdefault((run.suite, run.provider), run)
        return tuple(_fall(run) for run in newest.values() if run.comparison.standing is Standing.BELOW)

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

    def side_by_side(self, a: str, b: str) -> tuple[EvalRun, EvalRun]:
        """Two runs of one suite. Raises NotFound, NotComparable."""
        one, other = self.runs.get(a), self.runs.get(b)
        if (one.suite, one.provider) != (other.suite, other.provider):
            raise NotComparable(
                f"{a} is {one.suite} by {one.provider}, {b} is {other.suite} by {other.provider}.",
                "Name two runs of one suite and provider.",
            )
        return one, other

    def preferred(self, a: str, b: str, brand: str) -> "tuple[Preference, ...]":
        """A judge's preference between the answers of two runs, case by case, in both orders. Raises as over_agents."""
        one, other = self.side_by_side(a, b)
        if one.provider == CORPUS:
            raise NotComparable("Both runs scored the corpus' own answers.", "Compare runs that asked the agents.")
        return asyncio.run(AskedAgents(self._place).preferred(one, other, brand))

    def calibrate(self, brand: str) -> "Calibration":
        """The evaluator's bar beside people's decisions about the same posts. Raises EvalExtraMissing, NotFound."""
        from marketing_pipeline.evals.calibration import calibrated
        from marketing_pipeline.evals.extra import require_extra
        from marketing_pipeline.store.human_labels import bar_and_people

        require_extra()
        with self._place.database.read() as connection:
            pairs = bar_and_people(connection, self._place.brand(brand).brand_id)
        return calibrated("evaluator and bar", pairs)


def _run_id() -> str:
    return f"ev-{uuid.uuid4().hex[:10]}"


def _fall(run: EvalRun) -> str:
    seen = run.comparison
    return f"{run.suite} {run.score:.3f}, was {seen.before:.3f} (change {seen.low:+.3f} to {seen.high:+.3f})"
