"""Turn findings about an ad account into proposals: code makes the candidates, the analyst chooses and words them."""

from dataclasses import dataclass

from marketing_pipeline.agents import ads_analyst
from marketing_pipeline.agents.language_model import LanguageModel
from marketing_pipeline.domain.ad_advice import AdAdvice
from marketing_pipeline.domain.ad_analysis import AdAnalysis
from marketing_pipeline.domain.ad_candidate import candidates
from marketing_pipeline.store.ad_changes import AdChanges, Recorded
from marketing_pipeline.workflows.brand_week import BrandWeek


@dataclass(frozen=True)
class ProposedAdChanges:
    """What was proposed. `advice` is None where there was nothing to choose from, and no model was asked."""

    recorded: Recorded
    advice: AdAdvice | None


async def propose_ad_changes(work: BrandWeek, model: LanguageModel, analysis: AdAnalysis) -> ProposedAdChanges:
    """Store the chosen candidates as proposals; a second run of the same figures stores nothing new.

    A brand without a policy for ads gets no proposal. Raises ModelCallFailed and SpendCapReached, storing nothing.
    """
    policy = work.brand.policies.ads
    found = {item.id: item for item in candidates(analysis, policy)}
    if policy is None or not found:
        return ProposedAdChanges(Recorded(), None)
    answered = await ads_analyst.advise(
        model, brand=work.brand, analysis=analysis, candidates=tuple(found.values()), subject=work.subject()
    )
    now = work.now()
    proposals = [
        found[choice.candidate].proposal(work.brand.brand_id, work.week.key, choice.reason, now, policy)
        for choice in answered.value.choices
    ]
    return ProposedAdChanges(AdChanges(work.database, work.audit).record(proposals), answered.value)
