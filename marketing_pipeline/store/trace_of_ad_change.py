"""Everything that led to an ad change and followed from it, as one timeline."""

from sqlalchemy import Connection, func, select

from marketing_pipeline.store.ad_change_row import AdChange
from marketing_pipeline.store.tables import model_calls
from marketing_pipeline.store.trace_entry import TraceEntry, TraceKind, deed_entries, in_order, model_call_entries

ANALYST = "ads_analyst"


def trace_of_ad_change(connection: Connection, change: AdChange) -> tuple[TraceEntry, ...]:
    """The timeline of an ad change, oldest first, begun by the analyst's calls on the day it was proposed."""
    calls = model_call_entries(connection, model_calls.c.id.in_(_proposed_by(connection, change)))
    return in_order([*calls, *_milestones(change), *deed_entries(connection, change.id)])


def _proposed_by(connection: Connection, change: AdChange) -> list[str]:
    """Ids of the tries of the analyst's last question before the proposal: those of the same run, up to it."""
    asked = (
        model_calls.c.brand == change.brand,
        model_calls.c.week == change.week,
        model_calls.c.agent == ANALYST,
        model_calls.c.started_at <= change.proposed_at,
    )
    last = connection.scalar(select(func.max(model_calls.c.started_at)).where(*asked))
    newest = connection.execute(select(model_calls).where(*asked, model_calls.c.started_at == last)).mappings().first()
    if newest is None:
        return []
    if newest["run"] is None:
        return [newest["id"]]
    return list(connection.scalars(select(model_calls.c.id).where(*asked, model_calls.c.run == newest["run"])))


def _milestones(change: AdChange) -> list[TraceEntry]:
    payload = change.payload
    told = [
        TraceEntry(
            at=change.proposed_at,
            kind=TraceKind.AD_CHANGE,
            id=change.id,
            what=f"{change.label} proposed: {payload.field} {payload.before} to {payload.after}, since {change.reason}",
            facts={
                **payload.model_dump(mode="json"),
                "fingerprint": change.fingerprint,
                "state": change.state,
                "rolls_back": change.rolls_back,
            },
        )
    ]
    if change.applied_at is not None:
        told.append(
            TraceEntry(at=change.applied_at, kind=TraceKind.AD_CHANGE, id=change.id, what="read back as applied")
        )
    return told
