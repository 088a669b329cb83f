"""The alerts that people would have been told of in an agency's home, by the rows that are kept of them."""

from collections import Counter

from sqlalchemy import select

from marketing_pipeline.channels.notifications import Notifier
from marketing_pipeline.domain.alert import AlertKind, AlertState
from marketing_pipeline.domain.health import Health
from marketing_pipeline.operations.alerts import watch
from marketing_pipeline.operations.installation import Installation
from marketing_pipeline.settings import Settings
from marketing_pipeline.store.tables import alerts, audit_log
from marketing_pipeline_tests.faults.agency import Agency

ROUNDS = 3


def raised(agency: Agency, kind: AlertKind) -> Counter[str]:
    """By subject, how often alerts of a kind were raised, after some rounds of the watchers; the agency shares time."""
    _watch(agency)
    wanted = (
        select(alerts.c.subject)
        .join(audit_log, audit_log.c.subject == alerts.c.id)
        .where(alerts.c.kind == kind, audit_log.c.action == "alert.raised")
    )
    with agency.database.read() as connection:
        return Counter(connection.scalars(wanted))


def standing(agency: Agency, kind: AlertKind) -> int:
    """How many alerts of a kind still stand, after some rounds of the watchers."""
    _watch(agency)
    wanted = select(alerts.c.id).where(alerts.c.kind == kind, alerts.c.state != AlertState.RESOLVED)
    with agency.database.read() as connection:
        return len(connection.scalars(wanted).all())


def _watch(agency: Agency) -> None:
    place = Installation(
        settings=Settings.from_environment({"MARKETING_HOME": str(agency.home.root)}),
        home=agency.home,
        clock=agency.home.clock(),
        database=agency.database,
        audit=agency.plane.audit,
        approvals=agency.plane.approvals,
        brands=agency.brands,
    )
    for _ in range(ROUNDS):
        watch(place, Health(at=agency.clock.now(), findings=()), Notifier(()))
