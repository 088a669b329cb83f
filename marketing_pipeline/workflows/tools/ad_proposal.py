"""Proposing one change to an ad account."""

from typing import Annotated

from pydantic import Field

from marketing_pipeline.domain.ad_change import AdChangeKind
from marketing_pipeline.workflows.asked_ad_change import AdWish, NotProposable, candidate_of
from marketing_pipeline.workflows.tools.ads import analysis_of
from marketing_pipeline.workflows.tools.answer import ToolAnswer
from marketing_pipeline.workflows.tools.context import ToolContext
from marketing_pipeline.workflows.tools.places import ADS
from marketing_pipeline.workflows.tools.proposal import Reason, proposed_answer, require_edit
from marketing_pipeline.workflows.tools.tool import Arguments, BrandName, Tool


class _Propose(Arguments):
    brand: BrandName = None
    kind: AdChangeKind
    target: Annotated[
        str,
        Field(min_length=1, max_length=200, description="Campaign, keyword or ad by name or id, or a candidate's id"),
    ]
    amount: Annotated[float | None, Field(gt=0, le=1e9, description="New daily budget in the account's currency")] = (
        None
    )
    percent: Annotated[float | None, Field(ge=-100, le=100, description="Or a step, such as 10 or -20")] = None
    reason: Reason


def _propose_ad_change(context: ToolContext, asked: _Propose) -> ToolAnswer:
    brand = context.one(asked.brand)
    require_edit(context, brand.brand_id)
    policy = brand.policies.ads
    if policy is None:
        raise NotProposable(
            f"{brand.id} has no policy for ads, so no ad is changed.", "Write policies.ads in brand.yaml."
        )
    analysis = analysis_of(context, brand)
    found = candidate_of(AdWish(asked.kind, asked.target, asked.amount, asked.percent), analysis, policy)
    week = context.week_of(brand).key
    proposal = found.proposal(brand.brand_id, week, asked.reason, context.now, policy)
    return proposed_answer(context.proposals.change_ads(brand, proposal), ADS)


PROPOSE_AD_CHANGE = Tool(
    name="propose_ad_change",
    description=(
        "Propose one change to an ad account: a daily budget, a pause, or what ads_overview suggests. It must keep "
        "the policy's caps, and nothing changes before a person has approved it. A whole campaign cannot be paused."
    ),
    arguments=_Propose,
    run=_propose_ad_change,
    proposes=True,
)
