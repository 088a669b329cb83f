"""Rows 9 and 10: many executors at once, and one that stands still while another takes over."""

from pathlib import Path

from sqlalchemy import func, select

from marketing_pipeline.domain.effect import Effect
from marketing_pipeline.execution.steps import Step
from marketing_pipeline.store.tables import audit_log
from marketing_pipeline_tests.faults.agency import A_LEASE, Agency, open_agency
from marketing_pipeline_tests.faults.children import competitors, stopped_at
from marketing_pipeline_tests.faults.row import FaultRow, Figure

PROCESSES = 16
BEFORE_THE_CALL = (
    Step.CLAIMED,
    Step.CHECKED,
    Step.CONTAINER_MADE,
    Step.CONTAINER_STORED,
    Step.CONTAINER_READY,
    Step.BASELINE_READ,
    Step.ATTEMPT_OPENED,
)
STANDSTILLS = (*BEFORE_THE_CALL, Step.ANSWERED, Step.RECORDED)


def many_executors(tries: int, seed: int, folder: Path) -> Figure:
    """Row 9. In each round sixteen processes drain at once, and one post is due."""
    with open_agency(folder, tries, shared_time=True) as agency:
        queued = list[Effect]()
        with competitors(agency, PROCESSES, tries) as all_at_once:
            for brand in agency.fresh_brands(tries):
                queued.append(agency.queue(brand))
                all_at_once()
        broken = sum(_claims(agency, effect) != 1 or agency.calls(effect) != 1 for effect in queued)
        return agency.figure(queued, note=f"{PROCESSES} processes") + Figure(tries=0, broken=broken)


def _claims(agency: Agency, effect: Effect) -> int:
    claimed = (audit_log.c.subject == effect.id, audit_log.c.action == "effect.claimed")
    with agency.database.read() as connection:
        return connection.scalar(select(func.count()).where(*claimed)) or 0


def stale_worker(tries: int, seed: int, folder: Path) -> Figure:
    """Row 10. SIGSTOP at a step, another worker takes over and settles it, SIGCONT: the first sends nothing more."""
    broken, queued = 0, list[Effect]()
    with open_agency(folder, tries, shared_time=True) as agency:
        for number, brand in enumerate(agency.fresh_brands(tries)):
            queued.append(effect := agency.queue(brand))
            agency.order(brand, {"name": "publishes_twice", "times": 9})
            with stopped_at(agency, STANDSTILLS[number % len(STANDSTILLS)]):
                agency.clock.sleep(A_LEASE.total_seconds())
                agency.settle()
                before = agency.calls(effect)
            broken += agency.calls(effect) != before or before != 1
        return agency.figure(queued) + Figure(tries=0, broken=broken)


ROWS = (
    FaultRow("9", "16 executors take one proposal", "publish", 2, 100, many_executors),
    FaultRow("10", "Stale worker wakes after takeover", "publish", len(STANDSTILLS), 90, stale_worker),
)
