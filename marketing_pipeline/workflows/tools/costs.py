"""What the models cost, by agent and model, against the cap."""

from collections import defaultdict
from typing import Annotated, Any

from pydantic import Field

from marketing_pipeline.domain.brand import Brand
from marketing_pipeline.domain.model_call import CallOutcome, ModelCall
from marketing_pipeline.domain.money import MICROS
from marketing_pipeline.store.model_calls import ModelCalls
from marketing_pipeline.workflows.tools.answer import ToolAnswer
from marketing_pipeline.workflows.tools.context import ToolContext
from marketing_pipeline.workflows.tools.places import COST, post_link
from marketing_pipeline.workflows.tools.tool import Arguments, BrandName, Tool, WeekName


class _Costs(Arguments):
    brand: BrandName = None
    week: WeekName = None
    post: Annotated[str | None, Field(description="Only the calls made for this post", max_length=96)] = None


def _costs(context: ToolContext, asked: _Costs) -> ToolAnswer:
    if asked.post is not None:
        return _of_post(context, asked.post)
    brands = context.visible(asked.brand)
    return ToolAnswer(
        summary=f"model costs of {', '.join(brand.id for brand in brands) or 'no brand'}",
        data={"brands": [_of_week(context, brand, asked.week) for brand in brands]},
        links=[COST],
    )


def _of_week(context: ToolContext, brand: Brand, named: str | None) -> dict[str, Any]:
    week, calls = context.week_of(brand, named), ModelCalls(context.database)
    spent = calls.spend(brand.brand_id, week.start(brand.zone), week.end(brand.zone))
    return {
        "brand": brand.id,
        "week": week.key,
        "spent_in_the_week_usd": round(spent / MICROS, 4),
        "cap_a_week_usd": brand.policies.model_spend_per_week_usd,
        "calls_for_the_week": _by_agent(calls.of_week(brand.brand_id, week.key)),
    }


def _of_post(context: ToolContext, post_id: str) -> ToolAnswer:
    post = context.post(post_id)
    calls = [
        call for call in ModelCalls(context.database).of_week(post.brand, post.week) if call.subject.post == post.id
    ]
    return ToolAnswer(
        summary=f"{len(calls)} calls for {post.id}",
        data={"post": post.id, "calls": _by_agent(calls)},
        links=[COST, post_link(post.id)],
    )


def _by_agent(calls: "list[ModelCall] | tuple[ModelCall, ...]") -> list[dict[str, Any]]:
    groups: dict[tuple[str, str, str], list[ModelCall]] = defaultdict(list)
    for call in calls:
        groups[call.agent, call.model, call.provider].append(call)
    return [
        {
            "agent": agent,
            "model": model,
            "provider": provider,
            "calls": len(group),
            "failed": sum(call.outcome is not CallOutcome.OK for call in group),
            "cost_usd": round(sum(call.cost_micros or 0 for call in group) / MICROS, 4),
            "cost_not_known_of_calls": sum(call.cost_micros is None for call in group),
        }
        for (agent, model, provider), group in sorted(groups.items())
    ]


COSTS = Tool(
    name="costs",
    description=(
        "What language models cost: spent this week against the brand's cap, by agent and model; or for one post. "
        "Provider `sandbox` means that nothing was really paid."
    ),
    arguments=_Costs,
    run=_costs,
)
