"""Everything that led to a post and followed from it, as one timeline: found by ids and indexes alone."""

from collections import Counter

from sqlalchemy import Connection, RowMapping, and_, or_, select

from marketing_pipeline.domain.metrics import METRICS
from marketing_pipeline.store.post_row import Post
from marketing_pipeline.store.tables import (
    creatives,
    evaluations,
    image_jobs,
    insight_snapshots,
    model_calls,
    post_variations,
)
from marketing_pipeline.store.trace_entry import (
    TraceEntry,
    TraceKind,
    deed_entries,
    in_order,
    model_call_entries,
    taken,
)

PLANNERS = ("strategist", "analyst")
"""Agents whose calls are for the whole week of a brand."""


def trace_of_post(connection: Connection, post: Post) -> tuple[TraceEntry, ...]:
    """The timeline of a post, oldest first; the calls that planned its week belong to it."""
    planned = and_(model_calls.c.post.is_(None), model_calls.c.agent.in_(PLANNERS))
    calls = model_call_entries(
        connection,
        model_calls.c.brand == post.brand,
        model_calls.c.week == post.week,
        or_(model_calls.c.post == post.id, planned),
    )
    return in_order(
        [*calls, *_made(connection, post), *deed_entries(connection, post.id), *_insights(connection, post)]
    )


def _made(connection: Connection, post: Post) -> list[TraceEntry]:
    """Pictures ordered, wordings, creatives and verdicts."""
    orders, wordings, pictures = (
        connection.execute(select(table).where(table.c.post == post.id)).mappings().all()
        for table in (image_jobs, post_variations, creatives)
    )
    judged = select(evaluations).where(evaluations.c.creative.in_([row["id"] for row in pictures]))
    verdicts = connection.execute(judged.order_by(evaluations.c.criterion)).mappings().all()
    return [
        *(_order(row) for row in orders),
        *(_wording(row) for row in wordings),
        *(_picture(row) for row in pictures),
        *(_evaluation([row for row in verdicts if row["creative"] == made["id"]]) for made in pictures if verdicts),
    ]


def _order(row: RowMapping) -> TraceEntry:
    return TraceEntry(
        at=row["created_at"],
        kind=TraceKind.IMAGE_JOB,
        id=row["id"],
        what=f"a picture of {row['provider']}: {row['state']}" + (f", {row['error']}" if row["error"] else ""),
        run=row["run"],
        facts=taken(row, "provider state sha256 cost_micros error prompt"),
    )


def _wording(row: RowMapping) -> TraceEntry:
    return TraceEntry(
        at=row["created_at"],
        kind=TraceKind.VARIATION,
        id=row["id"],
        what=f"wording {row['position']} of round {row['round']} by {row['author']}"
        + (", chosen" if row["chosen"] else ""),
        facts=taken(row, "round position hook author chosen choice_reason"),
    )


def _picture(row: RowMapping) -> TraceEntry:
    bar = "meets the bar" if row["meets_bar"] else "below the bar"
    return TraceEntry(
        at=row["created_at"],
        kind=TraceKind.CREATIVE,
        id=row["id"],
        what=f"attempt {row['attempt']} of round {row['round']}: {bar}" + (", chosen" if row["chosen"] else ""),
        facts=taken(row, "round attempt meets_bar score reasons chosen picture_source"),
    )


def _evaluation(rows: list[RowMapping]) -> TraceEntry:
    levels = Counter(row["level"] for row in rows)
    return TraceEntry(
        at=rows[0]["created_at"],
        kind=TraceKind.EVALUATION,
        id=rows[0]["creative"],
        what=f"judged by {rows[0]['evaluator']}: " + ", ".join(f"{many} {level}" for level, many in levels.items()),
        facts={"evaluator": rows[0]["evaluator"], "verdicts": {row["criterion"]: row["level"] for row in rows}},
    )


def _insights(connection: Connection, post: Post) -> list[TraceEntry]:
    rows = connection.execute(select(insight_snapshots).where(insight_snapshots.c.post == post.id)).mappings()
    return [
        TraceEntry(
            at=row["taken_at"],
            kind=TraceKind.INSIGHT,
            id=f"{post.id}/{row['age']}",
            what=f"insights at {row['age']}: "
            + ", ".join(f"{name} {row[name]}" for name in METRICS if row[name] is not None),
            facts=taken(row, f"age media_id {' '.join(METRICS)}"),
        )
        for row in rows
    ]
