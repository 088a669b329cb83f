"""Proposals: ask for something to be done; a person decides at the gate."""

from typing import Annotated

from fastapi import APIRouter, Query
from pydantic import Field

from marketing_pipeline.console.api.caller import BrandQuery, Caller, Command, Id, Note
from marketing_pipeline.domain.identifiers import BrandId
from marketing_pipeline.domain.proposal import (
    PAYLOADS,
    AdoptRule,
    EditPlan,
    EditPost,
    Proposal,
    ProposalState,
    ReschedulePost,
)

router = APIRouter(prefix="/proposals", tags=["proposals"])


class Ask(Command):
    """What is asked for; its kind follows from the fields of `payload`."""

    payload: ReschedulePost | EditPost | EditPlan | AdoptRule
    reason: Annotated[Note, Field(min_length=1)]


@router.get("")
def list_all(
    desk: Caller,
    brand: BrandQuery = None,
    state: Annotated[ProposalState | None, Query(description="Left out: every state")] = None,
) -> tuple[Proposal, ...]:
    """Proposals, newest first."""
    named = None if brand is None else BrandId(brand)
    return desk.place.proposals.list(desk.person, brand=named, state=state)


@router.get("/{proposal}")
def show(desk: Caller, proposal: Id) -> Proposal:
    """One proposal."""
    return desk.place.proposals.get(desk.person, proposal)


@router.post("", status_code=201)
def ask(desk: Caller, act: Ask) -> Proposal:
    """Propose it. The newest about the same thing supersedes an older one."""
    [kind] = (kind for kind, payload in PAYLOADS.items() if payload is type(act.payload))
    return desk.place.proposals.propose(
        desk.person,
        kind,
        act.payload.subject,
        act.payload,
        reason=act.reason,
        proposed_by=desk.person.name,
    )
