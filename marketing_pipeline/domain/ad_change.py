"""A change to an ad account: what may be proposed, what exactly it does, and its life."""

import hashlib
import json
import re
from enum import StrEnum
from typing import Annotated, Any, Literal, Self

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, model_validator

from marketing_pipeline.domain.effect_kind import EffectKind
from marketing_pipeline.domain.errors import RefusedTransition
from marketing_pipeline.domain.identifiers import BrandId, Sha256, short_hash
from marketing_pipeline.domain.money import Currency

CustomerId = Annotated[str, Field(pattern=r"^\d{10}$", description="Google Ads account, ten digits without dashes")]


class AdChangeKind(StrEnum):
    """The closed list of what a model may propose."""

    SET_BUDGET = "set_budget"
    SET_TARGET_CPA = "set_target_cpa"
    SET_TARGET_ROAS = "set_target_roas"
    SET_BID = "set_bid"
    PAUSE_KEYWORD = "pause_keyword"
    ENABLE_KEYWORD = "enable_keyword"
    PAUSE_AD = "pause_ad"
    ENABLE_AD = "enable_ad"
    ADD_NEGATIVE_KEYWORD = "add_negative_keyword"


MONEY_KINDS = frozenset({AdChangeKind.SET_BUDGET, AdChangeKind.SET_TARGET_CPA, AdChangeKind.SET_BID})
AMOUNT_KINDS = MONEY_KINDS | {AdChangeKind.SET_TARGET_ROAS}
"""Kinds that set a number: what bidding learns from anew, and what may be too large a step."""
RATIO = re.compile(r"(?:0|[1-9]\d{0,3})(?:\.\d{0,3}[1-9])?")
"""A target return: conversion value over cost, up to 9999, in the only form that it has."""
_FIELDS = {
    AdChangeKind.SET_BUDGET: "amount_micros",
    AdChangeKind.SET_TARGET_CPA: "target_cpa_micros",
    AdChangeKind.SET_TARGET_ROAS: "target_roas",
    AdChangeKind.SET_BID: "cpc_bid_micros",
    AdChangeKind.PAUSE_KEYWORD: "status",
    AdChangeKind.ENABLE_KEYWORD: "status",
    AdChangeKind.PAUSE_AD: "status",
    AdChangeKind.ENABLE_AD: "status",
    AdChangeKind.ADD_NEGATIVE_KEYWORD: "negative_keyword",
}


class ApplyAdChange(BaseModel):
    """Payload of `apply_ad_change`: one field of one resource, from a value to a value. Nothing else is approved.

    Money is integer micros of `currency` as decimal digits; a target return is a decimal such as 3.5; a status is
    ENABLED or PAUSED; a negative keyword goes from the empty text to "EXACT:the words" or "PHRASE:the words".
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    kind: Literal[EffectKind.APPLY_AD_CHANGE] = EffectKind.APPLY_AD_CHANGE
    change_kind: AdChangeKind
    customer_id: CustomerId
    resource: Annotated[str, Field(pattern=r"^customers/\d{10}/[A-Za-z]+/[\w~.-]+$", description="Resource name")]
    field: str
    before: str
    after: str
    currency: Currency

    @model_validator(mode="after")
    def _whole(self) -> Self:
        if self.field != _FIELDS[self.change_kind]:
            raise ValueError(f"{self.change_kind} changes {_FIELDS[self.change_kind]}, not {self.field}")
        if not self.resource.startswith(f"customers/{self.customer_id}/"):
            raise ValueError("the resource belongs to another account")
        if self.before == self.after:
            raise ValueError("nothing would change")
        if self.change_kind in MONEY_KINDS and not (self.before.isdecimal() and self.after.isdecimal()):
            raise ValueError("an amount is written in digits: whole micros, neither sign nor point")
        ratio = self.change_kind is AdChangeKind.SET_TARGET_ROAS
        if ratio and not (RATIO.fullmatch(self.before) and RATIO.fullmatch(self.after)):
            raise ValueError("a target return is a plain decimal such as 3.5")
        return self


class RiskClass(StrEnum):
    """How hard a change is to undo, and how much it can cost."""

    LOW = "low"
    MEDIUM = "medium"
    HIGH = "high"


class Forecast(BaseModel):
    """What the change is expected to do, with a 90 % interval, over `days` after it is applied."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    metric: Literal["conversions", "cost_micros", "conversions_value"]
    days: Annotated[int, Field(ge=1, le=90)]
    expected: float
    low: float
    high: float

    @model_validator(mode="after")
    def _ordered(self) -> Self:
        if not self.low <= self.expected <= self.high:
            raise ValueError("the interval must hold the expectation")
        return self

    @property
    def gains(self) -> bool:
        """Whether something good is expected: conversions or their value gained, or money saved."""
        return self.expected < 0 if self.metric == "cost_micros" else self.expected > 0


class AdChangeState(StrEnum):
    """The only words for the state of an ad change."""

    PROPOSED = "proposed"
    AWAITING_APPROVAL = "awaiting_approval"
    APPROVED = "approved"
    APPLYING = "applying"
    APPLIED = "applied"
    IMPROVED = "improved"
    WORSE = "worse"
    INCONCLUSIVE = "inconclusive"
    REJECTED = "rejected"
    EXPIRED = "expired"
    SUPERSEDED = "superseded"
    DRIFTED = "drifted"
    FAILED = "failed"
    UNKNOWN = "unknown"
    PARKED = "parked"
    ROLLED_BACK = "rolled_back"


_S = AdChangeState
TRANSITIONS: dict[AdChangeState, frozenset[AdChangeState]] = {
    _S.PROPOSED: frozenset({_S.AWAITING_APPROVAL, _S.APPROVED, _S.EXPIRED, _S.SUPERSEDED, _S.DRIFTED}),
    _S.AWAITING_APPROVAL: frozenset({_S.APPROVED, _S.REJECTED, _S.EXPIRED, _S.SUPERSEDED, _S.DRIFTED}),
    _S.APPROVED: frozenset({_S.APPLYING, _S.AWAITING_APPROVAL, _S.REJECTED, _S.EXPIRED, _S.SUPERSEDED, _S.DRIFTED}),
    _S.APPLYING: frozenset({_S.APPLIED, _S.APPROVED, _S.FAILED, _S.UNKNOWN, _S.DRIFTED}),
    _S.UNKNOWN: frozenset({_S.APPLIED, _S.APPROVED, _S.PARKED}),
    _S.PARKED: frozenset({_S.APPLIED, _S.APPROVED, _S.REJECTED}),
    _S.APPLIED: frozenset({_S.IMPROVED, _S.WORSE, _S.INCONCLUSIVE, _S.ROLLED_BACK}),
    _S.IMPROVED: frozenset({_S.ROLLED_BACK}),
    _S.WORSE: frozenset({_S.ROLLED_BACK}),
    _S.INCONCLUSIVE: frozenset({_S.ROLLED_BACK}),
    # A later decision replaces an earlier one, for as long as the proposal lives.
    _S.REJECTED: frozenset({_S.AWAITING_APPROVAL}),
    _S.EXPIRED: frozenset(),
    _S.SUPERSEDED: frozenset(),
    _S.DRIFTED: frozenset(),
    _S.FAILED: frozenset(),
    _S.ROLLED_BACK: frozenset(),
}
OPEN = frozenset({_S.PROPOSED, _S.AWAITING_APPROVAL, _S.APPROVED})


def require_transition(before: AdChangeState, after: AdChangeState) -> None:
    """Raise RefusedTransition unless the step is drawn."""
    if after not in TRANSITIONS[before]:
        ways = ", ".join(sorted(TRANSITIONS[before])) or "nothing: it is final"
        raise RefusedTransition(
            f"An ad change cannot go from {before} to {after}.", f"From {before} it can become {ways}."
        )


class AdChangeProposal(BaseModel):
    """One proposed change with its reason, evidence and forecast. `label` says the resource in people's words."""

    model_config = ConfigDict(frozen=True)

    id: str
    brand: BrandId
    week: str
    payload: ApplyAdChange
    label: Annotated[str, Field(min_length=3, max_length=200)]
    reason: Annotated[str, Field(min_length=10, max_length=800)]
    evidence: Annotated[tuple[dict[str, Any], ...], Field(description="Rows of figures that the reason rests on")]
    forecast: Forecast
    risk: RiskClass
    rolls_back: Annotated[str | None, Field(description="Id of the applied change that this one undoes")] = None
    proposed_at: AwareDatetime
    expires_at: AwareDatetime

    @property
    def fingerprint(self) -> Sha256:
        """What an approval is bound to."""
        return fingerprint_of_change(self.payload)


def fingerprint_of_change(payload: ApplyAdChange) -> Sha256:
    """SHA-256 over account, resource, field, before, after, unit and currency: the change, nothing else."""
    content = payload.model_dump(mode="json")
    return Sha256(hashlib.sha256(json.dumps(content, sort_keys=True, separators=(",", ":")).encode()).hexdigest())


def change_id(brand: BrandId, payload: ApplyAdChange, proposed_at: str) -> str:
    """A short readable id: brand, kind, and a hash of the change and of when it was proposed."""
    return f"{brand}-{payload.change_kind}-{short_hash(fingerprint_of_change(payload), proposed_at, length=8)}"
