"""Proposals: each with its signed approval request, decided once, and ended with what came of it."""

from collections.abc import Collection, Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, RowMapping, Select, func, select, update

from marketing_pipeline.domain.approval import ApprovalRow, ApprovalState, Decision, Unauthorized, state_of, words_of
from marketing_pipeline.domain.audit import AuditAppender
from marketing_pipeline.domain.clock import aware
from marketing_pipeline.domain.errors import NotFound, RefusedTransition
from marketing_pipeline.domain.identifiers import ApprovalId, BrandId, Sha256
from marketing_pipeline.domain.proposal import (
    PAYLOADS,
    Payload,
    Proposal,
    ProposalKind,
    ProposalState,
    proposal_fingerprint,
)
from marketing_pipeline.store.approvals import Approvals
from marketing_pipeline.store.database import Database
from marketing_pipeline.store.decisions import NEEDS, StaleDecision
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
        """
        fingerprint = proposal_fingerprint(kind, payload.subject, payload, before)
        with self._database.write() as connection:
            standing = self._open_of(connection, kind, payload.subject)
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
                actor=proposed_by,
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
        query = select(proposals).order_by(proposals.c.proposed_at.desc(), proposals.c.id.desc())
        if brand is not None:
            query = query.where(proposals.c.brand == brand)
        if states is not None:
            query = query.where(proposals.c.state.in_(states))
        if subject is not None:
            query = query.where(proposals.c.subject == subject)
        with self._database.read() as connection:
            return tuple(_proposal(row) for row in connection.execute(query).mappings())

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
                if decision is not Decision.APPROVE:
                    self._end(connection, proposal, ProposalState.REJECTED, words_of(row), actor)
                return row
            self._approvals.note_loser(connection, rows[-1], decision, actor=actor, source=source, saw=saw, found=state)
        raise StaleDecision(
            f"Request {request} is {state}; you saw {saw}.",
            f"Look at it again with `marketing approvals show {request}`, then decide.",
        )

    def done(self, proposal: ApprovalId, *, actor: str, source: str, reason: str) -> None:
        """Note that what was approved has been done: its approval is used."""
        with self._database.write() as connection:
            self._approvals.record(connection, proposal, Decision.USED, actor=actor, source=source, note=reason)
            self._end(connection, get_proposal(connection, proposal), ProposalState.DONE, reason, actor)

    def failed(self, proposal: ApprovalId, *, actor: str, reason: str) -> None:
        """Note that what was approved could not be done: its approval counts no longer."""
        with self._database.write() as connection:
            self._approvals.withdraw(connection, proposal, reason=reason, actor=actor)
            self._end(connection, get_proposal(connection, proposal), ProposalState.FAILED, reason, actor)

    def expire(self) -> tuple[ApprovalId, ...]:
        """End what nobody decided in time; returns the ids."""
        with self._database.read() as connection:
            lapsed = [ApprovalId(found) for found in connection.scalars(lapsed_proposals(self._now()))]
        return tuple(proposal for proposal in lapsed if self._expire(proposal))

    def _expire(self, proposal_id: ApprovalId) -> bool:
        with self._database.write() as connection:
            proposal = get_proposal(connection, proposal_id)
            if proposal.state is not _OPEN or proposal.expires_at > self._now():
                return False
            self._end(connection, proposal, ProposalState.EXPIRED, "nobody decided in time", SWEEP)
            return True

    def _require_genuine(self, connection: Connection, rows: tuple[ApprovalRow, ...], proposal: Proposal) -> None:
        told = proposal_fingerprint(proposal.kind, proposal.subject, proposal.payload, proposal.before)
        alike = {told, proposal.fingerprint, *(row.fingerprint for row in rows)}
        genuine = self._approvals.signatures_hold(rows) and self._approvals.nothing_is_cut(connection, rows)
        if len(alike) > 1 or not genuine:
            raise Unauthorized("This request was not written by this system.", "Run `marketing audit verify`.")

    def _open_of(self, connection: Connection, kind: ProposalKind, subject: str) -> Proposal | None:
        wanted = select(proposals).where(
            proposals.c.kind == kind, proposals.c.subject == subject, proposals.c.state == _OPEN
        )
        row = connection.execute(wanted).mappings().first()
        return None if row is None else _proposal(row)

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


def get_proposal(connection: Connection, proposal: str) -> Proposal:
    """The proposal of that id, in the caller's transaction. Raises NotFound."""
    row = connection.execute(select(proposals).where(proposals.c.id == proposal)).mappings().first()
    if row is None:
        raise NotFound(f"There is no proposal {proposal}.", "`marketing approvals list --all` shows them.")
    return _proposal(row)


def lapsed_proposals(now: datetime) -> Select[str]:
    """Ids of open proposals whose time is over."""
    return select(proposals.c.id).where(proposals.c.state == _OPEN, proposals.c.expires_at <= now)


def _proposal(row: RowMapping) -> Proposal:
    kind = ProposalKind(row["kind"])
    return Proposal.model_validate({**row, "payload": PAYLOADS[kind].model_validate(row["payload"])})
