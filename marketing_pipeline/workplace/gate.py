"""The gate: what waits for a person's decision, and deciding about exactly what they were shown."""

from typing import TYPE_CHECKING

from marketing_pipeline.domain.effect_kind import EffectKind
from marketing_pipeline.domain.errors import MarketingError, NotFound
from marketing_pipeline.domain.identifiers import ApprovalId, BrandId, Sha256
from marketing_pipeline.domain.person import Permission
from marketing_pipeline.domain.written import is_an_id, note_of
from marketing_pipeline.store.surface import acting_by
from marketing_pipeline.workplace.anchoring import anchored

if TYPE_CHECKING:
    from marketing_pipeline.domain.approval import ApprovalState, Decision
    from marketing_pipeline.domain.person import Person
    from marketing_pipeline.store.ad_change_row import AdChange
    from marketing_pipeline.store.approval_request import ApprovalRequest
    from marketing_pipeline.workplace.asked import Asked, Settled
    from marketing_pipeline.workplace.workplace import Workplace


class ReasonMissing(MarketingError):
    """A change of high risk is approved with a reason only. Nothing was decided."""


def require_reason(change: "AdChange", decision: "Decision", note: str) -> None:
    """Return where a decision about an ad change may be taken with this note, whichever way it comes.

    Raises ReasonMissing for approving one of high risk without a word.
    """
    from marketing_pipeline.domain.ad_change import AdChangeState, RiskClass
    from marketing_pipeline.domain.approval import Decision

    still_open = change.state in (AdChangeState.AWAITING_APPROVAL, AdChangeState.REJECTED)
    if decision is Decision.APPROVE and change.risk is RiskClass.HIGH and still_open and not note.strip():
        raise ReasonMissing(
            f"{change.id} is of high risk, and nothing says why it shall be made. Nothing was decided.",
            "Say it in the note; on the command line: --note.",
        )


class GateDesk:
    """The requests of a `Workplace`; reached as `workplace.gate`."""

    def __init__(self, place: "Workplace") -> None:
        self._place = place

    def requests(
        self, person: "Person", *, brand: BrandId | None = None, state: "ApprovalState | None" = None
    ) -> "list[ApprovalRequest]":
        """The requests that the person may see, oldest first, each with the state it is in now. Raises NotAllowed."""
        person.require(Permission.READ, brand)
        with self._place.database.read() as connection:
            found = self._place.approvals.list_requests(connection, brand=brand, state=state)
        return [request for request in found if person.sees(request.brand)]

    def asked(self, person: "Person", request_id: str) -> "Asked":
        """One request with all that a decision is about. Raises NotFound, NotAllowed."""
        from marketing_pipeline.domain.proposal import ProposalKind
        from marketing_pipeline.workplace.asked_ad import asked_ad
        from marketing_pipeline.workplace.asked_post import asked_post
        from marketing_pipeline.workplace.asked_proposal import asked_proposal

        if not is_an_id(request_id):
            raise NotFound("There is no such approval request.", "`marketing approvals list` shows them.")
        with self._place.database.read() as connection:
            rows = self._place.approvals.rows_of(connection, ApprovalId(request_id))
        person.require(Permission.READ, rows[0].brand)
        if rows[0].kind in tuple(ProposalKind):
            return asked_proposal(self._place, rows)
        if rows[0].kind == EffectKind.APPLY_AD_CHANGE:
            return asked_ad(self._place, rows)
        return asked_post(self._place, rows)

    def decide(
        self,
        person: "Person",
        request_id: str,
        decision: "Decision",
        *,
        note: str,
        saw: "ApprovalState",
        fingerprint: str,
        drop: bool = False,
    ) -> "Settled":
        """Approve, reject or revoke a request, naming the state and the fingerprint that the person saw.

        `drop` drops a rejected post instead of sending it back. Raises StaleDecision for the loser of a race (which is
        audited) and for a fingerprint that is not the request's, RefusedTransition for a decision that does not apply,
        NotAllowed, NotWritten, Unauthorized, AccountMoved and ProposalMoved; then nothing was decided. CouldNotBeDone:
        it was approved, and what it proposed is not possible any more.
        """
        from marketing_pipeline.workplace.decider import decider_of

        kept = note_of(note)
        asked = self.asked(person, request_id)
        person.require(Permission.DECIDE, asked.brand)
        decider = decider_of(self._place, person, asked, decision)
        with anchored(self._place), acting_by(decider.source):
            return asked.decide(
                self._place, decider, decision, note=kept, saw=saw, fingerprint=Sha256(fingerprint), drop=drop
            )
