"""A side effect's life. One effect is one intended act on the outside world, done at most once."""

from datetime import datetime
from enum import StrEnum
from typing import Annotated, Any, Literal

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field

from marketing_pipeline.domain.ad_change import ApplyAdChange
from marketing_pipeline.domain.effect_kind import EffectKind
from marketing_pipeline.domain.errors import RefusedTransition
from marketing_pipeline.domain.identifiers import ApprovalId, BrandId, EffectId, Sha256


class EffectState(StrEnum):
    """The only words for the state of an effect."""

    AWAITING_APPROVAL = "awaiting_approval"
    QUEUED = "queued"
    CLAIMED = "claimed"
    SENDING = "sending"
    RETRY_WAIT = "retry_wait"
    UNKNOWN = "unknown"
    PARKED = "parked"
    SUCCEEDED = "succeeded"
    FAILED = "failed"
    CANCELLED = "cancelled"
    EXPIRED = "expired"
    SUPERSEDED = "superseded"


_E = EffectState
TRANSITIONS: dict[EffectState, frozenset[EffectState]] = {
    _E.AWAITING_APPROVAL: frozenset({_E.QUEUED, _E.CANCELLED, _E.EXPIRED, _E.SUPERSEDED}),
    _E.QUEUED: frozenset({_E.CLAIMED, _E.CANCELLED, _E.EXPIRED, _E.SUPERSEDED, _E.AWAITING_APPROVAL}),
    # A claim that ends before anything was sent goes back: nothing happened. It becomes unknown when the look before a
    # second sending finds that the first may have been done after all.
    _E.CLAIMED: frozenset(
        {_E.SENDING, _E.SUCCEEDED, _E.QUEUED, _E.RETRY_WAIT, _E.FAILED, _E.CANCELLED, _E.EXPIRED, _E.UNKNOWN}
    ),
    _E.SENDING: frozenset({_E.SUCCEEDED, _E.RETRY_WAIT, _E.FAILED, _E.UNKNOWN}),
    _E.RETRY_WAIT: frozenset({_E.CLAIMED, _E.CANCELLED, _E.EXPIRED, _E.SUPERSEDED}),
    _E.UNKNOWN: frozenset({_E.SUCCEEDED, _E.QUEUED, _E.PARKED}),
    _E.PARKED: frozenset({_E.SUCCEEDED, _E.QUEUED, _E.CANCELLED}),
    _E.SUCCEEDED: frozenset(),
    _E.FAILED: frozenset(),
    _E.CANCELLED: frozenset(),
    _E.EXPIRED: frozenset(),
    _E.SUPERSEDED: frozenset(),
}
FINAL = frozenset(state for state, onward in TRANSITIONS.items() if not onward)


def require_transition(before: EffectState, after: EffectState) -> None:
    """Raise RefusedTransition unless the step is drawn."""
    if after not in TRANSITIONS[before]:
        ways = ", ".join(sorted(TRANSITIONS[before])) or "nothing: it is final"
        raise RefusedTransition(
            f"An effect cannot go from {before} to {after}.", f"From {before} it can become {ways}."
        )


class PublishPost(BaseModel):
    """Payload of `publish_post`: word for word and pixel for pixel what goes out."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    kind: Literal[EffectKind.PUBLISH_POST] = EffectKind.PUBLISH_POST
    account_id: str
    post: str
    caption: str
    alt_text: str
    media: Annotated[tuple[Sha256, ...], Field(min_length=1, max_length=10)]
    is_ai_generated: bool


class EffectRow(BaseModel):
    """One row of the ledger, whatever its kind. `fence` rises with each claim: a write with an older one is refused."""

    model_config = ConfigDict(frozen=True)

    id: EffectId
    kind: EffectKind
    brand: BrandId
    channel: str
    subject: Annotated[str, Field(description="What it is about: a post id or an ad change id")]
    fingerprint: Sha256
    idempotency_key: str
    approval: Annotated[ApprovalId, Field(description="The request whose rows must allow it")]
    state: EffectState
    state_reason: str
    due_at: AwareDatetime
    not_before: AwareDatetime | None
    lease_until: datetime | None
    fence: int
    attempts: int
    read_backs: Annotated[int, Field(description="Read-backs since the outcome became unknown")]
    progress: Annotated[dict[str, Any], Field(description="Facts proved so far, such as container ids")]
    held: bool
    result: dict[str, Any] | None


class Effect(EffectRow):
    """An effect that publishes a post."""

    payload: PublishPost


class AdEffect(EffectRow):
    """An effect that applies an ad change."""

    payload: ApplyAdChange


class AttemptOutcome(StrEnum):
    """What one attempt came to."""

    IN_FLIGHT = "in_flight"
    SUCCEEDED = "succeeded"
    NOT_DONE = "not_done"
    REFUSED = "refused"
    UNKNOWN = "unknown"
