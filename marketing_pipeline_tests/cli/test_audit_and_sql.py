"""`marketing audit verify` and `marketing sql`."""

import json

import pytest

from marketing_pipeline_tests.cli.command_line import Run, row
from marketing_pipeline_tests.cli.office import FIRST, REQUEST, Office
from marketing_pipeline_tests.cli.test_doctor import tamper


def test_a_whole_chain(office: Office, run: Run) -> None:
    office.published()
    said = run("audit", "verify")
    assert (said.code, "The audit log is whole" in said.out) == (0, True)


@pytest.mark.parametrize(
    ("statement", "problem"),
    [
        ("UPDATE audit_log SET actor = 'mallory' WHERE sequence = 3", "Row 3 is not as it was written."),
        ("DELETE FROM audit_log WHERE sequence = 2", "Row 2 is missing; row 3 follows row 1."),
    ],
)
def test_the_first_bad_row_is_named(office: Office, run: Run, statement: str, problem: str) -> None:
    office.published()
    tamper(office, statement)
    said = run("audit", "verify")
    assert said.code == 1
    assert problem in said.err and "marketing pause" in said.err


CUT = "DELETE FROM audit_log WHERE sequence > 2"


@pytest.mark.parametrize(
    "decision",
    [
        ("pause", "--note", "wrong prices"),
        ("posts", "hold", FIRST),
        ("posts", "cancel", FIRST, "--yes"),
        ("approvals", "approve", REQUEST),
        ("approvals", "reject", REQUEST, "--note", "too dark", "--yes"),
        pytest.param(("approvals", "approve", REQUEST, "--fingerprint", "another"), id="a refused decision"),
    ],
    ids=" ".join,
)
def test_what_a_person_decides_is_anchored_so_a_cut_tail_shows(
    office: Office, run: Run, decision: tuple[str, ...]
) -> None:
    office.awaiting()
    run(*decision)
    assert run("audit", "verify").code == 0
    tamper(office, CUT)
    said = run("audit", "verify")
    assert said.code == 1 and "the tail is cut" in said.err
    assert "the tail is cut" in row(run("doctor", "--json"), "audit log")["detail"]


def test_what_a_drain_did_is_anchored(office: Office, run: Run) -> None:
    office.awaiting()
    office.work.home.sandbox.mkdir()
    (office.work.home.sandbox / "url").write_text("http://127.0.0.1:9", encoding="utf-8")
    office.work.drain("a worker")
    tamper(office, CUT)
    assert "the tail is cut" in run("audit", "verify").err


def test_a_damaged_anchor_is_told_and_never_keeps_a_pause_from_counting(office: Office, run: Run) -> None:
    office.work.home.audit_anchor.write_text("not an anchor\n", encoding="utf-8")
    said = run("pause")
    assert said.code == 0 and "warning" in said.err and "Restore it from its copy" in said.err
    with office.work.database.read() as connection:
        assert office.work.holds.active(connection)
    assert "cannot be trusted" in run("audit", "verify").err


@pytest.mark.usefixtures("published")
def test_a_query_as_json(run: Run) -> None:
    said = run(
        "sql", "SELECT id, state, published_at, 1.5 AS half, 'nan'::DOUBLE AS none FROM posts ORDER BY id", "--json"
    )
    assert said.code == 0, said.err
    assert said.json[0] == {
        "id": FIRST,
        "state": "published",
        "published_at": "2026-11-17T18:30:00Z",
        "half": 1.5,
        "none": None,
    }


@pytest.mark.usefixtures("published")
def test_a_query_as_a_table(run: Run) -> None:
    said = run("sql", "SELECT id, state FROM posts ORDER BY id")
    assert FIRST in said.out and "published" in said.out
    assert "SHOW TABLES" in run("sql", "SELECT id FROM posts WHERE false").out
    assert json.loads(run("sql", "SELECT id FROM posts WHERE false", "--json").out) == []


@pytest.mark.usefixtures("published")
def test_what_is_too_wide_for_a_table_is_shown_row_by_row(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "100")
    lines = [
        line.split()
        for line in run("sql", "SELECT *, NULL AS no_value, '' AS blank FROM post_results").out.splitlines()
    ]
    assert lines[0] == ["row", "1"]
    assert ["post", FIRST] in lines and ["no_value", "–"] in lines and ["blank"] in lines


def test_an_id_is_not_broken_where_half_of_the_screen_is_left(
    office: Office, run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    office.failed()
    monkeypatch.setenv("COLUMNS", str(2 * len(FIRST)))
    assert FIRST in run("posts", "list").out
    monkeypatch.setenv("COLUMNS", str(2 * len(FIRST) - 1))
    assert FIRST not in run("posts", "list").out


@pytest.mark.usefixtures("published")
def test_a_result_that_was_cut_says_so(run: Run) -> None:
    said = run("sql", "SELECT id FROM posts", "--limit", "1", "--json")
    assert len(said.json) == 1
    assert "raise --limit" in said.err


@pytest.mark.parametrize(
    ("query", "reason", "mend"),
    [
        ("DELETE FROM posts", "This is DELETE", "Write a single SELECT"),
        ("SELECT 1; SELECT 2", "not one query", "Write a single SELECT"),
        ("SELECT * FROM nowhere", "nowhere does not exist", "docs/data.md"),
        ("SELECT * FROM read_text('/etc/passwd')", "read the snapshot and nothing else", "notebook"),
        ("SELEC", "syntax error", "docs/data.md"),
    ],
)
@pytest.mark.usefixtures("published")
def test_sql_refuses(run: Run, query: str, reason: str, mend: str) -> None:
    said = run("sql", query)
    assert said.code == 1
    assert reason in said.words and mend in said.words
    assert "Traceback" not in said.err


def test_sql_before_the_first_snapshot(office: Office, run: Run) -> None:
    said = run("sql", "SELECT 1")
    assert (said.code, "no published snapshot" in said.err) == (1, True)
