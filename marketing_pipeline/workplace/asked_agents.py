"""The agents asked in the situations of their corpora, within the spend cap of a real brand."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

from marketing_pipeline.domain.agent_evaluation import EvalCaseResult, EvalRun, EvalScore
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


class AskedAgents:
    """Asks through the model service of a `Workplace`."""

    def __init__(self, place: "Workplace") -> None:
        self._place = place

    async def run(self, identity: str, suite: "Suite", brand: str, repeat: int, *, judge: bool) -> "SuiteResult":
        """One run of one suite, not stored. Raises SpendCapReached and ModelMisconfigured, which say nothing of it."""
        from marketing_pipeline.agents.failures import ModelMisconfigured
        from marketing_pipeline.domain.ports import SpendCapReached
        from marketing_pipeline.evals.asking import ask, live_cases
        from marketing_pipeline.evals.corpus import load_corpus
        from marketing_pipeline.evals.dataset import judged
        from marketing_pipeline.evals.running import Origin, SuiteResult, told, with_calls

        settings, corpus = self._place.settings, load_corpus(suite.name)
        origin = Origin(identity, self._place.clock.now(), settings.model_provider, settings.models[suite.name], brand)
        agents = self._agents(brand)

        stopped: list[MarketingError] = []

        async def answer(case: "EvalCase") -> "Json":
            try:
                return await ask(agents, suite.name, case.context, agents.subject(origin.id, case.id))
            except (SpendCapReached, ModelMisconfigured) as refusal:
                stopped.append(refusal)
                raise

        async with agents.model, agents.dialogue:
            cases, scores = await judged(suite, agents.brand, live_cases(corpus, repeat), answer)
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
        before = self._runs.baseline(suite.name, origin.provider)
        return SuiteResult(told(suite, corpus, origin, timed, before, calls), timed, scores)

    async def _hints(
        self, agents: "Agents", suite: "Suite", corpus: "Corpus", run: str, cases: "Sequence[EvalCaseResult]"
    ) -> "tuple[EvalScore, ...]":
        from marketing_pipeline.evals.rubric import hints

        found: list[EvalScore] = []
        for case in cases:
            if case.output is not None:
                situation = _sendable(corpus.contexts[case.case.partition("#")[0]])
                subject = agents.subject(run, f"judge-{case.case}")
                found += await hints(agents.model, agents.brand, suite.name, case.case, situation, case.output, subject)
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
                context, a, b = corpus.contexts.get(case.case.partition("#")[0]), case.output, theirs.get(case.case)
                if context is None or a is None or b is None:
                    continue
                subject = agents.subject(one.id, f"pair-{case.case}")
                situation = _sendable(context)
                found += await preferred(agents.model, agents.brand, one.suite, case.case, situation, a, b, subject)
        return tuple(found)

    def _agents(self, brand: str) -> "Agents":
        from marketing_pipeline.domain.week import Week
        from marketing_pipeline.evals.asking import Agents
        from marketing_pipeline.evals.corpus import house
        from marketing_pipeline.workflows.conversation import OFFERED

        payer = self._place.brand(brand)
        # What agents are told is the corpus' own brand; what is spent counts in the cap of a real one.
        asked = house().model_copy(update={"id": payer.id, "time_zone": payer.time_zone, "policies": payer.policies})
        providers = self._place.providers
        week = Week.containing(self._place.clock.now(), payer.zone)
        return Agents(providers.language_model(), providers.dialogue(), OFFERED, asked, week)

    def _calls(self, agents: "Agents", run: str) -> "tuple[ModelCall, ...]":
        from marketing_pipeline.store.model_calls import ModelCalls

        made = ModelCalls(self._place.database).of_week(agents.brand.brand_id, agents.week.key)
        return tuple(call for call in made if (call.subject.post or "").startswith(f"{run}/"))

    @property
    def _runs(self) -> "EvaluationRuns":
        return self._place.evals.runs


def _sendable(context: "Json") -> "Json":
    from pydantic_core import to_jsonable_python

    return to_jsonable_python(context)
