"""A request to carry out a proposal, and the decision about exactly that."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any

from marketing_pipeline.domain.approval import ApprovalRow, ApprovalState, Decision, standing, state_of
from marketing_pipeline.domain.errors import MarketingError
from marketing_pipeline.domain.identifiers import Sha256
from marketing_pipeline.domain.proposal import AdoptRule, RuleState
from marketing_pipeline.workplace.asked import Asked, Fact, Settled
from marketing_pipeline.workplace.brands import readable_brand
from marketing_pipeline.workplace.proposed_acts import carry_out, found_by, summary_of

if TYPE_CHECKING:
    from marketing_pipeline.domain.person import Person
    from marketing_pipeline.domain.proposal import Proposal
    from marketing_pipeline.workplace.workplace import Workplace


class ProposalMoved(MarketingError):
    """What the proposal would change is no longer as it found it. Nothing was decided."""


class CouldNotBeDone(MarketingError):
    """The proposal was approved, and what it proposed is not possible any more."""


@dataclass(frozen=True, kw_only=True)
class AskedProposal(Asked):
    """One request with its proposal; `what` is what would be done, in a line."""

    proposal: "Proposal"
    what: str

    @property
    def summary(self) -> str:
        return self.what

    def refusal(self, *, drop: bool) -> str:
        return "This refuses the proposal for good"

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
        if decision is Decision.APPROVE and self.state is ApprovalState.PENDING:
            self._require_unmoved(place)
        decided = place.plane.proposals.decide(
            self.id,
            decision,
            actor=person.name,
            source=person.source,
            note=note,
            saw=saw,
            fingerprint=fingerprint,
        )
        # The decision is theirs to take, so the act is, too, whatever narrower scope a token has.
        doer = person.model_copy(update={"permissions": None})
        if decision is Decision.APPROVE:
            return self._carry_out(place, doer, note)
        payload = self.proposal.payload
        if isinstance(payload, AdoptRule) and place.teaching.rule(payload.rule).state is RuleState.PROPOSED:
            place.teaching.reject(doer, payload.rule, note)
        word, state = ("Rejected", ApprovalState.REJECTED)
        if decision is Decision.REVOKE:
            word, state = ("Revoked", ApprovalState.REVOKED)
        return Settled(f"{word} by {decided.actor}. Nothing is done.", state)

    def _carry_out(self, place: "Workplace", doer: "Person", note: str) -> Settled:
        proposals, proposal = place.plane.proposals, self.proposal
        try:
            came_of_it = carry_out(place, doer, proposal.payload, note or proposal.reason)
        except MarketingError as refusal:
            proposals.failed(self.id, actor=doer.name, reason=f"it could not be done: {refusal.message}")
            raise CouldNotBeDone(
                f"{doer.name} approved it, but it could not be done: {refusal.message}", refusal.mend
            ) from refusal
        proposals.done(self.id, actor=doer.name, source=doer.source, reason=came_of_it)
        return Settled(f"Approved by {doer.name}, and done: {came_of_it}.", ApprovalState.USED)

    def _require_unmoved(self, place: "Workplace") -> None:
        found = found_by(place, self.proposal.payload)
        if found != self.proposal.before:
            moved = [name for name, value in found.items() if value != self.proposal.before.get(name)]
            names = " and ".join(name.replace("_", " ") for name in moved)
            raise ProposalMoved(
                f"{self.subject} has changed since this was proposed ({names}). Nothing was decided.",
                f"Reject it with `marketing approvals reject {self.id}`, and have it proposed anew.",
            )

    def _told(self) -> Iterable[Fact]:
        proposal = self.proposal
        yield "approval", self.state
        yield "state", standing(proposal.state, proposal.state_reason)
        yield "what", self.what
        for name, after in proposal.payload.changes.items():
            yield from self._step(name, proposal.before.get(name), after)
        yield "asked because", proposal.reason
        yield "proposed by", proposal.proposed_by
        yield "conversation", proposal.conversation
        yield "counts until", self._time(proposal.expires_at)
        yield "fingerprint", self.fingerprint

    def _step(self, name: str, before: Any, after: Any) -> Iterable[Fact]:
        if name == "to":
            yield "from", self._time(_moment(before))
            yield "to", self._time(after)
        else:
            words = name.replace("_", " ")
            yield f"{words} now", _line(before)
            yield f"{words} then", _line(after)

    def _covered(self) -> dict[str, Any]:
        proposal = self.proposal
        return {
            "proposal_state": proposal.state,
            "state_reason": proposal.state_reason,
            "what": self.what,
            "payload": proposal.payload,
            "before": proposal.before,
            "proposed_by": proposal.proposed_by,
            "conversation": proposal.conversation,
        }


def asked_proposal(place: "Workplace", rows: tuple[ApprovalRow, ...]) -> AskedProposal:
    """Gather a request of these rows. Raises NotFound."""
    proposal = place.plane.proposals.get(rows[0].id)
    return AskedProposal(
        rows=rows,
        state=state_of(rows, place.clock.now()),
        profile=readable_brand(place, proposal.brand),
        proposal=proposal,
        what=summary_of(place, proposal.payload, proposal.before),
    )


def _moment(text: str) -> "datetime":
    return datetime.fromisoformat(text)


def _line(value: Any) -> object:
    """Hashtags in a line, everything else as it is."""
    return value if value is None or isinstance(value, str) else " ".join(map(str, value))
