"""Deciding by any surface: who may, races, what was seen, and what is remembered of it."""

from threading import Barrier, Thread
from typing import Any

import pytest
from sqlalchemy import select

from marketing_pipeline.domain.approval import ApprovalState, Decision
from marketing_pipeline.domain.effect import EffectState
from marketing_pipeline.domain.errors import NotFound
from marketing_pipeline.domain.identifiers import ApprovalId
from marketing_pipeline.domain.person import NotAllowed, Person
from marketing_pipeline.domain.post import PostState
from marketing_pipeline.domain.written import NotWritten
from marketing_pipeline.store.decisions import StaleDecision
from marketing_pipeline.store.tables import edit_examples
from marketing_pipeline.workplace.asked import Settled
from marketing_pipeline.workplace.asked_ad import AskedAd
from marketing_pipeline.workplace.asked_post import AskedPost
from marketing_pipeline_tests.cli.conftest import brands, desk, office
from marketing_pipeline_tests.cli.office import FIRST, REQUEST, SECOND, Office, state_of
from marketing_pipeline_tests.execution.ad_desk import AdDesk
from marketing_pipeline_tests.workplace.people_at_work import (
    APPROVER,
    BROKEN,
    BROKEN_NAMES,
    EDITOR,
    GIANT,
    READER,
    STRANGER,
    VIEWER,
    told,
)

__all__ = ["brands", "desk", "office"]

PENDING = ApprovalState.PENDING


def decide(office: Office, person: Person, decision: Decision = Decision.APPROVE, **more: Any) -> Settled:
    """Decide about what stands there now."""
    given: dict[str, Any] = {"note": "seen", "saw": PENDING, "fingerprint": office.newest_effect().fingerprint, **more}
    return office.work.gate.decide(person, REQUEST, decision, **given)


@pytest.mark.parametrize("decision", [Decision.APPROVE, Decision.REJECT, Decision.REVOKE])
@pytest.mark.parametrize("person", [VIEWER, EDITOR, STRANGER, READER], ids=["viewer", "editor", "stranger", "reader"])
def test_who_may_not_decide_decides_nothing(office: Office, person: Person, decision: Decision) -> None:
    office.awaiting()
    log = told(office)
    with pytest.raises(NotAllowed):
        decide(office, person, decision)
    assert (state_of(office), told(office)) == (PENDING, log)


def test_a_decision_is_recorded_under_the_person_and_the_way_they_came(office: Office) -> None:
    office.awaiting()
    settled = office.work.gate.decide(
        APPROVER,
        REQUEST,
        Decision.APPROVE,
        note="seen",
        saw=PENDING,
        fingerprint=office.newest_effect().fingerprint,
    )
    assert (settled.state, settled.too_late) == (ApprovalState.APPROVED, False)
    assert settled.said == "Approved by bob. It goes out Tue 17 Nov 2026 18:30 GMT."
    row = office.work.gate.asked(VIEWER, REQUEST).rows[-1]
    assert (row.actor, row.source, row.note) == ("bob", "console", "seen")


def test_a_revocation_that_comes_too_late_says_so(office: Office) -> None:
    effect = office.sending()
    fingerprint = office.effect(effect.id).fingerprint
    settled = office.work.gate.decide(
        APPROVER, REQUEST, Decision.REVOKE, note="stop", saw=ApprovalState.APPROVED, fingerprint=fingerprint
    )
    assert settled.too_late and effect.id in settled.said and effect.id in settled.next_step


@pytest.mark.parametrize(
    "seen", [{"saw": ApprovalState.APPROVED}, {"fingerprint": "0" * 64}, {"fingerprint": ""}], ids=str
)
def test_a_decision_about_something_else_is_refused_and_noted(office: Office, seen: dict[str, Any]) -> None:
    office.awaiting()
    with pytest.raises(StaleDecision, match="is pending"):
        decide(office, APPROVER, **seen)
    assert state_of(office) is PENDING
    assert told(office, "approval.decision_lost") == [("approval.decision_lost", "bob", REQUEST)]


def test_of_two_who_decide_at_once_one_is_told(office: Office) -> None:
    office.awaiting()
    fingerprint, start, said = office.newest_effect().fingerprint, Barrier(2), list[str]()

    def deciding(person: Person, decision: Decision) -> None:
        start.wait()
        try:
            office.work.gate.decide(person, REQUEST, decision, note="seen", saw=PENDING, fingerprint=fingerprint)
            said.append("decided")
        except StaleDecision:
            said.append("told")

    other = APPROVER.model_copy(update={"name": "cat"})
    threads = [
        Thread(target=deciding, args=(APPROVER, Decision.APPROVE)),
        Thread(target=deciding, args=(other, Decision.REJECT)),
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(said) == ["decided", "told"]
    decided = [action for action, _, _ in told(office, "approval.") if action != "approval.requested"]
    assert sorted(decided) in (
        ["approval.approved", "approval.decision_lost"],
        ["approval.decision_lost", "approval.rejected"],
    )


@pytest.mark.parametrize("note", [GIANT, *BROKEN], ids=["giant", *BROKEN_NAMES])
def test_a_note_that_cannot_be_kept_decides_nothing(office: Office, note: str) -> None:
    office.awaiting()
    with pytest.raises(NotWritten):
        decide(office, APPROVER, note=note)
    assert state_of(office) is PENDING


@pytest.mark.parametrize("request_id", ["", "nothing", "a\x00", "\udcff", "r" * 97])
def test_what_names_no_request_is_not_found(office: Office, request_id: str) -> None:
    with pytest.raises(NotFound):
        office.work.gate.asked(APPROVER, request_id)
    with pytest.raises(NotFound):
        office.work.gate.decide(APPROVER, request_id, Decision.APPROVE, note="", saw=PENDING, fingerprint="")


def test_a_rejection_is_remembered_and_sends_back(office: Office) -> None:
    effect = office.awaiting()
    decide(office, APPROVER, Decision.REJECT, note="too stiff")
    assert (office.post().state, office.post().note) == (PostState.DRAFTED, "too stiff")
    with office.work.database.read() as connection:
        [example] = connection.execute(select(edit_examples)).all()
    assert (example.kind, example.field, example.before, example.after, example.note, example.actor) == (
        "rejection",
        "post",
        effect.payload.caption,
        "",
        "too stiff",
        "bob",
    )


def test_a_rejected_post_may_be_dropped(office: Office) -> None:
    office.awaiting()
    decide(office, APPROVER, Decision.REJECT, drop=True)
    assert (office.post().state, office.newest_effect().state) == (PostState.CANCELLED, EffectState.CANCELLED)


def test_requests_are_those_of_the_brands_that_a_person_sees(office: Office) -> None:
    office.awaiting()
    office.queued(SECOND)
    gate = office.work.gate
    assert [request.id for request in gate.requests(VIEWER)] == [REQUEST, f"{SECOND}-a1"]
    assert [request.id for request in gate.requests(VIEWER, state=PENDING)] == [REQUEST]
    assert gate.requests(STRANGER) == []
    with pytest.raises(NotAllowed):
        gate.requests(STRANGER, brand=office.brand.brand_id)
    with pytest.raises(NotAllowed):
        gate.asked(STRANGER, REQUEST)


def test_what_is_asked_has_its_facts_in_order(office: Office) -> None:
    effect = office.awaiting()
    asked = office.work.gate.asked(VIEWER, REQUEST)
    assert isinstance(asked, AskedPost)
    names = [name for name, _ in asked.facts]
    assert names[:4] == ["state", "asked because", "counts until", "goes out"] and names[-1] == "fingerprint"
    assert dict(asked.facts)["caption"] == effect.payload.caption
    assert (asked.id, asked.kind, asked.subject, asked.brand) == (REQUEST, "publish_post", FIRST, "tea_room")
    assert asked.summary == f"Publish {FIRST} Tue 17 Nov 2026 18:30 GMT"


def test_an_ad_change_is_decided_by_whoever_may(desk: AdDesk, office: Office) -> None:
    change = desk.propose()
    request = desk.request_of(change)
    asked = office.work.gate.asked(VIEWER, request)
    assert isinstance(asked, AskedAd) and asked.summary == change.label
    fingerprint = asked.fingerprint
    with pytest.raises(NotAllowed):
        office.work.gate.decide(EDITOR, request, Decision.REJECT, note="no", saw=PENDING, fingerprint=fingerprint)
    settled = office.work.gate.decide(
        APPROVER, request, Decision.REJECT, note="no", saw=PENDING, fingerprint=fingerprint
    )
    assert (settled.state, asked.refused_before) == (ApprovalState.REJECTED, None)
    refused = office.work.gate.asked(VIEWER, request).refused_before
    assert refused is not None and refused.actor == "bob"
    assert told(office, "approval.rejected") == [("approval.rejected", "bob", ApprovalId(request))]
