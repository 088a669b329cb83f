"""What is proposed beside posts and ad changes, for people to decide at the gate."""

from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from marketing_pipeline.domain.errors import MarketingError
from marketing_pipeline.domain.identifiers import BrandId
from marketing_pipeline.domain.person import Permission
from marketing_pipeline.domain.written import note_of, written
from marketing_pipeline.workplace.anchoring import anchored

if TYPE_CHECKING:
    from marketing_pipeline.domain.person import Person
    from marketing_pipeline.domain.proposal import Payload, Proposal, ProposalKind, ProposalState
    from marketing_pipeline.workplace.workplace import Workplace

LIVES = timedelta(days=4)
"""How long a proposal waits for a person: over a long weekend, and not so long that nobody knows why it was made."""


class NoSuchProposal(MarketingError):
    """Kind, subject and content of a proposal do not belong together. Nothing was proposed."""


class ProposalDesk:
    """Proposals of a `Workplace`; reached as `workplace.proposals`. They are decided at `workplace.gate`."""

    def __init__(self, place: "Workplace") -> None:
        self._place = place

    def propose(
        self,
        person: "Person",
        kind: "ProposalKind",
        subject: str,
        payload: "Payload",
        *,
        reason: str,
        proposed_by: str,
        conversation: str | None = None,
    ) -> "Proposal":
        """Ask a person to do something, on behalf of `person`, who may edit; `proposed_by` names who thought of it.

        An open proposal of the same kind about the same subject is superseded; the same one again is returned as it
        stands. Raises NotAllowed, NoSuchProposal, NotFound, NotWritten, and whatever would refuse the act itself.
        """
        from marketing_pipeline.domain.proposal import PAYLOADS
        from marketing_pipeline.workplace.proposed_acts import brand_of, found_by, require_possible

        if type(payload) is not PAYLOADS[kind] or payload.subject != subject:
            raise NoSuchProposal(
                f"A proposal to {kind.replace('_', ' ')} about {subject} says something else.",
                "Its subject is the post or the rule that its content names.",
            )
        why = note_of(reason)
        brand = brand_of(self._place, payload)
        person.require(Permission.EDIT, brand)
        require_possible(self._place, payload)
        with anchored(self._place):
            return self._place.plane.proposals.propose(
                _as_kept(payload),
                kind=kind,
                brand=brand,
                before=found_by(self._place, payload),
                reason=why,
                proposed_by=written(proposed_by, "name"),
                actor=person.name,
                expires_at=self._until(payload),
                conversation=conversation,
            )

    def get(self, person: "Person", proposal_id: str) -> "Proposal":
        """One proposal. Raises NotFound, NotAllowed."""
        found = self._place.plane.proposals.get(proposal_id)
        person.require(Permission.READ, found.brand)
        return found

    def list(
        self, person: "Person", *, brand: BrandId | None = None, state: "ProposalState | None" = None
    ) -> "tuple[Proposal, ...]":
        """The proposals that the person may see, newest first. Raises NotAllowed."""
        person.require(Permission.READ, brand)
        found = self._place.plane.proposals.find(brand=brand, states=None if state is None else [state])
        return tuple(proposal for proposal in found if person.sees(proposal.brand))

    def _until(self, payload: "Payload") -> datetime:
        """When nobody can decide any more; a move is of no use once its time has come."""
        from marketing_pipeline.domain.proposal import ReschedulePost

        ends = self._place.clock.now() + LIVES
        return min(ends, payload.to) if isinstance(payload, ReschedulePost) else ends


def _as_kept(payload: "Payload") -> "Payload":
    """The payload with its texts as they will be kept."""
    from marketing_pipeline.domain.proposal import EditPost

    if not isinstance(payload, EditPost):
        return payload
    texts = {name: written(value, name) for name, value in payload.changes.items() if isinstance(value, str)}
    return payload.model_copy(update=texts)
