"""What workers, sensors and caps ask again and again is found by an index on both engines, however long the history."""

import re
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import Connection, Select, insert, select, text

from marketing_pipeline.domain.brand import Brand
from marketing_pipeline.domain.effect import EffectState
from marketing_pipeline.domain.effect_kind import EffectKind
from marketing_pipeline.domain.identifiers import BrandId
from marketing_pipeline.store.database import Database
from marketing_pipeline.store.effect_rows import (
    claimable,
    due_ids,
    lapsed,
    next_due_at,
    next_wake_at,
    overdue,
    readable_back,
    unapproved,
)
from marketing_pipeline.store.insights import UNMEASURED, to_be_read
from marketing_pipeline.store.model_calls import ModelCalls, last_answer_of
from marketing_pipeline.store.operating_figures import effects_in, oldest_due
from marketing_pipeline.store.tables import posts
from marketing_pipeline_tests.fixtures import NOW, AuditNotes
from marketing_pipeline_tests.store.planned_week import record_week
from marketing_pipeline_tests.store.query_plans import whole_reads

BRAND = BrandId("bakery")
ASKED: dict[str, Callable[[Connection], object]] = {
    "claims": lambda connection: connection.execute(claimable(NOW)).all(),
    "claims of one brand": lambda connection: connection.execute(claimable(NOW, BRAND)).all(),
    "read-backs": lambda connection: connection.execute(readable_back(NOW)).all(),
    "read-backs of ads": lambda connection: connection.execute(readable_back(NOW, EffectKind.APPLY_AD_CHANGE)).all(),
    "lapsed leases": lambda connection: connection.execute(lapsed(NOW)).all(),
    "overdue": lambda connection: connection.execute(overdue(NOW)).all(),
    "unapproved": lambda connection: connection.execute(unapproved(NOW)).all(),
    "what is due": lambda connection: due_ids(connection, NOW),
    "next wake": lambda connection: next_wake_at(connection, NOW),
    "next due": next_due_at,
    "oldest due": lambda connection: oldest_due(connection, NOW),
    "parked": lambda connection: effects_in(connection, EffectState.PARKED),
    "posts of a plan": lambda connection: connection.execute(select(posts).where(posts.c.plan == "a plan")).all(),
    "last answer": lambda connection: last_answer_of(connection, BRAND, "composer"),
}


@pytest.mark.parametrize("name", ASKED)
def test_what_is_asked_each_minute_reads_no_whole_table(database: Database, name: str) -> None:
    with database.read() as connection:
        assert not whole_reads(connection, ASKED[name], "posts|effects|approvals|model_calls")


def test_the_spend_of_a_week_reads_that_brand_alone(database: Database) -> None:
    assert ModelCalls(database).spend(BRAND, NOW - timedelta(days=7), NOW) == 0
    from marketing_pipeline.store.model_calls import _spent  # pyright: ignore[reportPrivateUsage]

    with database.read() as connection:
        assert not whole_reads(
            connection, lambda each: _spent(each, BRAND, NOW - timedelta(days=7), NOW), "model_calls"
        )


READINGS: dict[str, tuple[Select[Any], str]] = {
    "of all": (to_be_read(NOW), "ix_posts_insights_due_at"),
    "of one brand": (to_be_read(NOW, BRAND), "ix_posts_brand_insights_due_at"),
    "first of all": (UNMEASURED, "ix_posts_insights_due_at"),
}


def test_posts_that_are_measured_to_the_end_are_not_visited(database: Database, small_brands: dict[str, Brand]) -> None:
    """On a long history: an index on their state, or on their brand alone, would find every one of them."""
    record_week(database, small_brands[BRAND], AuditNotes(), posts=1)
    with database.write() as connection:
        [post] = connection.execute(select(posts)).mappings()
        measured = {"state": "published", "media_id": "1", "published_at": NOW - timedelta(days=90)}
        copies = [{**post, **measured, "id": f"post-{number}", "position": number} for number in range(2, 600)]
        connection.execute(insert(posts), copies)
        server = connection.dialect.name == "postgresql"
        if server:  # it counts its rows by itself, in time; SQLite is never asked to
            connection.execute(text("ANALYZE posts"))
        for name, (wanted, index) in READINGS.items():
            asked = wanted.compile(connection, compile_kwargs={"literal_binds": True})
            plan = connection.exec_driver_sql(f"{'EXPLAIN' if server else 'EXPLAIN QUERY PLAN'} {asked}").all()
            told = " ".join(str(step[-1]) for step in plan)
            assert re.search(rf"\b{index}\b", told), (name, told)


def test_a_whole_read_is_seen(database: Database) -> None:
    """The mirror of all these: without it a plan that is written otherwise would pass for a good one."""
    with database.read() as connection:
        wanted = select(posts.c.id).where(posts.c.topic == "tea")
        assert whole_reads(connection, lambda each: each.execute(wanted).all(), "posts")
