"""One moment in the life of a post or an ad change, and the moments that both have: approvals, calls, audit rows."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from enum import StrEnum
from typing import Annotated, Any

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field
from sqlalchemy import ColumnElement, Connection, RowMapping, select

from marketing_pipeline.domain.approval import decided_in_words
from marketing_pipeline.domain.money import MICROS
from marketing_pipeline.store.tables import approvals, audit_log, effect_attempts, effects, model_calls


class TraceKind(StrEnum):
    """What happened; of one moment in the order in which it is told."""

    RUN = "run"
    MODEL_CALL = "model_call"
    IMAGE_JOB = "image_job"
    VARIATION = "variation"
    CREATIVE = "creative"
    EVALUATION = "evaluation"
    AD_CHANGE = "ad_change"
    APPROVAL = "approval"
    EFFECT = "effect"
    ATTEMPT = "attempt"
    AUDIT = "audit"
    INSIGHT = "insight"


class TraceEntry(BaseModel):
    """One row of the timeline."""

    model_config = ConfigDict(frozen=True)

    at: AwareDatetime
    kind: TraceKind
    id: Annotated[str, Field(description="Id of the row that says so; of an audit row its number")]
    what: Annotated[str, Field(description="In words")]
    run: Annotated[str | None, Field(description="Dagster run that did it, where a row says so")] = None
    facts: Annotated[dict[str, Any], Field(description="Columns of the row that matter here")] = {}


def in_order(entries: Iterable[TraceEntry]) -> tuple[TraceEntry, ...]:
    """The timeline, oldest first, begun by each run where it is first met."""
    told = list(entries)
    begun: dict[str, datetime] = {}
    for entry in told:
        if entry.run is not None:
            begun[entry.run] = min(entry.at, begun.get(entry.run, entry.at))
    runs = [
        TraceEntry(at=at, kind=TraceKind.RUN, id=run, what="Dagster run, first seen here", run=run)
        for run, at in begun.items()
    ]
    kinds = list(TraceKind)
    return tuple(sorted([*runs, *told], key=lambda entry: (entry.at, kinds.index(entry.kind), _natural(entry.id))))


def model_call_entries(connection: Connection, *conditions: ColumnElement[bool]) -> list[TraceEntry]:
    """Calls to models."""
    facts = (
        "agent model provider attempt outcome input_tokens cache_read_tokens cache_write_tokens output_tokens"
        " cost_micros latency_ms images request_id stop_reason prompt prompt_sha256 error"
    )
    rows = connection.execute(select(model_calls).where(*conditions)).mappings()
    return [
        TraceEntry(
            at=row["started_at"],
            kind=TraceKind.MODEL_CALL,
            id=row["id"],
            what=_call_words(row),
            run=row["run"],
            facts=taken(row, facts),
        )
        for row in rows
    ]


def deed_entries(connection: Connection, subject: str) -> list[TraceEntry]:
    """Approvals, effects, calls and audit rows of a post or an ad change."""
    asked = connection.execute(select(approvals).where(approvals.c.subject == subject)).mappings().all()
    done = connection.execute(select(effects).where(effects.c.subject == subject)).mappings().all()
    names = {subject, *(row["id"] for row in asked), *(row["id"] for row in done)}
    return [
        *(_approval(row) for row in asked),
        *(_effect(row) for row in done),
        *_attempts(connection, [row["id"] for row in done]),
        *_audit(connection, names),
    ]


def taken(row: RowMapping, names: str) -> dict[str, Any]:
    """The named columns that are not empty."""
    return {name: row[name] for name in names.split() if row[name] not in (None, "")}


def _natural(name: str) -> tuple[int, str]:
    """Numbers of audit rows by size."""
    return (int(name), "") if name.isdecimal() else (0, name)


def _call_words(row: RowMapping) -> str:
    tokens = row["input_tokens"] + row["cache_read_tokens"] + row["cache_write_tokens"]
    cost = "cost unknown" if row["cost_micros"] is None else f"{row['cost_micros'] / MICROS:.4f} USD"
    again = f", try {row['attempt']}" if row["attempt"] > 1 else ""
    return (
        f"{row['agent']}{again}: {row['outcome']}, {row['model']}, {tokens} + {row['output_tokens']} tokens, {cost}"
        f", request {row['request_id'] or 'unknown'}"
    )


def _approval(row: RowMapping) -> TraceEntry:
    return TraceEntry(
        at=row["decided_at"],
        kind=TraceKind.APPROVAL,
        id=f"{row['id']}/{row['sequence']}",
        what=decided_in_words(row["decision"], row["actor"], row["source"], row["note"]),
        facts=taken(row, "decision actor source note fingerprint expires_at"),
    )


def _effect(row: RowMapping) -> TraceEntry:
    return TraceEntry(
        at=row["created_at"],
        kind=TraceKind.EFFECT,
        id=row["id"],
        what=f"{row['kind']} queued; now {row['state']}: {row['state_reason']}",
        run=row["lease_owner"],
        facts=taken(row, "state approval fingerprint due_at not_before attempts read_backs fence result"),
    )


def _attempts(connection: Connection, of: Sequence[str]) -> list[TraceEntry]:
    rows = connection.execute(select(effect_attempts).where(effect_attempts.c.effect.in_(of))).mappings()
    return [
        TraceEntry(
            at=row["started_at"],
            kind=TraceKind.ATTEMPT,
            id=row["id"],
            what=f"call {row['number']} went out: {row['outcome']}" + (f", {row['detail']}" if row["detail"] else ""),
            run=row["owner"],
            facts=taken(row, "effect number fence outcome detail request ended_at"),
        )
        for row in rows
    ]


def _audit(connection: Connection, subjects: Iterable[str]) -> list[TraceEntry]:
    rows = connection.execute(select(audit_log).where(audit_log.c.subject.in_(sorted(subjects)))).mappings()
    return [
        TraceEntry(
            at=row["at"],
            kind=TraceKind.AUDIT,
            id=str(row["sequence"]),
            what=f"{row['action']} of {row['subject']}, by {row['actor']}",
            facts=taken(row, "action subject actor detail"),
        )
        for row in rows
    ]
