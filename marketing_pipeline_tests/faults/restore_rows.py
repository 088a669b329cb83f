"""Row 46: an old copy of the ledger is put back, as after a power cut; nothing runs until the channels were asked."""

import random
import sqlite3
from contextlib import closing, suppress
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path

from marketing_pipeline.domain.ad_platform import AdPlatform
from marketing_pipeline.domain.approval import ApprovalState, Decision
from marketing_pipeline.domain.brand import Brand, ContentApproval
from marketing_pipeline.domain.effect import Effect
from marketing_pipeline.domain.errors import NotFound
from marketing_pipeline.execution.after_restore import AfterRestore, Reconciled
from marketing_pipeline.execution.rules import ExecutionRules
from marketing_pipeline.execution.steps import Step
from marketing_pipeline.store.control_plane import ControlPlane
from marketing_pipeline.store.reconciliations import NotReconciled
from marketing_pipeline_tests.faults.agency import KEY, Agency, Office, open_agency
from marketing_pipeline_tests.faults.row import FaultRow, Figure

_AT_THE_COPY = (
    None,
    Step.CLAIMED,
    Step.CONTAINER_STORED,
    Step.BASELINE_READ,
    Step.ATTEMPT_OPENED,
    Step.ANSWERED,
)
"""Where the worker stood when the copy was made, and went away."""
AWAITING, LATER, EDITED = "awaiting", "later", "edited"
_PLIGHTS = (*_AT_THE_COPY, AWAITING, LATER, EDITED)


class _Gone(BaseException):
    """Stands for the end of the process at a step."""


@dataclass
class Plight:
    """One approved item and what was going on with it."""

    brand: Brand
    effect: Effect
    name: Step | str | None
    calls: int = field(default=0)


def old_copy(tries: int, seed: int, folder: Path) -> Figure:
    """The copy is made while items stand everywhere; then all go out; then the copy is put back."""
    chance = random.Random(seed)
    with open_agency(folder, tries, shared_time=True) as agency:
        _anchored(agency)
        plights = [
            _brought(agency, brand, _PLIGHTS[number % len(_PLIGHTS)], chance)
            for number, brand in enumerate(agency.fresh_brands(tries))
        ]
        copy = folder / "copy.sqlite"
        live = agency.home.root / "control_plane.sqlite"
        with closing(sqlite3.connect(live)) as source, closing(sqlite3.connect(copy)) as target:
            source.backup(target)
        _go_on(agency, plights)
        agency.database.close()
        for left in agency.home.root.glob("control_plane.sqlite*"):
            left.unlink()
        copy.replace(agency.home.root / "control_plane.sqlite")
        office = Office(agency.home.root, agency.url, agency.brands)
        _anchored(office)
        broken = _runs_unreconciled(agency, office, plights)
        done = _reconcile(office)
        broken += int(not done.closed)
        agency.settle(office.executor())
        office.close()
        edited = sum(plight.name == EDITED for plight in plights)
        later = [plight.effect for plight in plights if plight.name == LATER]
        figure = agency.figure([plight.effect for plight in plights], unprovable=edited)
        return figure + Figure(
            tries=0, broken=broken, note=f"{len(later)} of them were not due before the copy came back"
        )


def _anchored(office: Office) -> None:
    """The agency's home with its anchor file, as the product opens it."""
    office.plane = ControlPlane.of(office.database, KEY, office.home.audit_anchor)
    office.plane.reconciliations.anchor(office.database)


def _brought(agency: Agency, brand: Brand, name: Step | str | None, chance: random.Random) -> Plight:
    if name == AWAITING:
        policies = brand.policies.model_copy(update={"content_approval": ContentApproval.ALL})
        return Plight(brand, agency.queue(brand.model_copy(update={"policies": policies})), name)
    if name == LATER:
        return Plight(brand, agency.queue(brand, after=timedelta(hours=2 + chance.randrange(20))), name)
    effect = agency.queue(brand, pictures=chance.choice((1, 2)))

    def on_step(taken: Step) -> None:
        if taken == name:
            raise _Gone

    if isinstance(name, Step):
        with suppress(_Gone):
            agency.executor(on_step=on_step).drain(brand=brand.brand_id)
    return Plight(brand, effect, name)


def _go_on(agency: Agency, plights: list[Plight]) -> None:
    """After the copy: people approve and edit, time passes, and what is due goes out."""
    for plight in plights:
        if plight.name == AWAITING:
            agency.plane.decisions.decide(
                plight.effect.approval, Decision.APPROVE, actor="sam", source="cli", note="", saw=ApprovalState.PENDING
            )
        if plight.name == EDITED:
            payload = plight.effect.payload.model_copy(update={"caption": f"Anew for {plight.effect.subject} today"})
            agency.plane.queue.supersede(brand=plight.brand, payload=payload, due_at=agency.clock.now(), actor="sam")
    ends = agency.clock.now() + timedelta(hours=1)
    while agency.clock.now() < ends:
        agency.executor().drain(wait=timedelta(minutes=5))
        agency.clock.sleep(300)
    for plight in plights:
        plight.calls = agency.calls(plight.effect)


def _runs_unreconciled(agency: Agency, office: Office, plights: list[Plight]) -> int:
    """Drains that were not refused, and calls that went out."""
    broken = 0
    for _ in range(3):
        try:
            office.executor().drain()
            broken += 1
        except NotReconciled:
            office.clock.sleep(60)
        broken += office.plane.ledger.claim_due("a worker", timedelta(minutes=1)) is not None
    return broken + sum(agency.calls(plight.effect) != plight.calls for plight in plights)


def _reconcile(office: Office) -> Reconciled:
    comparing = AfterRestore(office.plane, office.brands, instagram=office.client, ads=_no_ads)
    done = comparing.run(actor="sam", accept=True)
    if not done.closed:
        office.clock.sleep(ExecutionRules().settle_window.total_seconds())
        done = comparing.run(actor="sam", accept=True)
    return done


def _no_ads(brand: Brand) -> AdPlatform:
    raise NotFound(f"{brand.id} has no ad account.", "None is needed.")


ROWS = (FaultRow("46", "An old copy of the ledger is put back", "publish", 9, 180, old_copy),)
