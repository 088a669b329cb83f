"""A proposal as it is stored, and which of them a sweep takes up."""

from collections.abc import Collection
from datetime import datetime, timedelta

from sqlalchemy import Connection, RowMapping, Select, exists, select

from marketing_pipeline.domain.approval import Decision
from marketing_pipeline.domain.errors import NotFound
from marketing_pipeline.domain.identifiers import BrandId
from marketing_pipeline.domain.proposal import PAYLOADS, Proposal, ProposalKind, ProposalState
from marketing_pipeline.store.tables import approvals, proposals

PATIENCE = timedelta(minutes=2)
"""How long whoever approved a proposal, or took it up, has to carry it out; it takes less than a second."""


def get_proposal(connection: Connection, proposal: str) -> Proposal:
    """The proposal of that id, in the caller's transaction. Raises NotFound."""
    row = connection.execute(select(proposals).where(proposals.c.id == proposal)).mappings().first()
    if row is None:
        raise NotFound(f"There is no proposal {proposal}.", "`marketing approvals list --all` shows them.")
    return _proposal_of(row)


def find_proposals(
    connection: Connection,
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
    return tuple(map(_proposal_of, connection.execute(query).mappings()))


def open_proposal(connection: Connection, kind: ProposalKind, subject: str) -> Proposal | None:
    """The one of that kind about that subject that nobody has decided yet."""
    wanted = select(proposals).where(
        proposals.c.kind == kind,
        proposals.c.subject == subject,
        proposals.c.state == ProposalState.AWAITING_APPROVAL,
    )
    row = connection.execute(wanted).mappings().first()
    return None if row is None else _proposal_of(row)


def lapsed_proposals(now: datetime) -> Select[str]:
    """Ids of open proposals whose time is over."""
    return select(proposals.c.id).where(
        proposals.c.state == ProposalState.AWAITING_APPROVAL, proposals.c.expires_at <= now
    )


def unfinished_proposals(now: datetime) -> Select[str]:
    """Ids of open proposals that were approved, and that nobody has carried out for so long that nobody will."""
    approved = exists().where(approvals.c.id == proposals.c.id, approvals.c.decision == Decision.APPROVE)
    return (
        select(proposals.c.id)
        .where(proposals.c.state == ProposalState.AWAITING_APPROVAL, approved)
        .where(proposals.c.expires_at > now, proposals.c.updated_at <= now - PATIENCE)
        .order_by(proposals.c.updated_at)
    )


def _proposal_of(row: RowMapping) -> Proposal:
    kind = ProposalKind(row["kind"])
    return Proposal.model_validate({**row, "payload": PAYLOADS[kind].model_validate(row["payload"])})
