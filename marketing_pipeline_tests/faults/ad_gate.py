"""The gate of ad changes: what was approved is what is applied, by whom it may be, for as long as it holds."""

import random
from collections.abc import Sequence
from contextlib import suppress
from datetime import datetime, timedelta
from itertools import product
from pathlib import Path

from marketing_pipeline.domain.ad_change import AdChangeProposal, AdChangeState, ApplyAdChange, change_id
from marketing_pipeline.domain.approval import ApprovalState, Decision
from marketing_pipeline.domain.clock import Clock
from marketing_pipeline.domain.errors import MarketingError
from marketing_pipeline.execution.steps import OnStep, Step, go_on
from marketing_pipeline.store.ad_change_row import AdChange
from marketing_pipeline_tests.faults.ad_judge import judged, refused
from marketing_pipeline_tests.faults.ad_office import AdOffice, open_office
from marketing_pipeline_tests.faults.ad_stage import CAMPAIGNS, ROOM, AdStage, open_stage, patient_brand
from marketing_pipeline_tests.faults.ad_tampering import EDITS, edit_one_byte
from marketing_pipeline_tests.faults.row import FaultRow, Figure

_ACTS = (Decision.APPROVE, Decision.REJECT, Decision.REVOKE)
SEQUENCES = tuple(product(_ACTS, repeat=3))
_SAYS = {
    Decision.APPROVE: ApprovalState.APPROVED,
    Decision.REJECT: ApprovalState.REJECTED,
    Decision.REVOKE: ApprovalState.REVOKED,
}
TEAM = {
    "mode": "team",
    "approvers": ["ann", "ben", "cem"],
    "quorum": 2,
    "quorum_above_percent": 1,
}
_A_DAY = timedelta(days=1)
_AN_HOUR = 3601


def edited_after_approval(tries: int, seed: int, folder: Path) -> Figure:
    """Row 15. Each try edits one byte of one field: of the payload in the ledger, in the proposal, in both, of the
    ledger's fingerprint, or of the row that approves.
    """
    figure, chance = Figure(tries=0), random.Random(seed)
    for start in range(0, tries, ROOM):
        with open_stage(folder) as stage:
            count = min(ROOM, tries - start)
            for number in range(start, start + count):
                change = stage.approved()
                edit_one_byte(stage.desk.database, change, EDITS[number % len(EDITS)], chance)
                _attempt(stage, change)
            figure += refused(stage, count)
    return figure + Figure(tries=0, note=f"{len(EDITS)} fields in turn, 100 % refused")


def approved_then_made_anew(tries: int, seed: int, folder: Path) -> Figure:
    """Row 16. The second version replaces the first: neither is executable, nor is the second by the first's name."""
    figure = Figure(tries=0)
    for start in range(0, tries, CAMPAIGNS):
        with open_stage(folder) as stage:
            budgets = stage.budgets()[: tries - start]
            figure += Figure(tries=0, broken=sum(not _waits_anew(stage, budget) for budget in budgets))
            figure += refused(stage, len(budgets))
    return figure


def _waits_anew(stage: AdStage, budget: ApplyAdChange) -> bool:
    """Whether the second version waits for a decision of its own, and the first is over."""
    desk, first = stage.desk, stage.desk.approved(budget)
    payload = budget.model_copy(update={"after": str(int(budget.after) + 10_000)})
    identity = change_id(desk.brand.brand_id, payload, "again")
    content = first.model_dump(include=set(AdChangeProposal.model_fields))
    proposal = AdChangeProposal.model_validate({**content, "id": identity, "payload": payload})
    desk.plane.ad_proposals.record([proposal], desk.brand)
    second = desk.change(identity)
    with suppress(MarketingError):
        desk.approve(second, fingerprint=first.fingerprint)
    for change in (first, second):
        _attempt(stage, change)
    states = (desk.change(first.id).state, desk.change(identity).state)
    return states == (AdChangeState.SUPERSEDED, AdChangeState.AWAITING_APPROVAL)


def decided_in_sequence(tries: int, seed: int, folder: Path) -> Figure:
    """Row 17, by the command line. `broken` counts sequences after which the state, what the check shows or what the
    account has are not what the last decision that applies says.
    """
    figure = Figure(tries=0)
    chosen = SEQUENCES if tries >= len(SEQUENCES) else random.Random(seed).sample(SEQUENCES, tries)
    with open_office(folder) as office:
        changes: list[AdChange] = []
        for sequence in chosen:
            change = office.desk.propose(office.stage.payload())
            figure += Figure(tries=0, broken=not _follows(office, change, sequence))
            changes.append(change)
        return figure + judged(office.stage, changes)


def _follows(office: AdOffice, change: AdChange, sequence: Sequence[Decision]) -> bool:
    stands, agrees = ApprovalState.PENDING, True
    for decision in sequence:
        applies = stands is not _SAYS[decision] and (
            decision is not Decision.REVOKE or stands is ApprovalState.APPROVED
        )
        code, said = office.command("approvals", decision, office.desk.request_of(change), "--note", "seen", "--yes")
        stands = _SAYS[decision] if applies else stands
        agrees &= code == (0 if applies else 1) and "Traceback" not in said
        agrees &= office.desk.state_of(change) is stands
    approved = stands is ApprovalState.APPROVED
    agrees &= (office.work.ads.review(change.id).problem == "") is approved
    agrees &= (office.work.ads.apply(change.id, "row 17") == "") is approved
    return agrees


def expired_while_queued(tries: int, seed: int, folder: Path) -> Figure:
    """Row 19. The approval's time ends while it waits, or between two steps of the run that applies it."""
    figure = Figure(tries=0)
    moments = (None, Step.CLAIMED, Step.BASELINE_READ, Step.CHECKED)
    for start in range(0, tries, ROOM):
        with open_stage(folder, patient_brand(approvals={"hours": 1})) as stage:
            count = min(ROOM, tries - start)
            for number in range(count):
                _expired(stage, stage.approved(), moments[number % len(moments)])
            figure += refused(stage, count)
    return figure


def _expired(stage: AdStage, change: AdChange, late_at: Step | None) -> None:
    """Let the hour pass at that step, or before everything."""

    def on_step(step: Step) -> None:
        if step is late_at:
            stage.desk.clock.sleep(_AN_HOUR)

    if late_at is None:
        stage.desk.clock.sleep(_AN_HOUR)
    _attempt(stage, change, on_step)


def decided_by_the_wrong_people(tries: int, seed: int, folder: Path) -> Figure:
    """Row 21, by the command line in team mode: whoever may not decide is refused, and too few are too few."""
    figure = Figure(tries=0)
    for start in range(0, tries, CAMPAIGNS):
        with open_office(folder, patient_brand(approvals=TEAM)) as office:
            for name in _USERS:
                office.command("users", "add", name, "--role", "approver")
            for number, budget in enumerate(office.stage.budgets()[: tries - start], start=start):
                passed = _let_through(office, budget, *_WRONG_PEOPLE[number % len(_WRONG_PEOPLE)])
                figure += Figure(tries=1, broken=passed)
            figure += refused(office.stage, 0)
    return figure


_WRONG_PEOPLE: tuple[tuple[str, tuple[str, ...]], ...] = (
    ("ann", ("ann",)),
    ("ann", ("ann", "ben")),
    ("analyst", ("ann",)),
    ("analyst", ("ann", "ann")),
    ("analyst", ("eve",)),
    ("analyst", ("eve", "analyst", "policy:0123456789ab")),
    ("analyst", ("ann", "eve")),
)
"""Who proposed it, and who approves it."""
_USERS = ("ann", "ben", "eve", "analyst")
"""Known users all: what is refused is refused by the brand's own rules."""


def _let_through(office: AdOffice, budget: ApplyAdChange, proposer: str, people: Sequence[str]) -> bool:
    change = office.desk.propose(budget, by=proposer)
    for person in people:
        office.command("approvals", "approve", office.desk.request_of(change), "--note", "seen", person=person)
    passed = office.desk.state_of(change) is ApprovalState.APPROVED
    return office.work.ads.apply(change.id, "row 21") == "" or passed


class SetBack:
    """A clock that somebody sets back: `by` is taken off from then on."""

    def __init__(self, real: Clock) -> None:
        self.real = real
        self.by = timedelta(0)

    def now(self) -> datetime:
        """The time that it shows."""
        return self.real.now() - self.by

    def sleep(self, seconds: float) -> None:
        """Wait."""
        self.real.sleep(seconds)

    async def pause(self, seconds: float) -> None:
        """Wait."""
        await self.real.pause(seconds)


def expired_and_the_clock_set_back(tries: int, seed: int, folder: Path) -> Figure:
    """Row 30, for approvals: one that has expired does not live again because the machine's clock goes back a day."""
    figure, clocks = Figure(tries=0), list[SetBack]()

    def clock_of(real: Clock) -> Clock:
        clocks.append(SetBack(real))
        return clocks[-1]

    for start in range(0, tries, ROOM // 2):
        with open_stage(folder, patient_brand(approvals={"hours": 12}), clock_of=clock_of) as stage:
            count = min(ROOM // 2, tries - start)
            for _ in range(count):
                change = stage.approved()
                stage.desk.clock.sleep(_A_DAY.total_seconds())
                stage.desk.propose(stage.payload())  # the installation is used: its records know of the later time
                clocks[-1].by = _A_DAY
                _attempt(stage, change)
                clocks[-1].by = timedelta(0)
            figure += refused(stage, count)
    return figure


def _attempt(stage: AdStage, change: AdChange, on_step: OnStep = go_on) -> None:
    """Try twice to have it applied, with what the drain does in between."""
    desk = stage.desk
    for _ in range(2):
        # A row that cannot even be read is refused, too.
        with suppress(MarketingError, ValueError):
            desk.executor(on_step=on_step).apply(change.id)
        with suppress(MarketingError, ValueError):
            desk.drain(on_step)


_CHANGE = "ad change to refuse"
ROWS = (
    FaultRow("15", "payload changed after approval", _CHANGE, len(EDITS), 20 * len(EDITS), edited_after_approval),
    FaultRow("16", "approved, then made anew", _CHANGE, 4, 100, approved_then_made_anew),
    FaultRow("17", "reject, approve, revoke in sequence", "ad change", 5, len(SEQUENCES), decided_in_sequence),
    FaultRow("19", "approval expires while queued", _CHANGE, 8, 100, expired_while_queued),
    FaultRow(
        "21", "self-approval, quorum short, unknown user", _CHANGE, len(_WRONG_PEOPLE), 70, decided_by_the_wrong_people
    ),
    FaultRow("30", "clock set back after an approval expired", _CHANGE, 4, 50, expired_and_the_clock_set_back),
)
