"""`authorize_ad_change`: the lock that every ad change passes at the moment it is applied."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Annotated, Any, cast

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field

from marketing_pipeline.domain.ad_amounts import raise_of, require_bounds
from marketing_pipeline.domain.ad_approval import state_of_request
from marketing_pipeline.domain.ad_change import AMOUNT_KINDS, AdChangeKind, ApplyAdChange, fingerprint_of_change
from marketing_pipeline.domain.ad_platform import AdAccountFacts
from marketing_pipeline.domain.ad_policy import AdPolicy
from marketing_pipeline.domain.ad_value import readable
from marketing_pipeline.domain.approval import ApprovalRow, ApprovalState, Unauthorized
from marketing_pipeline.domain.brand import Brand
from marketing_pipeline.domain.effect_kind import EffectKind
from marketing_pipeline.domain.identifiers import Sha256
from marketing_pipeline.domain.money import MICROS, Money

SHARED_BY = "campaigns_sharing_budget"
"""Key of the row of a proposal's evidence that names every campaign spending from a shared budget, a list."""
_DECIDE = "Decide with `marketing approvals approve ID`."
_TAMPERED = "Run `marketing audit verify`."


class NotYet(Unauthorized):
    """The change is refused now, and may pass later while its approval lives; `until`: not before that moment."""

    def __init__(self, message: str, mend: str, until: datetime | None = None) -> None:
        super().__init__(message, mend)
        self.until = until


class NotApproved(Unauthorized):
    """The approval does not stand; `state` says how."""

    def __init__(self, state: ApprovalState) -> None:
        super().__init__(f"The approval is {state}.", _DECIDE)
        self.state = state


class Drifted(Unauthorized):
    """The account is no longer as it was when the change was approved: a new proposal is needed."""


def drifted(change: ApplyAdChange, live: str | None) -> Drifted:
    """The refusal of a change whose field holds `live` instead of what was approved."""
    seen, approved = readable(change, live), readable(change, change.before)
    return Drifted(f"The live value is {seen}, not the approved {approved}.", "Propose it anew.")


class AdRequest(BaseModel):
    """What is asked for: the change as the ledger holds it, the proposal's evidence, and the approval behind it."""

    model_config = ConfigDict(frozen=True)

    subject: Annotated[str, Field(description="Id of the ad change")]
    change: ApplyAdChange
    fingerprint: Annotated[Sha256, Field(description="Fingerprint in the ledger")]
    evidence: tuple[Mapping[str, Any], ...] = ()
    undoes: Annotated[ApplyAdChange | None, Field(description="The applied change that this one takes back")] = None
    expires_at: AwareDatetime
    approvals: tuple[ApprovalRow, ...]
    signatures_hold: bool
    held: str | None


class LiveAdState(BaseModel):
    """The account as it was read a moment ago."""

    model_config = ConfigDict(frozen=True)

    account: AdAccountFacts
    value: Annotated[str | None, Field(description="Live value of the field; None: the resource is gone")]
    shared_by: Annotated[int, Field(ge=0, description="Campaigns that spend from the budget; 1 for what is none")] = 1
    bidding_status: str = ""
    last_changed_at: Annotated[AwareDatetime | None, Field(description="Last change of the resource by anyone")] = None
    unproved_raise_micros: Annotated[int, Field(ge=0, description="Raises of the account that may have landed")] = 0


def authorize_ad_change(request: AdRequest, brand: Brand, live: LiveAdState, now: datetime) -> None:
    """Allow one ad change, or raise Unauthorized with the reason. Silence, and anything missing, is a refusal.

    Held: Unauthorized. Approval that does not stand: NotApproved. Account moved: Drifted. Learning, cool-down or the
    account's ceiling: NotYet.
    """
    policy = require_standing(request, brand, now)
    change = request.change
    undoes = request.undoes if _takes_back(request) else None
    require_bounds(change, policy.caps, undoes=undoes)
    if live.account.customer_id != change.customer_id or live.account.currency != change.currency:
        raise Unauthorized(f"The account does not count in {change.currency}.", "Propose the change anew.")
    _require_unmoved(change, live)
    _require_known_sharing(request, live)
    if undoes is None:
        _require_calm(change, policy, live, now)
    _require_account_ceiling(change, policy, live)


def require_standing(request: AdRequest, brand: Brand, now: datetime) -> AdPolicy:
    """The policy in force, provided that the approval stands and is about exactly this change; else Unauthorized."""
    policy, channel, change = brand.policies.ads, brand.channels.google_ads, request.change
    if request.held:
        raise Unauthorized(f"Held: {request.held}.", "Release it with `marketing resume`.")
    if policy is None:
        raise Unauthorized("The brand has no policy for ads, so no ad is changed.", "Write policies.ads in brand.yaml.")
    if channel is None or channel.customer_id != change.customer_id:
        raise Unauthorized("The account is not the brand's.", "Check channels.google_ads in brand.yaml.")
    if fingerprint_of_change(change) != request.fingerprint:
        raise Unauthorized("The change is not what was approved.", _TAMPERED)
    if not (request.signatures_hold and _about_this(request, brand)):
        raise Unauthorized("An approval row was not written by this system for this change.", _TAMPERED)
    state = state_of_request(request.approvals, policy=policy, change=change, now=now)
    if state is not ApprovalState.APPROVED:
        raise NotApproved(state)
    if now >= request.expires_at:
        raise NotApproved(ApprovalState.EXPIRED)
    return policy


def _about_this(request: AdRequest, brand: Brand) -> bool:
    said = {(row.kind, row.subject, row.brand, row.fingerprint) for row in request.approvals}
    return said == {(EffectKind.APPLY_AD_CHANGE, request.subject, brand.brand_id, request.fingerprint)}


def _takes_back(request: AdRequest) -> bool:
    change, undone = request.change, request.undoes
    return undone is not None and (change.resource, change.field, change.before, change.after) == (
        undone.resource,
        undone.field,
        undone.after,
        undone.before,
    )


def _require_unmoved(change: ApplyAdChange, live: LiveAdState) -> None:
    if live.value is None:
        raise Drifted(f"{change.resource} is gone or removed.", "Propose anew.")
    if live.value != change.before:
        raise drifted(change, live.value)


def _require_known_sharing(request: AdRequest, live: LiveAdState) -> None:
    if live.shared_by == 1 or request.change.change_kind is not AdChangeKind.SET_BUDGET:
        return
    named: list[Any] = [row[SHARED_BY] for row in request.evidence if SHARED_BY in row]
    if live.shared_by not in [len(set(cast(list[str], names))) for names in named if isinstance(names, list)]:
        raise Unauthorized(
            f"{live.shared_by} campaigns spend from this budget, and the proposal does not name them all.",
            f"Propose it with all of them under {SHARED_BY} in its evidence.",
        )


def _require_calm(change: ApplyAdChange, policy: AdPolicy, live: LiveAdState, now: datetime) -> None:
    if change.change_kind in AMOUNT_KINDS and live.bidding_status.startswith("LEARNING"):
        raise NotYet(f"Bidding is still learning ({live.bidding_status}).", "Nothing to do: it is tried again.")
    cool = timedelta(days=policy.cool_down_days)
    if live.last_changed_at is not None and now < live.last_changed_at + cool:
        again = live.last_changed_at + cool
        raise NotYet(f"It was changed lately; it rests until {again:%Y-%m-%d %H:%M} UTC.", "Nothing to do.", again)


def _require_account_ceiling(change: ApplyAdChange, policy: AdPolicy, live: LiveAdState) -> None:
    rise = raise_of(change)
    total = live.account.daily_budget_micros + live.unproved_raise_micros + rise
    ceiling = round(policy.caps.account_daily_budget * MICROS)
    if rise and total > ceiling:
        raise NotYet(
            f"All daily budgets together would be {Money(micros=total, currency=change.currency).label()},"
            f" above the account's ceiling of {Money(micros=ceiling, currency=change.currency).label()}.",
            "Lower another budget first, or raise account_daily_budget.",
        )
