"""The agents asked in the situations of their corpora, within the spend cap of a real brand."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

from marketing_pipeline.domain.agent_evaluation import EvalCaseResult, EvalRun, EvalScore, Split, situation_of
from marketing_pipeline.domain.errors import MarketingError

if TYPE_CHECKING:
    from marketing_pipeline.domain.model_call import ModelCall
    from marketing_pipeline.evals.asking import Agents
    from marketing_pipeline.evals.corpus import Corpus, EvalCase
    from marketing_pipeline.evals.rubric import Preference
    from marketing_pipeline.evals.running import SuiteResult
    from marketing_pipeline.evals.score import Json, Suite
    from marketing_pipeline.store.evaluation_runs import EvaluationRuns
    from marketing_pipeline.workplace.workplace import Workplace


class NothingToAsk(MarketingError):
    """A half of a corpus has no situation that its agent can be asked in."""


class AskedAgents:
    """Asks through the model service of a `Workplace`."""

    def __init__(self, place: "Workplace") -> None:
        self._place = place

    async def run(
        self, identity: str, suite: "Suite", brand: str, *, repeat: int, judge: bool, split: Split
    ) -> "SuiteResult":
        """One run of one suite, not stored. Raises SpendCapReached and ModelMisconfigured, which say nothing of it."""
        from marketing_pipeline.agents.failures import ModelMisconfigured
        from marketing_pipeline.domain.ports import SpendCapReached
        from marketing_pipeline.evals.asking import ask, live_cases
        from marketing_pipeline.evals.baseline import read_baseline
        from marketing_pipeline.evals.corpus import load_corpus
        from marketing_pipeline.evals.dataset import judged
        from marketing_pipeline.evals.gate import Evidence, live_gate
        from marketing_pipeline.evals.running import Origin, SuiteResult, told, with_calls

        settings, corpus = self._place.settings, load_corpus(suite.name)
        origin = Origin(identity, self._place.clock.now(), settings.model_provider, settings.models[suite.name], brand)
        agents, wanted, measured = self._agents(brand), live_cases(corpus, split, repeat), read_baseline(suite.name)
        if not wanted:
            raise NothingToAsk(
                f"No {split} situation of {suite.name} can be put to its agent.", "Leave out --development."
            )

        stopped: list[MarketingError] = []

        async def answer(case: "EvalCase") -> "Json":
            try:
                return await ask(agents, suite.name, case, agents.subject(origin.id, case.id))
            except (SpendCapReached, ModelMisconfigured) as refusal:
                stopped.append(refusal)
                raise

        async with agents.model, agents.dialogue:
            cases, scores = await judged(suite, wanted, answer, measured.trusted if measured else frozenset())
            if stopped:
                # It says nothing of the agent: no run is stored.
                raise stopped[0]
            if judge:
                scores += await self._hints(agents, suite, corpus, origin.id, cases)
            calls = self._calls(agents, origin.id)
        of_case = {
            case.case: [call for call in calls if call.subject.post == f"{origin.id}/{case.case}"] for case in cases
        }
        timed = tuple(with_calls(case, of_case[case.case]) for case in cases)
        held_out = split is Split.HELD_OUT
        before = self._place.evals.baseline_of(suite.name, origin.provider) if held_out else None
        gate = live_gate(suite, Evidence(timed, scores), before)
        return SuiteResult(told(suite, corpus, origin, timed, gate, calls, split), timed, scores, gate)

    async def _hints(
        self, agents: "Agents", suite: "Suite", corpus: "Corpus", run: str, cases: "Sequence[EvalCaseResult]"
    ) -> "tuple[EvalScore, ...]":
        from marketing_pipeline.evals.rubric import hints

        found: list[EvalScore] = []
        for case in cases:
            if case.output is not None:
                name = situation_of(case.case)
                told, situation = agents.as_payer(corpus.brands[name]), _sendable(corpus.contexts[name])
                subject = agents.subject(run, f"judge-{case.case}")
                found += await hints(agents.model, told, suite.name, case.case, situation, case.output, subject)
        return tuple(found)

    async def preferred(self, one: EvalRun, other: EvalRun, brand: str) -> "tuple[Preference, ...]":
        """Pairs of answers of two runs, each asked in both orders."""
        from marketing_pipeline.evals.corpus import load_corpus
        from marketing_pipeline.evals.rubric import preferred

        agents, corpus = self._agents(brand), load_corpus(one.suite)
        theirs = {case.case: case.output for case in self._runs.cases(other.id)}
        found: list[Preference] = []
        async with agents.model:
            for case in self._runs.cases(one.id):
                name, a, b = situation_of(case.case), case.output, theirs.get(case.case)
                if name not in corpus.contexts or a is None or b is None:
                    continue
                told, situation = agents.as_payer(corpus.brands[name]), _sendable(corpus.contexts[name])
                subject = agents.subject(one.id, f"pair-{case.case}")
                found += await preferred(agents.model, told, one.suite, case.case, situation, a, b, subject)
        return tuple(found)

    async def captions_judged(self, brand: str, captions: "Sequence[str]") -> dict[str, list[bool]]:
        """By criterion of the copywriter's rubric, whether each caption holds it, in the judge's opinion."""
        from marketing_pipeline.evals.rubric import hints, rubric

        agents = self._agents(brand)
        said: dict[str, list[bool]] = {name: [] for name in rubric()["copywriter"]}
        async with agents.model:
            for number, caption in enumerate(captions, start=1):
                subject, answer = agents.subject("calibration", f"caption-{number}"), {"chosen_caption": caption}
                told = await hints(agents.model, agents.payer, "copywriter", str(number), {}, answer, subject)
                for name, hint in zip(said, told, strict=True):
                    said[name].append(hint.passed)
        return said

    def _agents(self, brand: str) -> "Agents":
        from marketing_pipeline.domain.week import Week
        from marketing_pipeline.evals.asking import Agents
        from marketing_pipeline.workflows.conversation import OFFERED

        payer = self._place.brand(brand)
        providers = self._place.providers
        week = Week.containing(self._place.clock.now(), payer.zone)
        return Agents(providers.language_model(), providers.dialogue(), OFFERED, payer, week)

    def _calls(self, agents: "Agents", run: str) -> "tuple[ModelCall, ...]":
        from marketing_pipeline.store.model_calls import ModelCalls

        made = ModelCalls(self._place.database).of_week(agents.payer.brand_id, agents.week.key)
        return tuple(call for call in made if (call.subject.post or "").startswith(f"{run}/"))

    @property
    def _runs(self) -> "EvaluationRuns":
        return self._place.evals.runs


def _sendable(context: "Json") -> "Json":
    from pydantic_core import to_jsonable_python

    return to_jsonable_python(context)
