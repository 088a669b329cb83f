"""What was learnt of posts, with how sure it is."""

from typing import Annotated, Any

from pydantic import Field

from marketing_pipeline.domain.learning import Factor
from marketing_pipeline.store.learnings import latest_learnings
from marketing_pipeline.workflows.tools.answer import ToolAnswer
from marketing_pipeline.workflows.tools.context import ToolContext
from marketing_pipeline.workflows.tools.places import PERFORMANCE
from marketing_pipeline.workflows.tools.tool import Arguments, BrandName, Tool


class _Learnings(Arguments):
    brand: BrandName = None
    factor: Annotated[Factor | None, Field(description="Only this factor")] = None


def _list_learnings(context: ToolContext, asked: _Learnings) -> ToolAnswer:
    brand = context.one(asked.brand)
    learnt = latest_learnings(context.database, brand.brand_id)
    if learnt is None:
        return ToolAnswer(
            summary="nothing is learnt yet",
            data={"brand": brand.id, "learnings": [], "note": "Nothing was learnt yet: no week has been measured."},
            links=[PERFORMANCE],
        )
    effects = [effect for effect in learnt.learnings.effects if asked.factor in (None, effect.factor)]
    rows: list[dict[str, Any]] = [
        {
            "factor": effect.factor,
            "level": effect.level,
            "times_the_average": round(effect.multiple, 2),
            "interval_90_percent": [round(effect.low, 2), round(effect.high, 2)],
            "known": effect.known,
            "posts": effect.posts,
            "recommended_share": round(learnt.learnings.mix[effect.factor][effect.level], 3),
        }
        for effect in sorted(effects, key=lambda effect: -abs(effect.log_effect))
    ]
    notes = [note for note in learnt.notes if asked.factor in (None, note.factor)]
    return ToolAnswer(
        summary=f"{sum(row['known'] for row in rows)} of {len(rows)} effects are known",
        data={"brand": brand.id, "going_into": learnt.learnings.week, "posts": learnt.learnings.posts, "effects": rows},
        untrusted={"analyst_notes": [note.model_dump(mode="json") for note in notes]},
        links=[PERFORMANCE],
    )


LIST_LEARNINGS = Tool(
    name="list_learnings",
    description=(
        "What was learnt about pillars, formats, hooks and slots: each effect on engagement as a multiple of the "
        "average with its 90 % interval, whether it is known at all, and the share recommended for the next plan."
    ),
    arguments=_Learnings,
    run=_list_learnings,
)
