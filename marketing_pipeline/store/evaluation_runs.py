"""Runs of the agents' evaluation suites, stored whole: a run, its cases, its scores."""

from collections.abc import Sequence

from sqlalchemy import RowMapping, insert, select, update

from marketing_pipeline.domain.agent_evaluation import Comparison, EvalCaseResult, EvalRun, EvalScore
from marketing_pipeline.domain.errors import NotFound
from marketing_pipeline.store.database import Database
from marketing_pipeline.store.tables import eval_cases, eval_runs, eval_scores


class EvaluationRuns:
    """The runs of one installation."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def record(self, run: EvalRun, cases: Sequence[EvalCaseResult], scores: Sequence[EvalScore]) -> None:
        """Store a run with all that belongs to it, in one transaction."""
        now = self._database.clock.now()
        with self._database.write() as connection:
            connection.execute(insert(eval_runs).values(**_row(run), updated_at=now))
            for table, rows in ((eval_cases, cases), (eval_scores, scores)):
                told = [{**row.model_dump(), "run": run.id, "scored_at": now} for row in rows]
                if told:
                    connection.execute(insert(table), told)

    def take_as_baseline(self, run: EvalRun) -> None:
        """Hold later runs of this suite and provider against this one."""
        with self._database.write() as connection:
            same = (eval_runs.c.suite == run.suite, eval_runs.c.provider == run.provider)
            now = self._database.clock.now()
            earlier = update(eval_runs).where(*same, eval_runs.c.is_baseline, eval_runs.c.id != run.id)
            connection.execute(earlier.values(is_baseline=False, updated_at=now))
            this = update(eval_runs).where(eval_runs.c.id == run.id)
            connection.execute(this.values(is_baseline=True, updated_at=now))

    def get(self, run: str) -> EvalRun:
        """One run. Raises NotFound."""
        found = self._find(eval_runs.c.id == run)
        if not found:
            raise NotFound(f"There is no evaluation run {run!r}.", "`marketing eval list` shows the runs.")
        return found[0]

    def newest(self, limit: int = 100) -> tuple[EvalRun, ...]:
        """The newest runs, the newest first."""
        return self._find(limit=limit)

    def with_prompt(self, suite: str, provider: str, model: str, prompt_sha256: str) -> tuple[EvalRun, ...]:
        """Runs of a suite by exactly this prompt and model."""
        wanted = eval_runs.c
        return self._find(
            wanted.suite == suite,
            wanted.provider == provider,
            wanted.model == model,
            wanted.prompt_sha256 == prompt_sha256,
        )

    def of_suite(self, suite: str, limit: int = 100) -> tuple[EvalRun, ...]:
        """The newest runs of one suite, the newest first."""
        return self._find(eval_runs.c.suite == suite, limit=limit)

    def baseline(self, suite: str, provider: str) -> EvalRun | None:
        """The run that later ones are held against; None where none was taken."""
        found = self._find(eval_runs.c.suite == suite, eval_runs.c.provider == provider, eval_runs.c.is_baseline)
        return found[0] if found else None

    def cases(self, run: str) -> tuple[EvalCaseResult, ...]:
        """The cases of a run, by name."""
        query = select(eval_cases).where(eval_cases.c.run == run).order_by(eval_cases.c.case)
        with self._database.read() as connection:
            return tuple(EvalCaseResult.model_validate(dict(row)) for row in connection.execute(query).mappings())

    def scores(self, run: str) -> tuple[EvalScore, ...]:
        """The scores of a run, by case and criterion."""
        query = select(eval_scores).where(eval_scores.c.run == run)
        ordered = query.order_by(eval_scores.c.case, eval_scores.c.criterion)
        with self._database.read() as connection:
            return tuple(EvalScore.model_validate(dict(row)) for row in connection.execute(ordered).mappings())

    def _find(self, *where: object, limit: int = 1000) -> tuple[EvalRun, ...]:
        query = select(eval_runs).where(*where).order_by(eval_runs.c.started_at.desc(), eval_runs.c.id)  # pyright: ignore[reportArgumentType]
        with self._database.read() as connection:
            return tuple(map(_run, connection.execute(query.limit(limit)).mappings()))


_COMPARED = {"standing": "standing", "before": "before", "change": "change", "low": "change_low", "high": "change_high"}


def _row(run: EvalRun) -> dict[str, object]:
    compared = run.comparison.model_dump()
    return {
        **run.model_dump(exclude={"comparison"}),
        **{column: compared[name] for name, column in _COMPARED.items()},
    }


def _run(row: RowMapping) -> EvalRun:
    compared = Comparison.model_validate({name: row[column] for name, column in _COMPARED.items()})
    return EvalRun.model_validate({**dict(row), "comparison": compared})
