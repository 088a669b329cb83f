"""Servers of `marketing up` that ended by themselves: kept in the audit log, told of for an hour."""

from collections.abc import Iterator
from datetime import timedelta

from sqlalchemy import select

from marketing_pipeline.domain.alert import AlertKind, Finding, Severity
from marketing_pipeline.operations.installation import Installation
from marketing_pipeline.store.tables import audit_log

TOLD_FOR = timedelta(hours=1)
RESTARTED, GIVEN_UP = "server.restarted", "server.given_up"
_ACTOR = "marketing up"


def note_end(place: Installation, name: str, words: str, *, final: bool) -> None:
    """Keep that a server ended by itself. `final`: it is not started again. Raises what the database does."""
    with place.database.write() as connection:
        place.audit.append(
            connection,
            actor=_ACTOR,
            action=GIVEN_UP if final else RESTARTED,
            subject=name,
            brand=None,
            detail={"reason": words},
        )


def ended_lately(place: Installation) -> Iterator[Finding]:
    """One finding for each server that ended by itself within the last hour; critical where it was given up."""
    row = audit_log.c
    wanted = (
        select(row.subject, row.action, row.detail)
        .where(row.at > place.clock.now() - TOLD_FOR, row.actor == _ACTOR)
        .order_by(row.sequence)
    )
    with place.database.read() as connection:
        ends = connection.execute(wanted).all()
    for name in sorted({end.subject for end in ends}):
        of_it = [end for end in ends if end.subject == name]
        given_up = of_it[-1].action == GIVEN_UP
        yield Finding(
            kind=AlertKind.UNHEALTHY,
            subject=f"{name} ended",
            title=f"{name} ended by itself" + (f" {len(of_it)} times within an hour" if len(of_it) > 1 else ""),
            detail=of_it[-1].detail["reason"],
            mend="Its log says why.",
            severity=Severity.CRITICAL if given_up else Severity.WARNING,
        )
