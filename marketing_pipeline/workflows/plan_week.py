"""Plan a week: code decides slots, pillars, formats and hooks from what was learnt; the strategist finds the ideas."""

from collections.abc import Sequence

from marketing_pipeline.agents import strategist
from marketing_pipeline.agents.language_model import LanguageModel
from marketing_pipeline.domain.allocation import allocate
from marketing_pipeline.domain.identifiers import PlanId, post_id
from marketing_pipeline.domain.learning import LearningNote, Learnings
from marketing_pipeline.domain.metrics import PostPerformance
from marketing_pipeline.domain.plan import PlannedPost, WeeklyPlan
from marketing_pipeline.domain.strategy import Strategy, strategy_of
from marketing_pipeline.store.plans import plan_of, record_plan
from marketing_pipeline.store.strategies import record_strategy
from marketing_pipeline.workflows.brand_week import BrandWeek

WEEKS_REMEMBERED = 6
"""Plans of this many weeks are shown to the strategist, so that topics come back only after a while."""


def record_brand_strategy(work: BrandWeek) -> Strategy:
    """Store the strategy that brand.yaml states now, once per content, and return it."""
    strategy = strategy_of(work.brand)
    record_strategy(work.database, strategy)
    return strategy


async def plan_week(
    work: BrandWeek,
    model: LanguageModel,
    *,
    strategy: Strategy,
    learnings: Learnings,
    notes: Sequence[LearningNote],
    performance: Sequence[PostPerformance],
    seed: int,
) -> WeeklyPlan:
    """The plan of record of this week: the stored one, or a new one.

    A week is planned once, so that a run that was killed, retried or launched twice finds the same posts. Raises
    ModelCallFailed and SpendCapReached; then nothing is stored.
    """
    stored = plan_of(work.database, work.brand.brand_id, work.week.key)
    if stored is not None:
        return stored
    assignments = allocate(work.brand, work.week, learnings, seed)
    answered = await strategist.plan_week(
        model,
        brand=work.brand,
        strategy=strategy,
        week=work.week,
        assignments=assignments,
        learnings=learnings,
        notes=notes,
        recent_plans=_recent_plans(work),
        recent_performance=performance,
        subject=work.subject(),
    )
    ideas = {idea.position: idea for idea in answered.value.posts}
    plan = WeeklyPlan(
        id=PlanId(f"{work.brand.id}-{work.week.key}-v1"),
        brand=work.brand.brand_id,
        week=work.week.key,
        version=1,
        strategy_version=strategy.version,
        theme=answered.value.theme,
        rationale=answered.value.rationale,
        posts=tuple(
            PlannedPost(
                id=post_id(work.brand.brand_id, work.week.key, assignment.position),
                assignment=assignment,
                idea=ideas[assignment.position],
            )
            for assignment in assignments
        ),
        created_at=work.now(),
    )
    return record_plan(work.database, plan, learnings.mix, work.audit)


def _recent_plans(work: BrandWeek) -> list[WeeklyPlan]:
    earlier = (work.week.plus(-back).key for back in range(1, WEEKS_REMEMBERED + 1))
    found = (plan_of(work.database, work.brand.brand_id, week) for week in earlier)
    return [plan for plan in found if plan is not None]
