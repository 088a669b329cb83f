"""Turn findings about an ad account into proposals: code makes the candidates, the analyst chooses and words them."""

from dataclasses import dataclass, replace

from marketing_pipeline.agents import ads_analyst
from marketing_pipeline.agents.language_model import LanguageModel
from marketing_pipeline.domain.ad_advice import AdAdvice
from marketing_pipeline.domain.ad_analysis import AdAnalysis, Held
from marketing_pipeline.domain.ad_candidate import MOST, candidates
from marketing_pipeline.domain.ad_reconsider import reconsidered
from marketing_pipeline.store.ad_proposals import AdProposals, Recorded
from marketing_pipeline.workflows.brand_week import BrandWeek


@dataclass(frozen=True)
class ProposedAdChanges:
    """What was proposed. `advice` is None where there was nothing to choose from, and no model was asked."""

    recorded: Recorded
    advice: AdAdvice | None
    left_alone: tuple[Held, ...]


async def propose_ad_changes(
    work: BrandWeek, model: LanguageModel, analysis: AdAnalysis, proposals: AdProposals
) -> ProposedAdChanges:
    """Store the chosen candidates as proposals that ask at the gate. The same figures again store nothing new.

    What became of earlier changes corrects the forecasts, ranks the candidates anew, and holds some back. A brand
    without a policy for ads gets no proposal. Raises ModelCallFailed and SpendCapReached, storing nothing.
    """
    policy = work.brand.policies.ads
    kept, held = reconsidered(candidates(analysis, policy, most=None), analysis.account.experience)
    found = {item.id: item for item in kept[:MOST]}
    analysis = replace(analysis, held=(*analysis.held, *held))
    if policy is None or not found:
        return ProposedAdChanges(Recorded(), None, analysis.held)
    answered = await ads_analyst.advise(
        model, brand=work.brand, analysis=analysis, candidates=tuple(found.values()), subject=work.subject()
    )
    now = work.now()
    chosen = [
        found[choice.candidate].proposal(work.brand.brand_id, work.week.key, choice.reason, now, policy)
        for choice in answered.value.choices
    ]
    return ProposedAdChanges(proposals.record(chosen, work.brand), answered.value, analysis.held)
