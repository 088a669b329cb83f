"""The views behind quality, cost and approvals, against rows computed by hand."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import delete, update

from marketing_pipeline.store import tables
from marketing_pipeline.store.projections import project
from marketing_pipeline_tests.store.warehouse_history import FIRST, NOW, TeaRoom, busy_tea_room
from marketing_pipeline_tests.store.warehouse_weeks import put

WEEK = FIRST.key
POSTS = [f"tea_room-{WEEK}-{position:02d}" for position in range(1, 6)]
ASKED = NOW - timedelta(days=40)


@pytest.fixture
def room(tmp_path: Path) -> TeaRoom:
    return busy_tea_room(tmp_path / "home")


def rows(room: TeaRoom, sql: str) -> list[tuple[Any, ...]]:
    """The rows of a query, on a warehouse that knows the newest of the control plane."""
    project(room.database, room.warehouse)
    with room.warehouse.read() as connection:
        return connection.execute(sql).fetchall()


def _creatives(room: TeaRoom, post: str, attempts: list[bool], *, round: int = 1, made: datetime = ASKED) -> None:
    """Attempts at a creative of one round, by whether each meets the bar; the last is kept."""
    with room.database.write() as connection:
        for attempt, meets_bar in enumerate(attempts, 1):
            put(
                connection,
                tables.creatives,
                id=f"{post}-r{round}-{attempt}",
                post=post,
                round=round,
                attempt=attempt,
                score=0.5,
                **{name: [] for name in ("brief", "media", "text_runs", "checks", "reasons")},
                meets_bar=meets_bar,
                chosen=attempt == len(attempts),
                perceptual_hash="0" * 64,
                picture_source="procedural",
                created_at=made,
                updated_at=NOW,
            )


def _without_creatives(room: TeaRoom) -> None:
    with room.database.write() as connection:
        connection.execute(delete(tables.evaluations))
        connection.execute(delete(tables.creatives))


def _verdict(room: TeaRoom, creative: str, criterion: str, level: str) -> None:
    with room.database.write() as connection:
        put(
            connection,
            tables.evaluations,
            id=f"{creative}-{criterion}",
            creative=creative,
            post=creative.split("-r")[0],
            criterion=criterion,
            level=level,
            reason="as seen",
            defect="",
            evaluator="claude-sonnet-5",
            created_at=NOW,
        )


def test_evaluation_weekly_counts_first_passes_attempts_and_levels(room: TeaRoom) -> None:
    _without_creatives(room)
    _creatives(room, POSTS[0], [True])
    _creatives(room, POSTS[1], [False, True])
    _creatives(room, POSTS[2], [False, False, False])
    _creatives(room, POSTS[2], [True], round=2)
    for criterion, level in (("craft", "good"), ("legibility", "good"), ("brand_fit", "poor")):
        _verdict(room, f"{POSTS[0]}-r1-1", criterion, level)
    _verdict(room, f"{POSTS[1]}-r1-2", "craft", "cannot_tell")
    # Four designs, of which two at once, in 1 + 2 + 3 + 1 attempts; three met the bar; four verdicts.
    assert rows(room, "FROM evaluation_weekly") == [
        ("tea_room", WEEK, 4, 0.5, 1.75, 0.75, 4, 0.5, 0.0, 0.25, 0.25),
    ]


def test_evaluation_weekly_has_weeks_that_nobody_judged(room: TeaRoom) -> None:
    _without_creatives(room)
    _creatives(room, POSTS[0], [False])
    assert rows(room, "SELECT designs, first_pass_rate, verdicts, share_good FROM evaluation_weekly") == [
        (1, 0.0, 0, None)
    ]


def test_cost_by_post_adds_calls_and_pictures_and_counts_what_is_not_known(room: TeaRoom) -> None:
    with room.database.write() as connection:
        calls = [f"tea_room-{WEEK}-copywriter-{number}" for number in (1, 2, 3)]
        for call, cost in zip(calls, (1_000, 2_500, None), strict=True):
            values = {"post": POSTS[0], "cost_micros": cost, "updated_at": NOW}
            connection.execute(update(tables.model_calls).where(tables.model_calls.c.id == call).values(**values))
        for number, (post, cost) in enumerate(((POSTS[0], 40_000), (POSTS[1], None))):
            put(
                connection,
                tables.image_jobs,
                id=f"job{number}",
                post=post,
                provider="x",
                prompt="tea",
                state="done",
                cost_micros=cost,
                created_at=NOW,
                updated_at=NOW,
            )
    assert rows(room, "FROM cost_by_post ORDER BY post") == [
        (POSTS[0], "tea_room", WEEK, 3, 3_500, 1, 1, 40_000, 0, 43_500),
        (POSTS[1], "tea_room", WEEK, 0, None, 0, 1, None, 1, None),
    ]


def test_cost_by_agent_has_micros_and_the_slowest_answers(room: TeaRoom) -> None:
    with room.database.write() as connection:
        for number, latency in enumerate((1_000, 2_000, 3_000), 1):
            call = tables.model_calls.c.id == f"tea_room-{WEEK}-evaluator-{number}"
            values = {"cost_micros": 10 * number, "latency_ms": latency, "updated_at": NOW}
            connection.execute(update(tables.model_calls).where(call).values(**values))
    [row] = rows(
        room,
        "SELECT cost_micros, cost_usd, median_latency_s, p95_latency_s FROM model_cost_by_agent"
        f" WHERE agent = 'evaluator' AND week = '{WEEK}'",
    )
    assert row == pytest.approx((60, 0.00006, 2.0, 2.9))


def _decide(room: TeaRoom, request: str, subject: str, *steps: Mapping[str, Any], kind: str = "publish_post") -> None:
    """A request and its rows; each step says what differs: decision, hours after it was asked, actor, source."""
    with room.database.write() as connection:
        asked: Mapping[str, Any] = {"decision": "requested", "hours": 0}
        for sequence, step in enumerate((asked, *steps), 1):
            put(
                connection,
                tables.approvals,
                id=request,
                sequence=sequence,
                kind=kind,
                subject=subject,
                brand="tea_room",
                fingerprint="c" * 64,
                decision=step["decision"],
                actor=step.get("actor", "ana"),
                source=step.get("source", "console"),
                note=step.get("note", ""),
                decided_at=ASKED + timedelta(hours=step["hours"]),
                expires_at=ASKED + timedelta(days=2),
                signature="x",
            )


def test_approvals_story_tells_who_decided_and_how_soon(room: TeaRoom) -> None:
    approve, used = {"decision": "approve", "hours": 6, "note": "fine"}, {"decision": "used", "hours": 9}
    _decide(room, "a", POSTS[0], approve, used)
    _decide(room, "b", POSTS[1])
    _decide(room, "c", "change-1", {"decision": "approve", "hours": 0, "source": "policy"}, kind="set_budget")
    _decide(room, "d", POSTS[2], {"decision": "reject", "hours": 1.5, "actor": "bo"}, {**approve, "hours": 50})
    _decide(room, "e", POSTS[3], approve, {"decision": "revoke", "hours": 8, "actor": "bo"})
    assert rows(
        room,
        "SELECT id, kind, decision, decided_by, by_a_person, hours_to_decide, last_decision, revoked_at IS NOT NULL,"
        " used_at IS NOT NULL FROM approvals_story WHERE length(id) = 1 ORDER BY id",
    ) == [
        ("a", "publish_post", "approve", "ana", True, 6.0, "used", False, True),
        ("b", "publish_post", None, None, None, None, "requested", False, False),
        ("c", "set_budget", "approve", "ana", False, 0.0, "approve", False, False),
        ("d", "publish_post", "reject", "bo", True, 1.5, "approve", False, False),
        ("e", "publish_post", "approve", "ana", True, 6.0, "revoke", True, False),
    ]


def test_human_agreement_compares_people_with_the_bar(room: TeaRoom) -> None:
    _without_creatives(room)
    yes, no = {"decision": "approve", "hours": 1}, {"decision": "reject", "hours": 1}
    plan = ((True, yes), (False, no), (True, no), (False, yes))
    for number, (meets_bar, decision) in enumerate(plan):
        _creatives(room, POSTS[number], [False, meets_bar])
        _decide(room, f"by-{number}", POSTS[number], decision)
    # What the policy or the system says is no person's word, and an ad change has no creative.
    _decide(room, "by-policy", POSTS[0], {**yes, "source": "policy"})
    _decide(room, "by-system", POSTS[0], {**no, "source": "system"})
    _decide(room, "ad", POSTS[0], yes, kind="set_budget")
    assert rows(room, "FROM human_agreement") == [("tea_room", WEEK, 4, 1, 1, 1, 1, 0.5)]


def test_human_agreement_looks_at_the_picture_that_stood_then(room: TeaRoom) -> None:
    _without_creatives(room)
    _creatives(room, POSTS[0], [False])
    _decide(room, "first", POSTS[0], {"decision": "reject", "hours": 1})
    _creatives(room, POSTS[0], [True], round=2, made=ASKED + timedelta(hours=2))
    _decide(room, "second", POSTS[0], {"decision": "approve", "hours": 3})
    assert rows(room, "SELECT decisions, both_yes, both_no FROM human_agreement") == [(2, 1, 1)]
