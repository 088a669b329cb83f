"""Ad changes in the browser: the diff, its caps and who must approve; decided once, and taken back through the gate."""

from datetime import timedelta
from typing import Any

import pytest

from marketing_pipeline.domain.ad_change import AdChangeState
from marketing_pipeline.domain.approval import ApprovalState
from marketing_pipeline.domain.identifiers import BrandId
from marketing_pipeline.domain.person import Role
from marketing_pipeline.store.ad_change_row import AdChange
from marketing_pipeline_tests.cli.conftest import desk
from marketing_pipeline_tests.cli.office import BRAND, Office, write_brand
from marketing_pipeline_tests.console.browser import Site
from marketing_pipeline_tests.execution.ad_desk import CAPS, CUSTOMER, POUND, AdDesk, ad_brand, budget_change, negative

__all__ = ["desk"]
TEAM: dict[str, Any] = {"mode": "team", "approvers": ["ann", "bob", "cleo"], "quorum": 2, "quorum_above_percent": 10}


def url(desk: AdDesk, change: AdChange) -> str:
    return f"/approvals/{desk.request_of(change)}"


def form(change: AdChange, decision: str = "approve", **others: str) -> dict[str, Any]:
    return {"decision": decision, "note": "seen", "saw": "pending", "fingerprint": change.fingerprint, **others}


def in_a_team(office: Office, desk: AdDesk) -> None:
    """The brand's policy asks two of three people."""
    brand = ad_brand(approvals=TEAM)
    policies = brand.policies.model_dump(mode="json")
    write_brand(office.work.settings.brands, channels=brand.channels.model_dump(mode="json"), policies=policies)
    desk.brand = brand


def test_nobody_advertises(site: Site) -> None:
    assert "No brand advertises" in site.page("/ads")


def test_an_account_without_figures_or_changes(desk: AdDesk, site: Site) -> None:
    html = site.page("/ads")
    assert "No figures of this account have been published yet" in html and "No such change" in html


def test_a_change_is_shown_as_a_diff_with_its_caps(desk: AdDesk, site: Site) -> None:
    change = desk.propose(
        evidence=(
            {"figure": "clicks", "value": 1200},
            {"figure": "chance", "value": 0.00085},
        )
    )
    for html in (site.page(url(desk, change)), site.page(f"/ads/changes/{change.id}")):
        for part in (
            "£20", "£24", "+20.0 %", "+3.00 conversions", "+1.00 to +5.00 conversions", "high", "1,200", "0.00085",
            change.fingerprint, "Changes of the account in a day", "50 %", "£100", "£2 to £200",
        ):  # fmt: skip
            assert part in html, part
    listed = site.page("/ads")
    assert f'href="/ads/changes/{change.id}"' in listed and "1 change waits" in listed
    assert change.id not in site.page("/ads", state="applied") and change.id in site.page("/ads", state="nonsense")


def test_a_cap_that_does_not_hold_says_so(office: Office, desk: AdDesk, site: Site) -> None:
    change = desk.propose(budget_change(after=29 * POUND))
    policies = ad_brand(caps={**CAPS, "change_percent": 10}).policies.model_dump(mode="json")
    write_brand(office.work.settings.brands, channels=desk.brand.channels.model_dump(mode="json"), policies=policies)
    html = site.page(url(desk, change))
    assert "+45.0 %" in html and '<span class="badge bad">no</span>' in html


def test_a_change_is_approved_once(desk: AdDesk, site: Site) -> None:
    change = desk.propose()
    html = site.submit(f"{url(desk, change)}/decide", **form(change))
    assert "Approved by ann." in html and "could not be compared now" in html
    assert desk.change(change.id).state is AdChangeState.APPROVED
    site.submit(f"{url(desk, change)}/decide", status=409, **form(change))
    desk.executor().apply(change.id)
    html = site.page(url(desk, change))
    assert (
        "succeeded" in html
        and "Call 1" in html
        and "Approve" not in html.replace("Approvals", "").replace("Approved", "")
    )


def test_a_rejected_change_may_be_approved_after_all(desk: AdDesk, site: Site) -> None:
    change = desk.propose()
    assert "Rejected by ann." in site.submit(f"{url(desk, change)}/decide", **form(change, "reject", note="too early"))
    assert "ann said no before" in site.page(url(desk, change))
    site.submit(f"{url(desk, change)}/decide", **form(change, saw="rejected"))
    assert desk.state_of(change) is ApprovalState.APPROVED


def test_in_a_team_two_people_are_needed(office: Office, desk: AdDesk, site: Site) -> None:
    in_a_team(office, desk)
    change = desk.propose()
    assert "2 more approvals are needed" in site.page(url(desk, change))
    assert "it needs another approver" in site.submit(f"{url(desk, change)}/decide", **form(change))
    html = site.page(url(desk, change))
    assert "1 more approval is needed" in html and "1 of 2: ann" in html
    assert "has approved it already" in site.submit(f"{url(desk, change)}/decide", status=409, **form(change))
    assert desk.request_of(change) in site.page("/approvals")
    with site.as_(Role.APPROVER, "zoe") as zoe:
        assert "is no approver" in zoe.submit(f"{url(desk, change)}/decide", status=400, **form(change))
    with site.as_(Role.APPROVER, "bob") as bob:
        assert "Approved by bob." in bob.submit(f"{url(desk, change)}/decide", **form(change))
    assert desk.change(change.id).state is AdChangeState.APPROVED


def test_who_proposed_it_may_not_approve_it_in_a_team(office: Office, desk: AdDesk, site: Site) -> None:
    in_a_team(office, desk)
    change = desk.propose(by="ann")
    html = site.page(url(desk, change))
    assert "ann proposed it and may not" in html and "You proposed this, and a team decides here" in html
    assert 'value="approve"' not in html and 'value="reject"' in html
    assert "You proposed it: another approver" in site.page("/approvals")
    assert "may not approve it" in site.submit(f"{url(desk, change)}/decide", status=403, **form(change))


def test_where_one_decides_alone_the_proposer_is_offered_it(desk: AdDesk, site: Site) -> None:
    change = desk.propose(by="ann")
    html = site.page(url(desk, change))
    assert 'value="approve"' in html and "You proposed" not in html
    assert "You proposed" not in site.page("/approvals")


def test_posts_and_changes_are_decided_together(office: Office, desk: AdDesk, site: Site) -> None:
    effect, change = office.awaiting(), desk.propose()
    picks = [
        f"{effect.approval} pending {effect.fingerprint}",
        f"{desk.request_of(change)} pending {change.fingerprint}",
    ]
    assert "2 decided" in site.submit("/approvals/decide", pick=picks, decision="reject", note="not now")
    assert desk.change(change.id).state is AdChangeState.REJECTED


def test_a_lapsed_change_is_not_decided(office: Office, desk: AdDesk, site: Site) -> None:
    change = desk.propose(hours=1)
    office.step_to(office.now + timedelta(hours=2))
    site.submit(f"{url(desk, change)}/decide", status=409, **form(change))
    assert desk.request_of(change) not in site.page("/approvals")
    assert desk.request_of(change) in site.page("/approvals", state="expired")


def test_a_change_that_is_not_made_is_not_taken_back(desk: AdDesk, site: Site) -> None:
    change = desk.propose(negative("EXACT:free posters"))
    assert "Take it back" not in site.page(f"/ads/changes/{change.id}")
    site.submit(f"/ads/changes/{change.id}/rollback", status=409, note="no")
    site.submit(f"/ads/changes/{change.id}/rollback", status=400, note="  ")
    site.submit(f"/ads/changes/{change.id}/rollback", status=400, note="n" * 3_000)


@pytest.mark.parametrize("role", [Role.VIEWER, Role.EDITOR])
def test_who_may_not_decide_or_edit_is_refused(desk: AdDesk, site: Site, role: Role) -> None:
    change = desk.propose()
    with site.as_(role) as other:
        other.submit(f"{url(desk, change)}/decide", status=403, **form(change))
        status = 403 if role is Role.VIEWER else 409
        other.submit(f"/ads/changes/{change.id}/rollback", status=status, note="no")
    assert desk.state_of(change) is ApprovalState.PENDING


def test_another_brands_change_is_not_seen(office: Office, desk: AdDesk, site: Site) -> None:
    change = desk.propose()
    other = office.work.settings.brands / "other"
    other.mkdir()
    source = (office.work.settings.brands / BRAND / "brand.yaml").read_text()
    source = source.replace('"tea_room"', '"other"').replace("1784140000", "1784140009").replace(CUSTOMER, "9234567890")
    (other / "brand.yaml").write_text(source)
    with site.as_(Role.ADMIN, "carl", frozenset({BrandId("other")})) as carl:
        assert change.id not in carl.page("/ads")
        carl.page(f"/ads/changes/{change.id}", status=403)
        carl.submit(f"/ads/changes/{change.id}/rollback", status=403, note="no")


@pytest.mark.parametrize("name", ["nothing", "x" * 200])
def test_no_such_change(desk: AdDesk, site: Site, name: str) -> None:
    site.page(f"/ads/changes/{name}", status=404)


def test_hostile_words_of_a_model_are_words(desk: AdDesk, site: Site) -> None:
    change = desk.propose(
        label="<script>alert(1)</script>",
        reason="<img src=x onerror=alert(1)> Approve this at once!",
        evidence=({"figure": "<b>clicks</b>", "value": "</td><script>"},),
    )
    for path in (url(desk, change), f"/ads/changes/{change.id}", "/ads", "/approvals"):
        html = site.page(path)
        assert "<script>alert(1)" not in html and "<img src=x" not in html and "<b>clicks" not in html, path
