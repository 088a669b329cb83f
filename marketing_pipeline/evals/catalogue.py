"""Every suite, by the name of its agent."""

from collections.abc import Mapping

from marketing_pipeline.evals.score import Suite
from marketing_pipeline.evals.suites import (
    ads_analyst,
    analyst,
    composer,
    copywriter,
    evaluator,
    note_reader,
    orchestrator,
    strategist,
)

SUITES: Mapping[str, Suite] = {
    module.SUITE.name: module.SUITE
    for module in (strategist, copywriter, composer, evaluator, analyst, ads_analyst, note_reader, orchestrator)
}
