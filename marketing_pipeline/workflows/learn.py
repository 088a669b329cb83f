"""Learn from what was published: effects are computed by code, worded by the analyst, stored with their evidence."""

from collections.abc import Sequence

from marketing_pipeline.agents import analyst
from marketing_pipeline.agents.language_model import LanguageModel
from marketing_pipeline.domain.learning import Analysis, Learnings
from marketing_pipeline.domain.learning_engine import learn
from marketing_pipeline.domain.metrics import PostPerformance
from marketing_pipeline.store.learnings import record_learnings, record_notes
from marketing_pipeline.workflows.brand_week import BrandWeek

SHOWN = 5
"""How many of the best and of the worst posts the analyst is shown."""


async def learn_for_week(
    work: BrandWeek, model: LanguageModel, performance: Sequence[PostPerformance]
) -> tuple[Learnings, Analysis | None]:
    """What is known going into this week, stored, with the analyst's words once there is anything to explain.

    Raises ModelCallFailed and SpendCapReached; the computed effects are stored all the same.
    """
    computed = learn(work.brand, work.week.key, performance, work.now())
    record_learnings(work.database, computed)
    if computed.posts == 0:
        return computed, None
    measured = [row for row in performance if row.engagement is not None]
    ranked = sorted(measured, key=lambda row: row.engagement or 0.0, reverse=True)
    answered = await analyst.explain(
        model,
        brand=work.brand,
        learnings=computed,
        best=ranked[:SHOWN],
        worst=ranked[SHOWN:][-SHOWN:],
        subject=work.subject(),
    )
    record_notes(work.database, computed.brand, computed.week, answered.value.notes)
    return computed, answered.value
