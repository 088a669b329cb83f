"""Plans of record: a week's plan and its posts, stored together or not at all."""

from collections.abc import Collection, Mapping

from sqlalchemy import Connection, select

from marketing_pipeline.domain.audit import AuditAppender
from marketing_pipeline.domain.identifiers import BrandId, PlanId
from marketing_pipeline.domain.learning import Factor
from marketing_pipeline.domain.plan import PlannedPost, WeeklyPlan
from marketing_pipeline.domain.post import PostState
from marketing_pipeline.store.database import Database
from marketing_pipeline.store.experiments import Experiments
from marketing_pipeline.store.post_row import post_of
from marketing_pipeline.store.tables import plans, posts


def record_plan(
    database: Database,
    plan: WeeklyPlan,
    mix: Mapping[Factor, Mapping[str, float]],
    audit: AuditAppender,
    actor: str = "weekly_plans",
) -> WeeklyPlan:
    """Store a plan and its posts, each `planned`, with their parts in experiments, and return the plan of record.

    A week is planned once: where it has a plan already, that one stands, whatever `plan` says, and is returned.
    """
    with database.write() as connection:
        standing = _plan(connection, plan.brand, plan.week)
        if standing is not None:
            return standing
        connection.execute(
            plans.insert().values(
                **plan.model_dump(exclude={"posts"}), mix={str(factor): dict(shares) for factor, shares in mix.items()}
            )
        )
        connection.execute(posts.insert(), [_row(plan, post, database) for post in plan.posts])
        Experiments(audit, database.clock).draw(connection, plan.posts, actor)
        audit.append(
            connection,
            actor=actor,
            action="plan.recorded",
            subject=plan.id,
            brand=plan.brand,
            detail={"week": plan.week, "strategy": plan.strategy_version, "posts": [post.id for post in plan.posts]},
        )
    return plan


def plan_of(database: Database, brand: BrandId, week: str) -> WeeklyPlan | None:
    """The plan of a week (its Monday), or None. Its posts are as they stand now, rescheduled ones at their new time."""
    with database.read() as connection:
        return _plan(connection, brand, week)


def planned_weeks(database: Database, weeks: Collection[str]) -> frozenset[tuple[BrandId, str]]:
    """The brands that have a plan of one of these weeks, each with that week."""
    wanted = select(plans.c.brand, plans.c.week).where(plans.c.week.in_(weeks)).distinct()
    with database.read() as connection:
        return frozenset((BrandId(brand), week) for brand, week in connection.execute(wanted))


def _plan(connection: Connection, brand: BrandId, week: str) -> WeeklyPlan | None:
    newest = select(plans).where(plans.c.brand == brand, plans.c.week == week).order_by(plans.c.version.desc())
    row = connection.execute(newest.limit(1)).first()
    if row is None:
        return None
    rows = connection.execute(select(posts).where(posts.c.plan == row.id).order_by(posts.c.position)).mappings()
    return WeeklyPlan(
        id=PlanId(row.id),
        brand=brand,
        week=week,
        version=row.version,
        strategy_version=row.strategy_version,
        theme=row.theme,
        rationale=row.rationale,
        posts=tuple(post_of(post).planned for post in rows),
        created_at=row.created_at,
    )


def _row(plan: WeeklyPlan, post: PlannedPost, database: Database) -> dict[str, object]:
    now = database.clock.now()
    return {
        **post.idea.model_dump(),
        **post.assignment.model_dump(exclude={"reason"}),
        "id": post.id,
        "brand": plan.brand,
        "week": plan.week,
        "plan": plan.id,
        "state": PostState.PLANNED,
        "state_reason": "planned",
        "assignment_reason": post.assignment.reason,
        "created_at": now,
        "updated_at": now,
    }
