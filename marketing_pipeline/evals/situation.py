"""Situations as corpora write them, made into what agents are given."""

from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from marketing_pipeline.domain.brand import Brand
from marketing_pipeline.domain.creative import PostFormat
from marketing_pipeline.domain.identifiers import post_id
from marketing_pipeline.domain.learning import FactorEffect, Learnings, levels_of
from marketing_pipeline.domain.metrics import PostPerformance, SnapshotAge
from marketing_pipeline.domain.plan import Assignment, PlannedPost, PostIdea
from marketing_pipeline.domain.week import Week
from marketing_pipeline.evals.score import Json


def planned_post(brand: Brand, context: Json) -> PlannedPost:
    """The post of a situation: `assignment` and `idea`, the assignment as `assignments` states it."""
    assigned = assignment(brand, context["assignment"])
    week = Week.containing(assigned.scheduled_at, brand.zone)
    idea = PostIdea.model_validate(
        {"position": assigned.position, "product": None, "occasion": None, **context["idea"]}
    )
    return PlannedPost(id=post_id(brand.brand_id, week.key, assigned.position), assignment=assigned, idea=idea)


def assignment(brand: Brand, row: Json) -> Assignment:
    """One slot of a week; `day` is a date, the hour is that of the slot."""
    hour = brand.slot(row["slot"]).at
    at = datetime.combine(row["day"], hour, tzinfo=ZoneInfo(brand.time_zone))
    given: dict[str, Any] = {name: value for name, value in row.items() if name != "day"}
    return Assignment.model_validate(
        {"position": 1, "format": PostFormat.PORTRAIT, "reason": "Chosen for the corpus.", **given, "scheduled_at": at}
    )


def learnings(brand: Brand, week: Week, context: Json) -> Learnings:
    """What is known: the situation's `effects`, and an even mix."""
    return Learnings(
        brand=brand.brand_id,
        week=week.key,
        computed_at=week.start(brand.zone),
        posts=context.get("posts", 0),
        effects=tuple(FactorEffect.model_validate({"evidence": (), **row}) for row in context.get("effects", ())),
        mix={factor: {level: 1 / len(levels) for level in levels} for factor, levels in levels_of(brand).items()},
    )


def performance(brand: Brand, week: Week, row: Json) -> PostPerformance:
    """A published post of which the situation tells a few figures; the others were not given."""
    return PostPerformance.model_validate(
        {
            "post": f"{brand.id}-{week.key}-01",
            "brand": brand.id,
            "week": week.key,
            "published_at": week.start(brand.zone) - timedelta(days=7),
            "pillar": brand.pillars[0].id,
            "format": "portrait",
            "hook": "question",
            "slot": brand.posting.slots[0].id,
            "age": SnapshotAge.THREE_DAYS,
            "age_hours": 72,
            "views": None,
            "likes": None,
            "comments": None,
            **row,
        }
    )
