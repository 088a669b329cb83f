"""A rule of a brand that was learnt from what people change and refuse, or that a person wrote. People decide."""

from enum import StrEnum
from typing import Annotated

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field

from marketing_pipeline.domain.errors import MarketingError, RefusedTransition
from marketing_pipeline.domain.identifiers import BrandId
from marketing_pipeline.domain.proposal import RuleState
from marketing_pipeline.domain.rule_check import RuleCheck

LEAST_POSTS = 3
"""Like examples, each of another post, before a rule is proposed: two may be chance."""
LONGEST_STATEMENT = 200
MOST_RULES = 40
"""Accepted rules of one brand: each stands in every prompt."""


class AppliesTo(StrEnum):
    """What a rule speaks about."""

    COPY = "copy"
    CREATIVE = "creative"


class RuleInvalid(MarketingError):
    """The rule cannot be stated like that. Nothing was stored."""


class BrandRule(BaseModel):
    """One row of `brand_rules`; the columns' comments say what each holds."""

    model_config = ConfigDict(frozen=True)

    id: str
    brand: BrandId
    lesson: str
    applies_to: AppliesTo
    statement: Annotated[str, Field(min_length=1, max_length=LONGEST_STATEMENT)]
    check: RuleCheck | None = None
    evidence: tuple[str, ...] = ()
    state: RuleState
    state_reason: str
    proposed_by: str
    proposed_at: AwareDatetime
    decided_at: AwareDatetime | None = None
    updated_at: AwareDatetime

    def told(self) -> dict[str, object]:
        """What the strategy of record and the agents are given of it."""
        return {
            "id": self.id,
            "applies_to": self.applies_to.value,
            "statement": self.statement,
            "check": None if self.check is None else self.check.model_dump(mode="json"),
        }

    def broken(self, problem: str) -> str:
        """A breach in words that name the rule and the way to end it."""
        return f"{problem}: the brand rule “{self.statement}” (`marketing rules retire {self.id}` ends it)"


_STEPS = frozenset(
    {
        (RuleState.PROPOSED, RuleState.ACCEPTED),
        (RuleState.PROPOSED, RuleState.REJECTED),
        (RuleState.ACCEPTED, RuleState.RETIRED),
    }
)


def require_step(rule: BrandRule, to: RuleState) -> None:
    """Return where a rule may go on to that state. Raises RefusedTransition."""
    if (rule.state, to) not in _STEPS:
        raise RefusedTransition(
            f"The rule {rule.id} is {rule.state} and cannot become {to}.",
            f"`marketing rules show {rule.id}` tells why; "
            f'`marketing rules state "{rule.statement}" --brand {rule.brand}` proposes it anew.',
        )
