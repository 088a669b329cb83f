"""`marketing approvals`: what is shown, what a decision does, and every way in which it is refused."""

from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import update

from marketing_pipeline.domain.approval import ApprovalState, Decision
from marketing_pipeline.domain.effect import EffectState
from marketing_pipeline.domain.identifiers import ApprovalId
from marketing_pipeline.domain.post import PostState
from marketing_pipeline.store.tables import approvals
from marketing_pipeline_tests.cli.command_line import Run
from marketing_pipeline_tests.cli.keyboard import Keyboard
from marketing_pipeline_tests.cli.office import BRAND, EFFECT, FIRST, REQUEST, SECOND, Office, state_of, write_brand
from marketing_pipeline_tests.store.tampering import take_away_the_guards

LISTED = {"id", "kind", "brand", "state", "fingerprint", "expires_at", "subject", "why"}
NOTE = ("--note", "seen")
ACT = {"approve": NOTE, "reject": (*NOTE, "--yes"), "revoke": (*NOTE, "--yes")}


def last_row(office: Office) -> tuple[Decision, str, str, str]:
    """What was decided last: decision, who, by way of, note."""
    with office.work.database.read() as connection:
        row = office.work.approvals.rows_of(connection, ApprovalId(REQUEST))[-1]
    return row.decision, row.actor, row.source, row.note


def test_the_list_has_exactly_the_promised_keys(office: Office, run: Run) -> None:
    effect = office.awaiting()
    said = run("approvals", "list", "--json")
    assert said.code == 0
    assert [set(request) for request in said.json] == [LISTED]
    assert said.json == [
        {
            "id": REQUEST,
            "kind": "publish_post",
            "brand": "tea_room",
            "state": "pending",
            "fingerprint": effect.fingerprint,
            "expires_at": "2026-11-24T18:30:00Z",
            "subject": FIRST,
            "why": "the creative is below the brand's quality bar",
        }
    ]


@pytest.mark.parametrize(
    ("words", "listed"),
    [
        ((), [REQUEST, f"{SECOND}-a1"]),
        (("--state", "pending"), [REQUEST]),
        (("--state", "approved"), [f"{SECOND}-a1"]),
        (("--state", "expired"), []),
        (("--brand", BRAND), [REQUEST, f"{SECOND}-a1"]),
    ],
)
def test_the_list_is_narrowed(office: Office, run: Run, words: tuple[str, ...], listed: list[str]) -> None:
    office.awaiting()
    office.queued(SECOND)
    assert [request["id"] for request in run("approvals", "list", "--json", *words).json] == listed


@pytest.mark.parametrize(
    ("words", "listed"),
    [((), [REQUEST]), (("--all",), [REQUEST, f"{SECOND}-a1"]), (("--state", "any"), [REQUEST, f"{SECOND}-a1"])],
)
def test_people_are_shown_what_waits_unless_they_ask_for_all(
    office: Office, run: Run, words: tuple[str, ...], listed: list[str]
) -> None:
    office.awaiting()
    office.queued(SECOND)
    said = run("approvals", "list", *words)
    assert [request for request in (REQUEST, f"{SECOND}-a1") if request in said.out] == listed
    assert ("decided by" in said.out, "note" in said.out) == (len(listed) > 1, len(listed) > 1)


def test_the_list_counts_what_waits(office: Office, run: Run) -> None:
    office.awaiting()
    said = run("approvals", "list")
    assert "below the brand's quality bar" in said.out
    assert "1 waits for a decision: marketing approvals show ID" in said.out


@pytest.mark.parametrize(
    ("words", "next_step"),
    [
        ((), "marketing status"),
        ((), "marketing approvals list --all"),
        (("--state", "pending"), "marketing status"),
        (("--all",), "marketing run week"),
        (("--state", "approved"), "marketing run week"),
    ],
)
def test_an_empty_list_says_what_to_do(office: Office, run: Run, words: tuple[str, ...], next_step: str) -> None:
    said = run("approvals", "list", *words)
    assert (said.code, next_step in said.out) == (0, True)


def test_show_has_what_is_decided_about(office: Office, run: Run) -> None:
    effect = office.awaiting()
    told = run("approvals", "show", REQUEST, "--json").json
    assert told["fingerprint"] == effect.fingerprint
    assert (told["state"], told["effect"], told["subject"]) == ("pending", EFFECT, FIRST)
    assert told["payload"]["caption"] == effect.payload.caption
    assert [Path(picture).is_file() for picture in told["pictures"]] == [True]
    assert told["why"] == "the creative is below the brand's quality bar"
    assert [(row["decision"], row["actor"]) for row in told["rows"]] == [("requested", "published_posts")]
    assert "signature" not in told["rows"][0]


def test_approve_shows_what_it_approves_and_queues_it(office: Office, run: Run) -> None:
    effect = office.awaiting()
    said = run("approvals", "approve", REQUEST, *NOTE)
    assert said.code == 0
    for words in ("What does steam smell of?", "A pot of tea on a pale table", ".jpg", effect.fingerprint):
        assert words in said.out
    assert "Approved by ana. It goes out Tue 17 Nov 2026 18:30 GMT." in said.out
    assert last_row(office) == (Decision.APPROVE, "ana", "cli", "seen")
    assert (office.effect().state, office.post().state) == (EffectState.QUEUED, PostState.SCHEDULED)


def test_approve_takes_the_fingerprint_that_was_seen(office: Office, run: Run) -> None:
    effect = office.awaiting()
    assert run("approvals", "approve", REQUEST, "--fingerprint", effect.fingerprint).code == 0


@pytest.mark.parametrize("given", ["0" * 64, "", "c91b"])
def test_approve_refuses_another_fingerprint(office: Office, run: Run, given: str) -> None:
    office.awaiting()
    said = run("approvals", "approve", REQUEST, "--fingerprint", given)
    assert said.code == 1
    assert "not about what you saw" in said.err and f"marketing approvals show {REQUEST}" in said.err
    assert state_of(office) is ApprovalState.PENDING


@pytest.mark.parametrize(("drop", "state"), [((), PostState.DRAFTED), (("--drop",), PostState.CANCELLED)])
def test_reject_sends_back_or_drops(office: Office, run: Run, drop: tuple[str, ...], state: PostState) -> None:
    office.awaiting()
    said = run("approvals", "reject", REQUEST, "--note", "too dark", "--yes", *drop)
    assert said.code == 0
    assert last_row(office) == (Decision.REJECT, "ana", "cli", "too dark")
    assert (office.effect().state, office.post().state, office.post().note) == (
        EffectState.CANCELLED,
        state,
        "too dark",
    )


def test_revoke_takes_back_what_was_not_sent(office: Office, run: Run) -> None:
    office.queued()
    said = run("approvals", "revoke", REQUEST, "--note", "offer ended", "--yes")
    assert said.code == 0
    assert last_row(office) == (Decision.REVOKE, "ana", "cli", "offer ended")
    assert (office.effect().state, office.post().state) == (EffectState.CANCELLED, PostState.NEEDS_HUMAN)


def test_a_revocation_that_comes_too_late_says_so(office: Office, run: Run) -> None:
    office.sending()
    said = run("approvals", "revoke", REQUEST, "--note", "offer ended", "--yes")
    assert said.code == 1
    assert "may be out already" in said.err and f"marketing effects show {EFFECT}" in said.err
    assert state_of(office) is ApprovalState.REVOKED


@pytest.mark.parametrize(("way", "act"), [("awaiting", "reject"), ("queued", "revoke")])
def test_what_cannot_be_undone_needs_a_yes(office: Office, run: Run, way: str, act: str) -> None:
    getattr(office, way)()
    before = state_of(office)
    said = run("approvals", act, REQUEST, *NOTE)
    assert said.code == 1
    assert "What does steam smell of?" in said.out
    assert "nobody is here to confirm it" in said.err and "--yes" in said.err
    assert state_of(office) is before


@pytest.mark.parametrize(("answer", "code", "state"), [("y", 0, "rejected"), ("n", 1, "pending"), ("", 1, "pending")])
def test_a_person_is_asked(
    office: Office, run: Run, monkeypatch: pytest.MonkeyPatch, answer: str, code: int, state: str
) -> None:
    office.awaiting()
    monkeypatch.setattr("sys.stdin", Keyboard(answer))
    assert run("approvals", "reject", REQUEST, *NOTE).code == code
    assert state_of(office) == state


@pytest.mark.parametrize(
    ("way", "act", "found", "next_step"),
    [
        ("queued", "approve", "is approved: approve does not apply", f"marketing approvals revoke {REQUEST}"),
        ("queued", "reject", "is approved: reject does not apply", f"marketing approvals revoke {REQUEST}"),
        ("awaiting", "revoke", "is pending: revoke does not apply", f"marketing approvals approve {REQUEST}"),
        ("published", "approve", "is used: approve does not apply", f"marketing posts show {FIRST}"),
        ("published", "reject", "is used: reject does not apply", f"marketing posts show {FIRST}"),
        ("published", "revoke", "is used: revoke does not apply", f"marketing posts show {FIRST}"),
    ],
)
def test_a_decision_that_does_not_apply_is_refused_with_the_next_step(
    office: Office, run: Run, way: str, act: str, found: str, next_step: str
) -> None:
    getattr(office, way)()
    before = state_of(office)
    said = run("approvals", act, REQUEST, *ACT[act])
    assert said.code == 1
    assert found in said.words and next_step in said.words
    assert state_of(office) is before


@pytest.mark.parametrize("act", ["approve", "reject"])
def test_a_request_that_lapsed_is_refused(office: Office, run: Run, act: str) -> None:
    office.step_to(office.awaiting().due_at + timedelta(days=8))
    said = run("approvals", act, REQUEST, *ACT[act])
    assert said.code == 1
    assert "is expired" in said.err


def test_a_forged_row_is_refused(office: Office, run: Run) -> None:
    office.awaiting()
    with office.work.database.write() as connection:
        take_away_the_guards(connection)
        connection.execute(update(approvals).values(fingerprint="f" * 64))
    said = run("approvals", "approve", REQUEST)
    assert said.code == 1
    assert "was not written by this system" in said.err and "marketing audit verify" in said.err


@pytest.mark.parametrize("act", ["show", "approve", "reject", "revoke"])
def test_an_unknown_request_is_refused(office: Office, run: Run, act: str) -> None:
    said = run("approvals", act, "nothing", *ACT.get(act, ()))
    assert said.code == 1
    assert "There is no approval request nothing." in said.err and "marketing approvals list" in said.err


@pytest.mark.parametrize("act", ["reject", "revoke"])
def test_a_refusal_has_a_reason(office: Office, run: Run, act: str) -> None:
    office.awaiting()
    said = run("approvals", act, REQUEST, "--yes")
    assert (said.code, "Missing option '--note'" in said.words) == (2, True)


def test_people_can_decide_while_a_brand_file_is_broken(office: Office, run: Run) -> None:
    office.awaiting()
    write_brand(office.work.settings.brands, currency="pounds")
    said = run("approvals", "approve", REQUEST)
    assert (said.code, state_of(office)) == (0, ApprovalState.APPROVED)
    assert "18:30 UTC" in said.out
