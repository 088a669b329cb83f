"""Plan a week: code decides slots, pillars, formats and hooks from what was learnt; the strategist finds the ideas."""

from collections.abc import Sequence

from marketing_pipeline.agents import copywriter, strategist
from marketing_pipeline.agents.language_model import LanguageModel
from marketing_pipeline.domain.allocation import allocate
from marketing_pipeline.domain.errors import MarketingError
from marketing_pipeline.domain.identifiers import PlanId, post_id
from marketing_pipeline.domain.learning import LearningNote, Learnings
from marketing_pipeline.domain.metrics import PostPerformance
from marketing_pipeline.domain.plan import Assignment, PlannedPost, WeeklyPlan
from marketing_pipeline.domain.strategy import Strategy, strategy_of
from marketing_pipeline.store.experiment_readings import trials_for
from marketing_pipeline.store.plans import plan_of, record_plan
from marketing_pipeline.store.strategies import record_strategy
from marketing_pipeline.workflows.brand_week import BrandWeek
from marketing_pipeline.workflows.write_posts import hooks_to_avoid

WEEKS_REMEMBERED = 6
"""Plans of so many weeks before and after are shown to the strategist: topics come back only after a while, in
whichever order weeks are planned."""


class WeekOver(MarketingError):
    """A week without a slot to come."""


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
    ModelCallFailed, SpendCapReached, and WeekOver where no slot is left; then nothing is stored.
    """
    stored = plan_of(work.database, work.brand.brand_id, work.week.key)
    if stored is not None:
        return stored
    with work.database.read() as connection:
        trials = trials_for(connection, work.brand.brand_id, work.week.key, work.now())
    assignments = allocate(work.brand, work.week, learnings, seed, trials)
    _require_time_left(work, assignments)
    # Every post will be written from this beginning, all at once: it is sent while the ideas are found.
    ahead = copywriter.opening(work.brand, learnings, hooks_to_avoid(work))
    async with model.sending_ahead(ahead, subject=work.subject(), brand=work.brand):
        answered = await strategist.plan_week(
            model,
            brand=work.brand,
            strategy=strategy,
            week=work.week,
            assignments=assignments,
            learnings=learnings,
            notes=notes,
            recent_plans=_neighbouring_plans(work),
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


def _require_time_left(work: BrandWeek, assignments: Sequence[Assignment]) -> None:
    too_late, now = work.brand.posting.is_too_late, work.now()
    if all(too_late(assignment.scheduled_at, now) for assignment in assignments):
        raise WeekOver(
            f"Every slot of {work.brand.id} in the week of {work.week.key} has passed: nothing is planned for it.",
            "Plan this week or a coming one; a brand with `late_policy: publish_late` posts late.",
        )


def _neighbouring_plans(work: BrandWeek) -> list[WeeklyPlan]:
    near = (work.week.plus(away).key for away in range(-WEEKS_REMEMBERED, WEEKS_REMEMBERED + 1))
    found = (plan_of(work.database, work.brand.brand_id, week) for week in near)
    return [plan for plan in found if plan is not None]
