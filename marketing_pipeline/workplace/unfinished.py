"""Proposals that were approved by somebody whose process ended before they were carried out."""

import logging
from typing import TYPE_CHECKING

from marketing_pipeline.domain.approval import Unauthorized
from marketing_pipeline.domain.errors import MarketingError
from marketing_pipeline.domain.person import Person, Role
from marketing_pipeline.store.proposals import SWEEP
from marketing_pipeline.workplace.proposed_acts import carry_out, found_by, is_done

if TYPE_CHECKING:
    from marketing_pipeline.domain.approval import ApprovalRow
    from marketing_pipeline.domain.identifiers import ApprovalId
    from marketing_pipeline.workplace.workplace import Workplace

log = logging.getLogger(__name__)


class Interrupted(MarketingError):
    """What was approved is no longer as the approver saw it: nothing is done about it."""


def finish_proposals(place: "Workplace") -> "tuple[ApprovalId, ...]":
    """Carry out, as who approved it, each proposal that was approved and not carried out; returns their ids.

    One that was carried out already is noted as done, and is not done again. One of which the subject has changed since
    has failed. Nothing that goes wrong with one keeps the others, or the drain, from their work.
    """
    taken = [proposal for proposal in place.plane.proposals.unfinished() if _finished(place, proposal)]
    return tuple(taken)


def _finished(place: "Workplace", proposal_id: "ApprovalId") -> bool:
    proposals = place.plane.proposals
    try:
        approval = proposals.take_up(proposal_id)
        if approval is None:
            return False
        came_of_it = _done(place, proposal_id, approval)
    except Unauthorized as forged:
        proposals.failed(proposal_id, actor=SWEEP, reason=f"it is not carried out: {forged.message}")
    except MarketingError as refusal:
        proposals.failed(proposal_id, actor=SWEEP, reason=f"it could not be done: {refusal.message}")
    except Exception:  # the drain has other work, and takes this up again
        log.exception("%s is approved, and could not be carried out", proposal_id)
        return False
    else:
        proposals.done(proposal_id, actor=approval.actor, source=approval.source, reason=came_of_it)
    return True


def _done(place: "Workplace", proposal_id: "ApprovalId", approval: "ApprovalRow") -> str:
    """What came of it. Raises Interrupted, and what the desks raise."""
    proposal = place.plane.proposals.get(proposal_id)
    if is_done(place, proposal.payload, proposal.before):
        return "it was done before its process ended"
    if found_by(place, proposal.payload) != proposal.before:
        raise Interrupted(f"{proposal.subject} has changed since it was approved.", "Have it proposed anew.")
    doer = Person(name=approval.actor, role=Role.APPROVER, source=approval.source, brands=frozenset({proposal.brand}))
    return carry_out(place, doer, proposal.payload, approval.note or proposal.reason)
