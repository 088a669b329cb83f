"""The gate in the browser: what is shown is what is decided, once, by those who may."""

from typing import Any

import pytest

from marketing_pipeline.domain.approval import ApprovalState, Decision
from marketing_pipeline.domain.effect import EffectState
from marketing_pipeline.domain.identifiers import ApprovalId, BrandId
from marketing_pipeline.domain.person import Role
from marketing_pipeline.domain.post import PostState
from marketing_pipeline_tests.cli.office import BRAND, FIRST, REQUEST, SECOND, Office, state_of
from marketing_pipeline_tests.console.browser import Site
from marketing_pipeline_tests.sandbox.tea_room import ACCOUNT

PAGE = f"/approvals/{REQUEST}"
SECOND_REQUEST = f"{SECOND}-a1"


def shown(office: Office, request: str = REQUEST) -> dict[str, Any]:
    """What the form of a request carries of what was shown."""
    with office.work.database.read() as connection:
        row = office.work.approvals.rows_of(connection, ApprovalId(request))[0]
    return {"saw": "pending", "fingerprint": row.fingerprint}


def pick(office: Office, request: str = REQUEST) -> str:
    """The value of a request's tick."""
    return f"{request} pending {shown(office, request)['fingerprint']}"


def decided_by(office: Office) -> list[tuple[str, str, str, str]]:
    with office.work.database.read() as connection:
        rows = office.work.approvals.rows_of(connection, ApprovalId(REQUEST))
    return [(row.decision, row.actor, row.source, row.note) for row in rows[1:]]


def test_nothing_waits(office: Office, site: Site) -> None:
    assert "Nothing waits for a decision" in site.page("/approvals")
    assert "No such request" in site.page("/approvals", state="revoked")


def test_the_list_shows_what_waits_and_filters(office: Office, site: Site) -> None:
    office.awaiting()
    listed = site.page("/approvals")
    assert f'href="{PAGE}"' in listed and f'value="{pick(office)}"' in listed
    for state, kind, there in (
        ("pending", "publish_post", True),
        ("pending", "apply_ad_change", False),
        ("approved", "", False),
        ("all", "", True),
        ("no such state", "no such kind", True),
    ):
        assert (f'href="{PAGE}"' in site.page("/approvals", state=state, kind=kind)) is there, (state, kind)
    site.submit(f"{PAGE}/decide", decision="approve", note="", **shown(office))
    assert PAGE not in site.page("/approvals") and PAGE in site.page("/approvals", state="approved")


def test_one_request_shows_words_pictures_checks_and_verdicts(office: Office, site: Site) -> None:
    effect = office.awaiting()
    html = site.page(PAGE)
    for part in (
        "Good leaf takes its time",
        "A pot of tea on a pale table",
        f"/media/{effect.payload.media[0]}-320.jpg",
        effect.fingerprint,
        "was weighed",
        "contrast",
        "below the bar",
    ):
        assert part in html, part


def test_approving_lets_out_exactly_what_was_shown(office: Office, site: Site) -> None:
    office.awaiting()
    html = site.submit(f"{PAGE}/decide", decision="approve", note="price is right", **shown(office))
    assert "Approved by ann." in html and "price is right" in html
    assert decided_by(office) == [("approve", "ann", "console", "price is right")]
    assert (office.effect().state, office.post().state) == (EffectState.QUEUED, PostState.SCHEDULED)


@pytest.mark.parametrize(("drop", "after"), [("no", PostState.DRAFTED), ("yes", PostState.CANCELLED)])
def test_rejecting_sends_back_or_drops(office: Office, site: Site, drop: str, after: PostState) -> None:
    office.awaiting()
    assert "Rejected by ann." in site.submit(
        f"{PAGE}/decide", decision="reject", note="too dark", drop=drop, **shown(office)
    )
    assert (office.post().state, office.effect().state) == (after, EffectState.CANCELLED)


def test_an_approval_is_revoked(office: Office, site: Site) -> None:
    office.awaiting()
    site.submit(f"{PAGE}/decide", decision="approve", note="", **shown(office))
    assert "Revoke the approval" in site.page(PAGE)
    approved: dict[str, Any] = {**shown(office), "saw": "approved"}
    html = site.submit(f"{PAGE}/decide", decision="revoke", note="offer over", **approved)
    assert "Revoked by ann." in html and office.post().state is PostState.NEEDS_HUMAN


def test_who_comes_second_is_told_who_won(office: Office, site: Site) -> None:
    office.awaiting()
    seen = shown(office)
    with site.as_(Role.APPROVER, "bob") as bob:
        bob.submit(f"{PAGE}/decide", decision="approve", note="looks fine", **seen)
    html = site.submit(f"{PAGE}/decide", status=409, decision="reject", note="no", **seen)
    assert "is approved; you saw pending" in html and "bob decided" in html and "looks fine" in html
    assert [row[0] for row in decided_by(office)] == ["approve"]


def test_a_replayed_form_decides_nothing_twice(office: Office, site: Site) -> None:
    office.awaiting()
    form: dict[str, Any] = {"decision": "approve", "note": "", **shown(office)}
    site.submit(f"{PAGE}/decide", **form)
    site.submit(f"{PAGE}/decide", status=409, **form)
    assert len(decided_by(office)) == 1


def test_another_fingerprint_decides_nothing(office: Office, site: Site) -> None:
    office.awaiting()
    site.submit(f"{PAGE}/decide", status=409, decision="approve", note="", saw="pending", fingerprint="0" * 64)
    assert state_of(office) is ApprovalState.PENDING


@pytest.mark.parametrize("form", [{}, {"decision": "publish"}, {"decision": "approve", "saw": "maybe"}])
def test_a_form_that_says_nothing_decides_nothing(office: Office, site: Site, form: dict[str, Any]) -> None:
    office.awaiting()
    assert "does not say what is decided" in site.submit(f"{PAGE}/decide", status=400, **form)
    assert state_of(office) is ApprovalState.PENDING


def test_several_are_decided_each_on_what_was_shown_of_it(office: Office, site: Site) -> None:
    office.awaiting(FIRST)
    office.awaiting(SECOND)
    picks = [pick(office), pick(office, SECOND_REQUEST), f"no-such-request pending {'0' * 64}", "nonsense"]
    with site.as_(Role.APPROVER, "bob") as bob:
        bob.submit(f"/approvals/{SECOND_REQUEST}/decide", decision="reject", note="x", **shown(office, SECOND_REQUEST))
    html = site.submit("/approvals/decide", pick=picks, decision="approve", note="all seen")
    assert "1 decided, 3 not" in html and "is rejected; you saw pending" in html and "There is no approval" in html
    assert state_of(office) is ApprovalState.APPROVED
    assert state_of(office, SECOND_REQUEST) is ApprovalState.REJECTED
    assert decided_by(office)[-1][3] == "all seen"


@pytest.mark.parametrize(
    "form", [{"decision": "approve"}, {"pick": "x pending y"}, {"decision": "revoke", "pick": "x"}]
)
def test_several_without_a_choice_decide_nothing(office: Office, site: Site, form: dict[str, Any]) -> None:
    office.awaiting()
    assert "Tick at least one" in site.submit("/approvals/decide", status=400, **form)


def test_all_lost_is_told_as_lost(office: Office, site: Site) -> None:
    office.awaiting()
    ticked = pick(office)
    site.submit("/approvals/decide", pick=ticked, decision="approve", note="")
    assert "0 decided, 1 not" in site.submit("/approvals/decide", status=409, pick=ticked, decision="approve", note="")


@pytest.mark.parametrize("role", [Role.VIEWER, Role.EDITOR])
def test_who_may_not_decide_looks_alone(office: Office, site: Site, role: Role) -> None:
    office.awaiting()
    with site.as_(role) as other:
        assert "Approve" not in other.page(PAGE).replace("Approvals", "") and 'name="pick"' not in other.page(
            "/approvals"
        )
        other.submit(f"{PAGE}/decide", status=403, decision="approve", note="", **shown(office))
        other.submit("/approvals/decide", status=403, pick=pick(office), decision="approve", note="")
    assert state_of(office) is ApprovalState.PENDING


def test_another_brands_request_is_not_seen(office: Office, site: Site) -> None:
    office.awaiting()
    (office.work.settings.brands / "other").mkdir()
    source = (office.work.settings.brands / BRAND / "brand.yaml").read_text()
    other = source.replace('"tea_room"', '"other"').replace(ACCOUNT, "17841400000000009")
    (office.work.settings.brands / "other" / "brand.yaml").write_text(other)
    with site.as_(Role.APPROVER, "carl", frozenset({BrandId("other")})) as carl:
        assert REQUEST not in carl.page("/approvals") and REQUEST not in carl.page("/approvals", state="all")
        carl.page(PAGE, status=403)
        assert "There is no brand" in carl.page("/approvals", status=404, brand=BRAND)
        carl.submit(f"{PAGE}/decide", status=403, decision="approve", note="", **shown(office))
    assert state_of(office) is ApprovalState.PENDING


def test_hostile_words_are_words(office: Office, site: Site) -> None:
    office.awaiting()
    note = "<script>alert(1)</script> {{ 7 * 7 }} \u202egnp"
    html = site.submit(f"{PAGE}/decide", decision="reject", note=note, **shown(office))
    assert "<script>alert(1)" not in html and "&lt;script&gt;alert(1)" in html and "{{ 7 * 7 }}" in html


def test_a_giant_note_is_refused_and_nothing_is_decided(office: Office, site: Site) -> None:
    office.awaiting()
    html = site.submit(f"{PAGE}/decide", status=400, decision="approve", note="n" * 5_000, **shown(office))
    assert "5,000 characters" in html
    assert "at most" in site.submit(
        "/approvals/decide", status=400, pick=pick(office), decision="approve", note="n" * 5_000
    )
    assert state_of(office) is ApprovalState.PENDING


@pytest.mark.parametrize("name", ["no-such", "x" * 300, "%F0%9F%8D%B5", "..%2f..%2fetc"])
def test_no_such_request(site: Site, name: str) -> None:
    site.page(f"/approvals/{name}", status=404)


def test_the_loser_at_the_desk_is_audited(office: Office, site: Site) -> None:
    office.awaiting()
    office.work.decisions.decide(
        ApprovalId(REQUEST), Decision.APPROVE, actor="bob", source="cli", note="", saw=ApprovalState.PENDING
    )
    site.submit(f"{PAGE}/decide", status=409, decision="reject", note="", **shown(office))
    assert "approval.decision_lost" in site.page("/activity", subject=REQUEST)
