"""Proposals: each with its signed approval request, decided once, and ended with what came of it."""

from collections.abc import Collection, Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Select, func, select, update

from marketing_pipeline.domain.approval import ApprovalRow, ApprovalState, Decision, Unauthorized, state_of, words_of
from marketing_pipeline.domain.audit import AuditAppender
from marketing_pipeline.domain.clock import aware
from marketing_pipeline.domain.errors import RefusedTransition
from marketing_pipeline.domain.identifiers import ApprovalId, BrandId, Sha256
from marketing_pipeline.domain.proposal import Payload, Proposal, ProposalKind, ProposalState, proposal_fingerprint
from marketing_pipeline.store.approvals import Approvals
from marketing_pipeline.store.damaged_rows import set_apart
from marketing_pipeline.store.database import Database
from marketing_pipeline.store.decisions import NEEDS, StaleDecision
from marketing_pipeline.store.proposal_row import (
    PATIENCE,
    find_proposals,
    get_proposal,
    lapsed_proposals,
    open_proposal,
    unfinished_proposals,
)
from marketing_pipeline.store.refusal_words import refusal_words
from marketing_pipeline.store.tables import proposals

SWEEP = "sweep"
_OPEN = ProposalState.AWAITING_APPROVAL


class Proposals:
    """Each act is one transaction: the proposal, its approval rows and the audit rows stand or fall as one."""

    def __init__(self, database: Database, approvals: Approvals, audit: AuditAppender) -> None:
        self._database = database
        self._approvals = approvals
        self._audit = audit

    def propose(
        self,
        payload: Payload,
        *,
        kind: ProposalKind,
        brand: BrandId,
        before: Mapping[str, Any],
        reason: str,
        proposed_by: str,
        actor: str,
        expires_at: datetime,
        conversation: str | None = None,
    ) -> Proposal:
        """Store a proposal and ask a person about it; an open one of its kind about the same subject is superseded.

        What is proposed already, word for word, is returned as it stands. `before` is what it would change, as found.
        `actor` answers for it, and in team mode cannot approve it; `proposed_by` thought of it.
        """
        fingerprint = proposal_fingerprint(kind, payload.subject, payload, before)
        with self._database.write() as connection:
            standing = open_proposal(connection, kind, payload.subject)
            if standing is not None and standing.fingerprint == fingerprint:
                return standing
            number = 1 + (connection.scalar(select(func.count()).where(proposals.c.subject == payload.subject)) or 0)
            identity = ApprovalId(f"{payload.subject}-p{number}")
            if standing is not None:
                told = f"replaced by {identity}"
                self._approvals.withdraw(connection, standing.id, reason=told, actor=actor)
                self._end(connection, standing, ProposalState.SUPERSEDED, told, actor)
            now = self._now()
            connection.execute(
                proposals.insert().values(
                    id=identity,
                    kind=kind,
                    brand=brand,
                    subject=payload.subject,
                    payload=payload.model_dump(mode="json"),
                    before=dict(before),
                    fingerprint=fingerprint,
                    reason=reason,
                    proposed_by=proposed_by,
                    conversation=conversation,
                    state=_OPEN,
                    state_reason=reason,
                    proposed_at=now,
                    expires_at=aware(expires_at),
                    updated_at=now,
                )
            )
            self._approvals.request(
                connection,
                kind=kind,
                subject=payload.subject,
                brand=brand,
                fingerprint=fingerprint,
                expires_at=expires_at,
                actor=actor,
                why=reason,
                identity=identity,
            )
            made = get_proposal(connection, identity)
            self._tell(connection, made, actor)
            return made

    def get(self, proposal: str) -> Proposal:
        """The proposal of that id. Raises NotFound."""
        with self._database.read() as connection:
            return get_proposal(connection, proposal)

    def find(
        self,
        *,
        brand: BrandId | None = None,
        states: Collection[ProposalState] | None = None,
        subject: str | None = None,
    ) -> tuple[Proposal, ...]:
        """Proposals that meet every condition given, newest first."""
        with self._database.read() as connection:
            return find_proposals(connection, brand=brand, states=states, subject=subject)

    def decide(
        self,
        request: ApprovalId,
        decision: Decision,
        *,
        actor: str,
        source: str,
        note: str,
        saw: ApprovalState,
        fingerprint: Sha256,
    ) -> ApprovalRow:
        """Record a decision; a rejection or revocation ends the proposal. What was approved is done by the caller.

        Raises StaleDecision for the loser of a race (which is audited), RefusedTransition for a decision that does not
        apply, Unauthorized for what this system did not write, NotFound.
        """
        with self._database.write() as connection:
            rows = self._approvals.rows_of(connection, request)
            proposal = get_proposal(connection, request)
            self._require_genuine(connection, rows, proposal)
            state = state_of(rows, self._now())
            if state is saw and fingerprint == proposal.fingerprint:
                if NEEDS.get(decision) is not state or proposal.state is not _OPEN:
                    look, again = f"`marketing approvals show {request}`", "have it proposed anew"
                    way = refusal_words(rows, state, look=look, again=again)
                    raise RefusedTransition(f"Request {request} is {state}: {decision} does not apply.", way)
                row = self._approvals.record(connection, request, decision, actor=actor, source=source, note=note)
                if decision is Decision.APPROVE:
                    self._note(connection, request, words_of(row))
                else:
                    self._end(connection, proposal, ProposalState.REJECTED, words_of(row), actor)
                return row
            self._approvals.note_loser(connection, rows[-1], decision, actor=actor, source=source, saw=saw, found=state)
        raise StaleDecision(
            f"Request {request} is {state}; you saw {saw}.",
            f"Look at it again with `marketing approvals show {request}`, then decide.",
        )

    def done(self, proposal_id: ApprovalId, *, actor: str, source: str, reason: str) -> None:
        """Note that what was approved has been done: its approval is used. What has ended stays as it ended."""
        with self._database.write() as connection:
            proposal = get_proposal(connection, proposal_id)
            if proposal.state is _OPEN:
                self._approvals.record(connection, proposal_id, Decision.USED, actor=actor, source=source, note=reason)
                self._end(connection, proposal, ProposalState.DONE, reason, actor)

    def failed(self, proposal_id: ApprovalId, *, actor: str, reason: str) -> None:
        """Note that what was approved could not be done: its approval counts no longer. What has ended stays so."""
        with self._database.write() as connection:
            proposal = get_proposal(connection, proposal_id)
            if proposal.state is _OPEN:
                self._approvals.withdraw(connection, proposal_id, reason=reason, actor=actor)
                self._end(connection, proposal, ProposalState.FAILED, reason, actor)

    def unfinished(self) -> tuple[ApprovalId, ...]:
        """What was approved and not carried out: whoever did it was ended in between."""
        return self._ids(unfinished_proposals(self._now()))

    def take_up(self, proposal_id: ApprovalId) -> ApprovalRow | None:
        """The approval of an unfinished proposal, for the one caller who carries it out now; None for every other.

        Raises Unauthorized for what this system did not write.
        """
        with self._database.write() as connection:
            proposal, rows = get_proposal(connection, proposal_id), self._approvals.rows_of(connection, proposal_id)
            if proposal.state is not _OPEN or proposal.updated_at > self._now() - PATIENCE:
                return None
            self._require_genuine(connection, rows, proposal)
            if state_of(rows, self._now()) is not ApprovalState.APPROVED:
                return None
            self._note(connection, proposal_id, f"carried out by the {SWEEP}: {words_of(rows[-1])}")
            return rows[-1]

    def expire(self) -> tuple[ApprovalId, ...]:
        """End what nobody decided in time; returns the ids."""
        return tuple(proposal for proposal in self._ids(lapsed_proposals(self._now())) if self._expire(proposal))

    def _ids(self, wanted: Select[str]) -> tuple[ApprovalId, ...]:
        with self._database.read() as connection:
            return tuple(map(ApprovalId, connection.scalars(wanted)))

    def _expire(self, proposal_id: ApprovalId) -> bool:
        with set_apart(f"Proposal {proposal_id}"), self._database.write() as connection:
            proposal = get_proposal(connection, proposal_id)
            if proposal.state is not _OPEN or proposal.expires_at > self._now():
                return False
            decided = any(row.decision is Decision.APPROVE for row in self._approvals.rows_of(connection, proposal_id))
            reason = "approved, and not carried out in time" if decided else "nobody decided in time"
            self._end(connection, proposal, ProposalState.EXPIRED, reason, SWEEP)
            return True
        return False

    def _require_genuine(self, connection: Connection, rows: tuple[ApprovalRow, ...], proposal: Proposal) -> None:
        told = proposal_fingerprint(proposal.kind, proposal.subject, proposal.payload, proposal.before)
        alike = {told, proposal.fingerprint, *(row.fingerprint for row in rows)}
        genuine = self._approvals.signatures_hold(rows) and self._approvals.nothing_is_cut(connection, rows)
        if len(alike) > 1 or not genuine:
            raise Unauthorized("This request was not written by this system.", "Run `marketing audit verify`.")

    def _note(self, connection: Connection, proposal: ApprovalId, reason: str) -> None:
        """Why it stands where it stands; from now on whoever has it in hand has PATIENCE to end it."""
        values = {"state_reason": reason, "updated_at": self._now()}
        connection.execute(update(proposals).where(proposals.c.id == proposal).values(**values))

    def _end(self, connection: Connection, proposal: Proposal, to: ProposalState, reason: str, actor: str) -> None:
        values = {"state": to, "state_reason": reason, "updated_at": self._now()}
        connection.execute(update(proposals).where(proposals.c.id == proposal.id).values(**values))
        self._tell(connection, proposal.model_copy(update=values), actor)

    def _tell(self, connection: Connection, proposal: Proposal, actor: str) -> None:
        word = "proposed" if proposal.state is _OPEN else proposal.state
        self._audit.append(
            connection,
            actor=actor,
            action=f"proposal.{word}",
            subject=proposal.id,
            brand=proposal.brand,
            detail={
                "kind": proposal.kind,
                "about": proposal.subject,
                "fingerprint": proposal.fingerprint,
                "reason": proposal.state_reason,
            },
        )

    def _now(self) -> datetime:
        return aware(self._database.clock.now())
