"""What the brand allows to be done to its ad account. No policy means: no change."""

from enum import StrEnum
from typing import Annotated, Self

from pydantic import BaseModel, ConfigDict, Field, model_validator

from marketing_pipeline.domain.ad_change import AdChangeKind


class ApprovalMode(StrEnum):
    """solo: one trusted operator. team: named users with roles, no self-approval, a quorum above a threshold.

    The mode of a brand's ads is the mode of everything that is decided about the brand.
    """

    SOLO = "solo"
    TEAM = "team"


class AdCaps(BaseModel):
    """Bounds in units of the account's currency and in per cent. Each must hold; none has a lenient default.

    Only a finite number is one: neither `true` nor digits in quotes.
    """

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True, allow_inf_nan=False)

    change_percent: Annotated[float, Field(gt=0, le=100, description="Largest change of one amount, in per cent")]
    change_amount: Annotated[float, Field(gt=0, description="Largest change of one daily budget")]
    raise_per_day: Annotated[float, Field(gt=0, description="Sum of budget raises in the account in one day")]
    account_daily_budget: Annotated[float, Field(gt=0, description="Ceiling of all daily budgets together")]
    budget_floor: Annotated[float, Field(gt=0, description="No daily budget below this")]
    budget_ceiling: Annotated[float, Field(gt=0, description="No daily budget above this")]
    bid_ceiling: Annotated[float, Field(gt=0, description="No bid or target above this")]
    changes_per_day: Annotated[int, Field(ge=1, le=200, description="Applied changes of the account in one day")] = 20

    @model_validator(mode="after")
    def _floor_below_ceiling(self) -> Self:
        if self.budget_floor >= self.budget_ceiling:
            raise ValueError("budget_floor must lie below budget_ceiling")
        return self


class AdApprovals(BaseModel):
    """Who decides, how many of them, and how long a decision lives."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    mode: ApprovalMode = ApprovalMode.SOLO
    approvers: Annotated[tuple[str, ...], Field(description="Names that may approve in team mode")] = ()
    quorum: Annotated[int, Field(ge=1, le=5, description="Different approvers above the threshold")] = 1
    quorum_above_percent: Annotated[float, Field(gt=0, le=100, description="A larger change needs the quorum")] = 25
    hours: Annotated[int, Field(ge=1, le=336, description="How long an approval lives")] = 48
    in_dagster: Annotated[bool, Field(description="Whether the Dagster launchpad may carry a decision (solo only)")] = (
        True
    )

    @model_validator(mode="after")
    def _enough_people(self) -> Self:
        if self.mode is ApprovalMode.TEAM and len(set(self.approvers)) < max(2, self.quorum):
            raise ValueError("team mode needs at least two named approvers, and as many as the quorum")
        if self.mode is ApprovalMode.SOLO and self.quorum > 1:
            raise ValueError("a quorum needs team mode")
        return self


class AdPolicy(BaseModel):
    """The brand's policy for its ad account. Budget changes always need a person, whatever `by_itself` says."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    caps: AdCaps
    approvals: AdApprovals = AdApprovals()
    by_itself: Annotated[tuple[AdChangeKind, ...], Field(description="Kinds that may pass without a person")] = ()
    cool_down_days: Annotated[int, Field(ge=0, le=60, description="Days between two changes of one resource")] = 7
    proposal_hours: Annotated[int, Field(ge=1, le=336, description="How long a proposal stays open")] = 72
    outcome_days: Annotated[int, Field(ge=3, le=60, description="Days after which an applied change is judged")] = 14

    @model_validator(mode="after")
    def _budgets_need_a_person(self) -> Self:
        if AdChangeKind.SET_BUDGET in self.by_itself:
            raise ValueError("a budget change is always risky: take set_budget out of by_itself")
        return self
