"""`--trace`: from a post or an ad change to its model calls, pictures, decisions, calls, runs and audit rows."""

import json
from collections.abc import Generator
from contextlib import contextmanager
from datetime import date, timedelta
from typing import Any

import pytest
from sqlalchemy import event, text

from marketing_pipeline.domain.identifiers import ModelCallId
from marketing_pipeline.domain.log_context import about
from marketing_pipeline.domain.model_call import CallOutcome, CallSubject, ModelCall, TokenUse
from marketing_pipeline.store.image_jobs import finish_job, image_job_id, open_job
from marketing_pipeline.store.model_calls import ModelCalls
from marketing_pipeline.store.trace_of_post import trace_of_post
from marketing_pipeline_tests.cli.command_line import Run
from marketing_pipeline_tests.cli.office import BRAND, EFFECT, FIRST, REQUEST, SECOND, Office
from marketing_pipeline_tests.execution.ad_desk import AdDesk

WEEK = "2026-11-16"
PLANNING, MAKING = "11111111-aaaa", "22222222-bbbb"


def _call(office: Office, number: int, agent: str, run: str | None, post: str | None = None, week: str = WEEK) -> None:
    calls, now = ModelCalls(office.work.database), office.now
    opened = ModelCall(
        id=ModelCallId(f"call-{number}"),
        subject=CallSubject(brand=BRAND, week=week, post=post),
        agent=agent,
        attempt=1,
        provider="sandbox",
        model="claude-sonnet-5-5",
        prompt=f"{agent}.md",
        prompt_sha256="a" * 64,
        schema_sha256="b" * 64,
        run=run,
        started_at=now,
        outcome=CallOutcome.IN_FLIGHT,
        reserved_micros=1_000,
    )
    calls.open_call(opened, 10**9, now - timedelta(days=1), now + timedelta(days=6))
    ended: dict[str, Any] = {
        "outcome": CallOutcome.OK,
        "cost_micros": 4_000,
        "price_as_of": date(2026, 11, 1),
        "use": TokenUse(input=10, cache_read=30, output=40),
        "request_id": f"req_{number}",
    }
    calls.close_call(opened.model_copy(update=ended))


@pytest.fixture
def published(office: Office) -> Office:
    """A live post with everything that led to it, and calls that have nothing to do with it."""
    _call(office, 1, "strategist", PLANNING)
    _call(office, 2, "copywriter", MAKING, FIRST)
    _call(office, 3, "copywriter", MAKING, SECOND)
    _call(office, 4, "strategist", PLANNING, week="2026-11-09")
    _call(office, 5, "ads_analyst", PLANNING)
    with about(run=MAKING):
        job = open_job(office.work.database, image_job_id(FIRST, 1, 1, "leaves"), FIRST, "openai:x", "leaves").id
        finish_job(office.work.database, job, "c" * 64, 40_000)  # type: ignore[arg-type]
    office.published()
    return office


def test_the_timeline_of_a_post_names_every_row_that_belongs_to_it(published: Office, run: Run) -> None:
    rows = run("posts", "show", FIRST, "--trace", "--json").json
    by_kind = {kind: [row for row in rows if row["kind"] == kind] for kind in {row["kind"] for row in rows}}
    assert {kind: len(found) for kind, found in by_kind.items() if kind != "audit"} == {
        "run": 3,
        "model_call": 2,
        "image_job": 1,
        "variation": 3,
        "creative": 1,
        "evaluation": 1,
        "approval": 3,
        "effect": 1,
        "attempt": 1,
        "insight": 1,
    }
    assert [row["at"] for row in rows] == sorted(row["at"] for row in rows)
    assert {row["id"] for row in by_kind["run"]} == {PLANNING, MAKING, "a worker"}
    [planned, written] = by_kind["model_call"]
    assert (planned["id"], planned["run"]) == ("call-1", PLANNING)
    assert written["facts"] == {
        "agent": "copywriter",
        "model": "claude-sonnet-5-5",
        "provider": "sandbox",
        "attempt": 1,
        "outcome": "ok",
        "input_tokens": 10,
        "cache_read_tokens": 30,
        "cache_write_tokens": 0,
        "output_tokens": 40,
        "cost_micros": 4_000,
        "images": 0,
        "request_id": "req_2",
        "prompt": "copywriter.md",
        "prompt_sha256": "a" * 64,
    }
    assert by_kind["image_job"][0]["run"] == MAKING
    assert by_kind["attempt"][0]["facts"]["outcome"] == "succeeded"
    subjects = {row["facts"]["subject"] for row in by_kind["audit"]}
    assert {FIRST, EFFECT, REQUEST} <= subjects
    assert not [row for row in rows if SECOND in json.dumps(row)]


def test_the_timeline_as_people_read_it(published: Office, run: Run) -> None:
    said = run("posts", "show", FIRST, "--trace")
    assert said.code == 0
    for words in ("request req_2", "copywriter: ok, claude-sonnet-5-5, 40 + 40 tokens", "call 1 went out: succeeded"):
        assert words in said.words
    assert "0.0480 USD" in said.words
    assert "Runs have addresses while `marketing up` serves them." in said.words


def test_runs_have_an_address_while_dagster_is_served(published: Office, run: Run) -> None:
    lock = published.work.home.root / "up.lock"
    lock.write_text(json.dumps({"pid": 1, "address": "http://127.0.0.1:3000"}), encoding="utf-8")
    assert f"http://127.0.0.1:3000/runs/{MAKING}" in run("posts", "show", FIRST, "--trace").out
    [made] = [row for row in run("posts", "show", FIRST, "--trace", "--json").json if row["id"] == "call-2"]
    assert made["address"] == f"http://127.0.0.1:3000/runs/{MAKING}"
    lock.write_text("", encoding="utf-8")
    assert "/runs/" not in run("posts", "show", FIRST, "--trace").out


def test_a_post_that_is_not_there(office: Office, run: Run) -> None:
    said = run("posts", "show", "nothing", "--trace")
    assert said.code == 1 and "Traceback" not in said.err


def test_no_table_is_read_whole(published: Office) -> None:
    """An audit log of a million rows, or a year of calls, costs a trace nothing."""
    with published.work.database.read() as connection, _statements(connection) as asked:
        assert trace_of_post(connection, published.post())
    assert 8 < len(asked) < 15
    with published.work.database.read() as connection:
        for statement, parameters in asked:
            plan = connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {statement}", parameters).all()
            assert not [row.detail for row in plan if row.detail.startswith("SCAN")], (statement, plan)
        assert connection.scalar(text("SELECT count(*) FROM audit_log")) > 5


@contextmanager
def _statements(connection: Any) -> Generator[list[tuple[str, Any]]]:
    asked: list[tuple[str, Any]] = []

    def note(_connection: Any, _cursor: Any, statement: str, parameters: Any, *_: Any) -> None:
        asked.append((statement, parameters))

    event.listen(connection, "before_cursor_execute", note)
    yield asked
    event.remove(connection, "before_cursor_execute", note)


def test_the_timeline_of_an_ad_change(desk: AdDesk, office: Office, run: Run) -> None:
    _call(office, 1, "ads_analyst", PLANNING)
    office.work.clock.sleep(60)
    _call(office, 2, "ads_analyst", MAKING)
    _call(office, 3, "ads_analyst", MAKING)
    _call(office, 4, "copywriter", MAKING)
    office.work.clock.sleep(60)
    change = desk.approved()
    desk.executor().apply(change.id)
    office.work.clock.sleep(60)
    _call(office, 5, "ads_analyst", MAKING)
    rows = run("ads", "show", change.id, "--trace", "--json").json
    assert [row["id"] for row in rows if row["kind"] == "model_call"] == ["call-2", "call-3"]
    assert [row["what"] for row in rows if row["kind"] == "ad_change"][-1] == "read back as applied"
    assert {row["kind"] for row in rows} == {
        "run", "model_call", "ad_change", "approval", "effect", "attempt", "audit"
    }  # fmt: skip
    assert [row["run"] for row in rows if row["kind"] == "attempt"] == ["test run"]
    assert "call 1 went out: succeeded" in run("ads", "show", change.id, "--trace").words
