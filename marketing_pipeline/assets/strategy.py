"""The strategy of record."""

from typing import Any

import dagster as dg

from marketing_pipeline.assets.partitions import BRAND_WEEK, brand_and_week
from marketing_pipeline.assets.tables_for_people import table
from marketing_pipeline.workplace import Workplace


@dg.asset(partitions_def=BRAND_WEEK, group_name="planning", kinds={"yaml"})
def strategy(context: dg.AssetExecutionContext, workplace: dg.ResourceParam[Workplace]) -> dg.MaterializeResult[Any]:
    """What the brand wants and may say this week: goals, audiences, pillars, offers, calendar and limits."""
    from marketing_pipeline.domain.strategy import calendar_for
    from marketing_pipeline.workflows.plan_week import record_brand_strategy

    work = workplace.brand_week(*brand_and_week(context.partition_key))
    recorded = record_brand_strategy(work)
    goals = [(goal.statement, goal.metric, goal.baseline, goal.target, goal.due) for goal in work.brand.goals]
    rules = [(rule.statement, rule.applies_to, rule.state_reason) for rule in work.brand.rules]
    calendar = [(row["name"], row["start"], row["end"], row["note"]) for row in calendar_for(work.brand, work.week)]
    return dg.MaterializeResult(
        metadata={
            "version": recorded.version,
            "goals": table(("Goal", "Metric", "From", "To", "Due"), goals),
            "pillars": table(("Pillar", "Weight"), [(item.name, f"{item.weight:.0%}") for item in work.brand.pillars]),
            "rules": table(("Rule", "About", "Decided"), rules),
            "calendar": table(("Occasion or offer", "From", "To", "Note"), calendar),
        },
        data_version=dg.DataVersion(recorded.version),
    )


@dg.asset_check(asset=strategy, partitions_def=BRAND_WEEK)
def goals_are_still_ahead(
    context: dg.AssetCheckExecutionContext, workplace: dg.ResourceParam[Workplace]
) -> dg.AssetCheckResult:
    """Every goal is due after this week begins; a goal that has passed steers nothing."""
    from marketing_pipeline.domain.strategy import days_left

    brand_id, week = brand_and_week(context.partition_key)
    passed = [goal.id for goal in workplace.brand(brand_id).goals if days_left(goal.due, week.monday) < 0]
    return dg.AssetCheckResult(
        passed=not passed,
        severity=dg.AssetCheckSeverity.WARN,
        description=f"Past their date: {', '.join(passed)}. Set new ones in brand.yaml." if passed else "All ahead.",
    )
