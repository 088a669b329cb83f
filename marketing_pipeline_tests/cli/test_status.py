"""`marketing status`: well or not, and what a person has to do, in one screen."""

from datetime import timedelta

import pytest

from marketing_pipeline.cli.dagster_home import prepare_dagster_home
from marketing_pipeline.domain.clock import SystemClock
from marketing_pipeline.domain.evaluation import Level
from marketing_pipeline.domain.heartbeat import ServerKind
from marketing_pipeline.domain.identifiers import ModelCallId
from marketing_pipeline.domain.model_call import CallOutcome, CallSubject, ModelCall
from marketing_pipeline.store.heartbeats import Heartbeats
from marketing_pipeline.store.model_calls import ModelCalls
from marketing_pipeline.workplace import Workplace
from marketing_pipeline_tests.cli.command_line import Run
from marketing_pipeline_tests.cli.office import BRAND, EFFECT, FIRST, REQUEST, SECOND, Office, write_brand
from marketing_pipeline_tests.sandbox.tea_room import ACCOUNT

KEYS = {"kind", "ok", "brand", "subject", "at", "detail", "mend"}


def spend(office: Office, micros: int) -> None:
    """One model call of this week that cost so much."""
    call = ModelCall(
        id=ModelCallId("c1"),
        subject=CallSubject(brand=BRAND, week="2026-11-16"),
        agent="copywriter",
        attempt=1,
        provider="sandbox",
        model="a-model",
        prompt="copywriter.md",
        prompt_sha256="0" * 64,
        schema_sha256="0" * 64,
        outcome=CallOutcome.IN_FLIGHT,
        reserved_micros=micros,
        started_at=office.now,
    )
    ModelCalls(office.work.database).open_call(call, 10**9, office.now, office.now + timedelta(days=1))


def test_the_json_has_exactly_the_promised_keys(office: Office, run: Run) -> None:
    office.queued()
    said = run("status", "--json")
    assert said.code == 0
    assert set(said.json) == {"healthy", "rows"}
    assert said.json["healthy"] is True
    assert all(set(row) == KEYS for row in said.json["rows"])
    assert [row["kind"] for row in said.json["rows"]] == ["next", "published", "spend", "last_act"]
    assert said.json["rows"][0] == {
        "kind": "next",
        "ok": True,
        "brand": BRAND,
        "subject": EFFECT,
        "at": "2026-11-17T18:30:00Z",
        "detail": f"publishes {FIRST}",
        "mend": "",
    }


@pytest.mark.parametrize(
    ("way", "kind", "ok", "subject", "mend"),
    [
        ("awaiting", "below_bar", True, FIRST, f"marketing approvals show {REQUEST}"),
        ("failed", "failed", False, FIRST, f"marketing posts retry {FIRST}"),
        ("missed", "missed", False, FIRST, f"marketing posts retry {FIRST}"),
        ("parked", "parked", False, EFFECT, f"marketing effects resolve {EFFECT}"),
    ],
)
def test_what_needs_a_person(office: Office, run: Run, way: str, kind: str, ok: bool, subject: str, mend: str) -> None:
    getattr(office, way)()
    said = run("status", "--json")
    [row] = [row for row in said.json["rows"] if row["kind"] == kind]
    assert (row["ok"], row["subject"]) == (ok, subject)
    assert mend in row["mend"]
    assert (said.code, said.json["healthy"]) == ((0, True) if ok else (1, False))


def kinds(run: Run, *words: str) -> dict[str, bool]:
    """Whether each kind of line is well."""
    return {row["kind"]: row["ok"] for row in run("status", "--json", *words).json["rows"]}


def test_a_request_above_the_bar_is_an_approval(office: Office, run: Run) -> None:
    write_brand(office.work.settings.brands, policies={"content_approval": "all"})
    Office(office.work).queued()
    assert kinds(run)["approval"] is True


def test_a_post_that_nobody_is_asked_about_is_undecided(office: Office, run: Run) -> None:
    office.queued()
    run("approvals", "revoke", REQUEST, "--note", "wrong price", "--yes")
    said = run("status", "--json")
    [row] = [row for row in said.json["rows"] if row["kind"] == "undecided"]
    assert (said.code, "marketing posts reschedule" in row["mend"]) == (0, True)


@pytest.mark.parametrize(("minutes", "kind", "ok"), [(0, "due", True), (14, "due", True), (15, "stuck", False)])
def test_what_is_due_for_long_is_stuck(office: Office, run: Run, minutes: int, kind: str, ok: bool) -> None:
    office.step_to(office.queued().due_at + timedelta(minutes=minutes))
    shown = kinds(run)
    assert shown.get(kind) is ok
    assert ("stuck" in shown) is (kind == "stuck")


def test_what_a_worker_left_is_stuck(office: Office, run: Run) -> None:
    office.step_to(office.sending().due_at + timedelta(minutes=30))
    said = run("status")
    assert said.code == 1
    assert "was left by its worker" in said.out and "marketing up" in said.out


def test_what_is_paused_is_not_stuck_and_the_pause_is_shown(office: Office, run: Run) -> None:
    office.step_to(office.queued().due_at + timedelta(hours=1))
    run("pause", "--note", "a storm")
    said = run("status", "--json")
    assert said.code == 0
    [row] = [row for row in said.json["rows"] if row["kind"] == "hold"]
    assert (row["detail"], row["mend"]) == ("everything paused by ana (a storm)", "`marketing resume`")
    assert "Nothing is broken, but effects are paused." in run("status").out


def test_a_pause_and_a_daemon_that_does_not_run_stand_on_top(office: Office, run: Run) -> None:
    office.failed()
    run("pause", "--note", "a storm")
    prepare_dagster_home(office.work.settings)
    rows = run("status", "--json").json["rows"]
    assert [row["kind"] for row in rows][:3] == ["hold", "daemon", "failed"]
    assert (rows[1]["ok"], rows[1]["mend"]) == (True, "`marketing up`"), "nothing waits for it"


def test_a_daemon_that_something_waits_for(office: Office, run: Run) -> None:
    office.queued()
    prepare_dagster_home(office.work.settings)
    assert kinds(run)["daemon"] is False
    assert "effects that wait for it: 1" in run("status").words
    Heartbeats(office.work.database, SystemClock()).beat("code location", ServerKind.CODE_LOCATION, 60)
    assert "daemon" not in kinds(run)


def test_a_held_post_is_shown(office: Office, run: Run) -> None:
    office.queued()
    run("posts", "hold", FIRST, "--note", "ask first")
    said = run("status", "--json")
    assert "held: ask first" in [row["detail"] for row in said.json["rows"] if row["kind"] == "hold"]
    assert f"publishes {FIRST} (held)" in [row["detail"] for row in said.json["rows"]]


@pytest.mark.parametrize(("begun", "ok"), [(False, True), (True, False)])
def test_a_slot_that_passed_before_its_post_was_made(office: Office, run: Run, begun: bool, ok: bool) -> None:
    office.planned(1)
    if begun:
        office.designed()
    office.step_to(office.post().scheduled_at + timedelta(minutes=1))
    assert kinds(run)["behind"] is ok
    assert ("Nothing is broken, but 1 post was not made in time." in run("status").out) is ok


def test_effects_that_a_restore_blocked_are_not_well(office: Office, run: Run) -> None:
    office.queued()
    with office.work.database.write() as connection:
        office.work.plane.reconciliations.begin(connection, reason="restored from monday", actor="ana")
    said = run("status", "--json")
    [row] = [row for row in said.json["rows"] if row["kind"] == "hold"]
    assert (said.code, row["ok"], row["mend"]) == (1, False, "`marketing reconcile`")
    assert row["detail"].endswith("restored from monday")


def test_missed_posts_of_a_brand_that_skips_them_are_no_trouble(office: Office, run: Run) -> None:
    posting = office.brand.posting.model_dump(mode="json") | {"late_policy": "skip"}
    write_brand(office.work.settings.brands, posting=posting)
    with Workplace.open(office.work.settings) as work:
        Office(work).missed()
    assert run("status").code == 0
    assert "missed" not in kinds(run)
    assert "skipped, as the brand's policy says" in run("posts", "show", FIRST).words


@pytest.mark.parametrize(("micros", "ok"), [(18_900_000, True), (19_100_000, False)])
def test_money_that_is_nearly_spent(office: Office, run: Run, micros: int, ok: bool) -> None:
    office.planned()
    spend(office, micros)
    said = run("status", "--json")
    [row] = [row for row in said.json["rows"] if row["kind"] == "spend"]
    assert (row["ok"], row["detail"]) == (ok, f"{micros / 1e6:.2f} of 20.00 USD on models this week")
    assert bool(row["mend"]) is not ok


def test_what_is_out_this_week_is_counted(office: Office, run: Run) -> None:
    office.published()
    said = run("status")
    assert "1 of 2 posts of the week are out" in said.out
    assert "All is well." in said.out


def test_a_snapshot_is_named(office: Office, run: Run) -> None:
    office.published()
    name = office.work.refresh_warehouse()
    [row] = [row for row in run("status", "--json").json["rows"] if row["kind"] == "snapshot"]
    assert row["subject"] == name


def test_a_broken_brand_is_one_line_and_hides_no_other(office: Office, run: Run) -> None:
    office.queued()
    (office.work.settings.brands / "bakery").mkdir()
    (office.work.settings.brands / "bakery" / "brand.yaml").write_text("name: [", encoding="utf-8")
    said = run("status", "--json")
    assert (said.code, said.json["healthy"]) == (1, False)
    [row] = [row for row in said.json["rows"] if row["kind"] == "brand"]
    assert (row["brand"], row["ok"], "brand.yaml" in row["detail"]) == ("bakery", False, True)
    assert "next" in [row["kind"] for row in said.json["rows"]]
    assert run("status", "--brand", BRAND).code == 0


def test_one_brand_alone(office: Office, run: Run) -> None:
    office.failed()
    write_brand(office.work.settings.brands)
    other = office.work.settings.brands / "bakery"
    other.mkdir()
    text = (office.work.settings.brands / BRAND / "brand.yaml").read_text(encoding="utf-8")
    (other / "brand.yaml").write_text(
        text.replace('"tea_room"', '"bakery"').replace(ACCOUNT, "1784155555"), encoding="utf-8"
    )
    assert run("status", "--brand", "bakery").code == 0
    assert run("status", "--brand", BRAND).code == 1


def test_an_unknown_brand_is_refused(office: Office, run: Run) -> None:
    said = run("status", "--brand", "nobody")
    assert (said.code, "There is no brand 'nobody'" in said.err) == (1, True)


def test_before_anything_happened_it_says_how_to_begin(office: Office, run: Run) -> None:
    said = run("status")
    assert said.code == 0
    assert "this week is not planned" in said.out and "marketing demo" in said.out


def test_two_below_the_bar_are_two_lines(office: Office, run: Run) -> None:
    office.awaiting()
    office.queued(SECOND, Level.POOR)
    said = run("status", "--json")
    assert [row["subject"] for row in said.json["rows"] if row["kind"] == "below_bar"] == [FIRST, SECOND]
