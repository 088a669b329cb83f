"""Which ways the daily budgets of an account may go, after what became of earlier moves."""

from dataclasses import replace

from marketing_pipeline.domain.ad_experience import AdExperience
from marketing_pipeline.domain.ad_reallocation import BudgetBounds

_UP, _DOWN = "raise_budget", "lower_budget"


def within_experience(experience: AdExperience, bounds: BudgetBounds) -> BudgetBounds:
    """The bounds without a way that is not to be gone again now."""
    if experience.why_not((bounds.resource, _UP, ""), gains=True):
        bounds = replace(bounds, high=bounds.now)
    if experience.why_not((bounds.resource, _DOWN, ""), gains=False):
        bounds = replace(bounds, low=bounds.now)
    return bounds


def ways_held(experience: AdExperience, budget: str) -> list[str]:
    """In words, which ways of a budget are not to be gone now, and why."""
    ways = {"not raised": (_UP, True), "not lowered": (_DOWN, False)}
    found = {words: experience.why_not((budget, level, ""), gains=gains) for words, (level, gains) in ways.items()}
    return [f"its budget is {words}: {why}" for words, why in found.items() if why]
