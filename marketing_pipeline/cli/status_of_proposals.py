"""Proposals in `marketing status`: those that wait for a person."""

from collections.abc import Iterator

from marketing_pipeline.cli.person import operator
from marketing_pipeline.cli.status_row import Kind, StatusRow
from marketing_pipeline.domain.identifiers import BrandId
from marketing_pipeline.domain.proposal import ProposalState
from marketing_pipeline.workplace import Workplace


def proposal_rows(workplace: Workplace, only: BrandId | None) -> Iterator[StatusRow]:
    """One line for each, with what it would do."""
    for proposal in workplace.proposals.list(operator(), brand=only, state=ProposalState.AWAITING_APPROVAL):
        asked = workplace.gate.asked(operator(), proposal.id)
        yield StatusRow(
            kind=Kind.APPROVAL,
            ok=True,
            brand=proposal.brand,
            subject=proposal.subject,
            at=proposal.expires_at,
            detail=f"{asked.summary}; it ends then if nobody decides",
            mend=f"`marketing approvals show {proposal.id}`, then approve or reject.",
        )
