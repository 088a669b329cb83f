"""A request to let an ad change be applied, and the decision about exactly what a person was shown."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any

from marketing_pipeline.domain.ad_change import AdChangeState
from marketing_pipeline.domain.ad_value import field_in_words, readable
from marketing_pipeline.domain.ad_verdict_words import figure, forecast_band, seen
from marketing_pipeline.domain.approval import ApprovalRow, ApprovalState, Decision, Unauthorized, standing
from marketing_pipeline.domain.errors import MarketingError
from marketing_pipeline.domain.identifiers import Sha256
from marketing_pipeline.workplace.asked import Asked, Fact, Settled
from marketing_pipeline.workplace.brands import readable_brand
from marketing_pipeline.workplace.gate import require_reason

if TYPE_CHECKING:
    from marketing_pipeline.domain.person import Person
    from marketing_pipeline.store.ad_change_row import AdChange
    from marketing_pipeline.store.ad_decisions import AdDecided
    from marketing_pipeline.workplace.workplace import Workplace


_OPEN = (AdChangeState.AWAITING_APPROVAL, AdChangeState.REJECTED)
"""Of these a change may still be approved."""


class AccountMoved(MarketingError):
    """The live account is no longer as the proposal found it."""


@dataclass(frozen=True, kw_only=True)
class AskedAd(Asked):
    """One request with its ad change; `undone` tells what a rollback takes back."""

    change: "AdChange"
    undone: str

    @property
    def fingerprint(self) -> Sha256:
        return self.change.fingerprint

    @property
    def why(self) -> str:
        return self.change.reason

    @property
    def expires_at(self) -> datetime:
        return self.change.expires_at

    @property
    def title(self) -> str:
        return f"{self.id}: {self.change.payload.change_kind.replace('_', ' ')} of {self.change.id}"

    @property
    def summary(self) -> str:
        return self.change.label

    @property
    def refused_before(self) -> ApprovalRow | None:
        said_no = self.state in (ApprovalState.REJECTED, ApprovalState.REVOKED)
        return self.rows[-1] if said_no and self.change.state in _OPEN else None

    def refusal(self, *, drop: bool) -> str:
        return "This refuses the change for as long as nobody approves it after all"

    def decide(
        self,
        place: "Workplace",
        person: "Person",
        decision: Decision,
        *,
        note: str,
        saw: ApprovalState,
        fingerprint: Sha256,
        drop: bool,
    ) -> Settled:
        account, warning = self._compared(place) if decision is Decision.APPROVE else ("", "")
        require_reason(self.change, decision, note)
        if self.profile is None:
            raise Unauthorized(f"brand.yaml of {self.brand} cannot be read.", "Mend it: nothing is decided now.")
        decided = place.plane.ad_decisions.decide(
            self.id,
            decision,
            brand=self.profile,
            actor=person.name,
            source=person.source,
            note=note,
            saw=saw,
            fingerprint=fingerprint,
        )
        if decision is not Decision.APPROVE:
            return self._ended(decided, "Rejected" if decision is Decision.REJECT else "Revoked")
        said = f"Recorded for {person.name}: {self.change.id} is {decided.state}; it needs another approver."
        if decided.state is ApprovalState.APPROVED:
            way = "`marketing up` applies it within a minute, or the job apply_ad_change in Dagster."
            said = f"Approved by {person.name}. {way}"
        return Settled(said, decided.state, account=account, warning=warning)

    def _ended(self, decided: "AdDecided", word: str) -> Settled:
        if not decided.too_late:
            return Settled(f"{word} by {decided.row.actor}. Nothing is applied under {self.id}.", decided.state)
        return Settled(
            f"The decision about {self.change.id} is recorded, but the call may be out already.",
            decided.state,
            too_late=True,
            next_step=f"See what came of it: `marketing ads show {self.change.id}`.",
        )

    def _compared(self, place: "Workplace") -> tuple[str, str]:
        """What the live account has now, and why it could not be compared. Raises AccountMoved."""
        try:
            review = place.ads.review(self.change.id)
        except MarketingError as unread:
            return "", f"The live account could not be compared now; it will be, before anything is applied. {unread}"
        if review.moved:
            raise AccountMoved(review.problem, "Nothing was decided.")
        return f"The account has {review.live} now.", ""

    def _told(self) -> Iterable[Fact]:
        change = self.change
        payload, forecast = change.payload, change.forecast
        yield "approval", self.state
        yield "state", standing(change.state, change.state_reason)
        yield "what", change.label
        yield "resource", payload.resource
        yield field_in_words(payload), f"{readable(payload, payload.before)} → {readable(payload, payload.after)}"
        yield "proposed by", self.proposer
        yield "why", change.reason
        yield "takes back", self.undone
        yield "risk", change.risk
        band = f"{figure(change, forecast.expected)} in {forecast.days} days ({forecast_band(change)})"
        yield "expected", band
        yield "seen", seen(change, change.outcome)
        yield "verdict", change.outcome and f"{change.outcome.verdict}: {change.outcome.why}"
        yield "counts until", self._time(change.expires_at)
        yield "fingerprint", change.fingerprint

    def _covered(self) -> dict[str, Any]:
        return {
            "rolls_back": self.change.rolls_back,
            "effect": self.change.effect,
            "payload": self.change.payload,
        }


def asked_ad(place: "Workplace", rows: tuple[ApprovalRow, ...]) -> AskedAd:
    """Gather a request of these rows. Raises NotFound."""
    from marketing_pipeline.store.ad_change_row import get_ad_change
    from marketing_pipeline.store.ad_rollback import story_of

    with place.database.read() as connection:
        change = get_ad_change(connection, rows[0].subject)
        profile = readable_brand(place, change.brand)
        policy = profile.policies.ads if profile else None
        made = change.rolls_back and get_ad_change(connection, change.rolls_back)
        return AskedAd(
            rows=rows,
            state=place.plane.ad_decisions.state_of(connection, rows[0].id, policy),
            profile=profile,
            change=change,
            undone=story_of(connection, place.approvals, made) if made else "",
        )
