"""What a step's model calls have cost, beside what they made."""

from typing import TYPE_CHECKING, Any

import dagster as dg

from marketing_pipeline.domain.money import MICROS
from marketing_pipeline.workplace import Workplace

if TYPE_CHECKING:
    from marketing_pipeline.workflows.brand_week import BrandWeek


def spent_on(workplace: Workplace, work: "BrandWeek", agent: str) -> dict[str, Any]:
    """Calls of one agent for this week over all runs, and their cost in USD; what is reserved where it is not known."""
    from marketing_pipeline.store.model_calls import ModelCalls

    calls = [
        call
        for call in ModelCalls(workplace.database).of_week(work.brand.brand_id, work.week.key)
        if call.agent == agent
    ]
    micros = sum(call.reserved_micros if call.cost_micros is None else call.cost_micros for call in calls)
    return {"model calls": len(calls), "model cost (USD)": dg.MetadataValue.float(micros / MICROS)}
