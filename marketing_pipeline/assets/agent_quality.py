"""How good the agents are: suites over their corpora, and whether each prompt and model in use was evaluated."""

from typing import Any

import dagster as dg

from marketing_pipeline.workplace import Workplace

KEY = dg.AssetKey("agent_quality")


@dg.asset(group_name="operations", kinds={"python", "duckdb"})
def agent_quality(workplace: dg.ResourceParam[Workplace]) -> dg.MaterializeResult[Any]:
    """Scores of the evaluation suites over their labelled corpora, in the warehouse; no model is asked.

    What the agents themselves score comes from `marketing eval run --live`, since that is paid for.
    """
    results = workplace.evals.over_corpora()
    snapshot = workplace.refresh_warehouse()
    scores = {f"{result.run.suite} (corpus)": result.run.score for result in results}
    return dg.MaterializeResult(
        metadata={**scores, "cases": sum(each.run.cases for each in results), "snapshot": snapshot}
    )


@dg.asset_check(asset=agent_quality)
def no_suite_is_below_its_baseline(workplace: dg.ResourceParam[Workplace]) -> dg.AssetCheckResult:
    """The newest run of each suite and provider holds its baseline; sandbox runs test the plumbing alone."""
    below = workplace.evals.below_baseline()
    return dg.AssetCheckResult(passed=not below, metadata={"below": ", ".join(below)})


@dg.asset_check(asset=agent_quality)
def prompts_were_evaluated(workplace: dg.ResourceParam[Workplace]) -> dg.AssetCheckResult:
    """Every agent was asked in its suite with the prompt file and the model that it works with now."""
    missing = workplace.evals.never_evaluated()
    return dg.AssetCheckResult(
        passed=not missing,
        severity=dg.AssetCheckSeverity.WARN,
        metadata={"not evaluated": ", ".join(missing), "how": "marketing eval run --live"},
    )
