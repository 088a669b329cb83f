"""One ad change: what it does, why, what is expected of it, and what became of it."""

from typing import Annotated, Any

from pydantic import Field

from marketing_pipeline.agents.ads_analyst import forecast_row
from marketing_pipeline.domain.ad_value import step
from marketing_pipeline.domain.ad_verdict_words import forecast_band, seen
from marketing_pipeline.domain.local_time import moment
from marketing_pipeline.store.ad_change_row import AdChange, get_ad_change
from marketing_pipeline.workflows.tools.answer import ToolAnswer
from marketing_pipeline.workflows.tools.context import ToolContext
from marketing_pipeline.workflows.tools.places import ad_change_link, approval_link
from marketing_pipeline.workflows.tools.tool import Arguments, Tool

ChangeName = Annotated[
    str, Field(description="Ad change id, such as upscale_print-set_budget-1a2b3c4d", min_length=1, max_length=160)
]


class _Show(Arguments):
    change: ChangeName


def change_of(context: ToolContext, change: str) -> AdChange:
    """An ad change that the person may see. Raises NotFound."""
    with context.database.read() as connection:
        found = get_ad_change(connection, change)
    context.require_seen(found.brand, f"ad change {change}")
    return found


def facts_of(context: ToolContext, change: AdChange) -> dict[str, Any]:
    """The figures of a change, without the words of whoever proposed it."""
    brand, payload = context.brands.get(change.brand), change.payload
    return {
        "change": change.id,
        "brand": change.brand,
        "kind": payload.change_kind,
        "state": change.state,
        "forecast": {
            **forecast_row(change.forecast, payload.currency),
            "interval_90_percent": forecast_band(change),
        },
        "risk": change.risk,
        "proposed": moment(change.proposed_at, brand),
        "expires": moment(change.expires_at, brand),
        "applied": moment(change.applied_at, brand),
        "seen_afterwards": seen(change, change.outcome),
        "rolls_back": change.rolls_back,
        "request": change.approval,
    }


def words_of_change(change: AdChange) -> dict[str, Any]:
    """Names out of the ad account, and the words of whoever proposed it."""
    return {
        "what": f"{change.label}: {step(change.payload)}",
        "reason": change.reason,
        "state_reason": change.state_reason,
        "evidence": change.evidence,
    }


def _show_ad_change(context: ToolContext, asked: _Show) -> ToolAnswer:
    change = change_of(context, asked.change)
    links = [ad_change_link(change.id), *([approval_link(change.approval)] if change.approval else [])]
    return ToolAnswer(
        summary=f"{change.id} is {change.state}",
        data=facts_of(context, change),
        untrusted={"words_of_change": words_of_change(change)},
        links=links,
    )


SHOW_AD_CHANGE = Tool(
    name="show_ad_change",
    description=(
        "One change to an ad account: from what to what, why, on which figures, what was expected with its interval, "
        "where it stands, and what was seen after it was applied."
    ),
    arguments=_Show,
    run=_show_ad_change,
)
