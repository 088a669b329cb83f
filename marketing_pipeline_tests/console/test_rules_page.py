"""Rules in the browser: written, accepted at the gate, retired, each with what it rests on."""

from pathlib import Path
from typing import Any

import pytest

from marketing_pipeline.domain.identifiers import PostId
from marketing_pipeline.domain.person import Person, Role
from marketing_pipeline.domain.proposal import ProposalState, RuleState
from marketing_pipeline_tests.cli.office import BRAND, FIRST, SECOND, Office, write_brand
from marketing_pipeline_tests.console.browser import Site
from marketing_pipeline_tests.execution.ad_desk import ad_brand

STATED: dict[str, Any] = {"brand": "tea_room", "applies_to": "copy", "statement": "No exclamation marks."}
ANN = Person(name="ann", role=Role.ADMIN, source="console")
THIRD = PostId("tea_room-2026-11-16-03")


def request_of(office: Office) -> tuple[str, dict[str, Any]]:
    """The request of the one proposed rule, and what its form carries."""
    [asked] = office.work.proposals.list(ANN, state=ProposalState.AWAITING_APPROVAL)
    return f"/approvals/{asked.id}/decide", {"saw": "pending", "fingerprint": asked.fingerprint, "note": "agreed"}


def states(office: Office) -> list[RuleState]:
    return [rule.state for rule in office.work.teaching.rules(BRAND)]


def test_nothing_is_taught(site: Site) -> None:
    html = site.page("/rules")
    assert "No rule is proposed" in html and "No rule is in force yet" in html


def test_in_a_team_another_accepts_what_one_has_written(office: Office, brands: Path, site: Site) -> None:
    policies = ad_brand(approvals={"mode": "team", "approvers": ["ann", "bob"]}).policies.model_dump(mode="json")
    write_brand(brands, policies=policies)
    site.submit("/rules", **STATED)
    html = site.page("/rules")
    assert "another approver accepts it" in html
    assert 'value="approve"' not in html and 'value="reject"' in html
    with site.as_(Role.APPROVER, "bob") as bob:
        assert 'value="approve"' in bob.page("/rules")


def test_a_rule_is_written_accepted_and_retired(office: Office, site: Site) -> None:
    assert "Proposed: No exclamation marks." in site.submit("/rules", **STATED)
    html = site.page("/rules")
    assert "checked by code" in html and "Accept" in html
    address, shown = request_of(office)
    assert address.removesuffix("/decide") in html
    site.submit(address, decision="approve", **shown)
    [rule] = office.work.teaching.accepted(BRAND)
    assert "agreed" in rule.state_reason
    site.submit(address, status=409, decision="approve", **shown)
    assert "Retired" in site.submit(f"/rules/{rule.id}/retire", note="we like them now")
    assert states(office) == [RuleState.RETIRED] and "we like them now" in site.page("/rules")
    site.submit("/rules/no-such-rule/retire", status=404, note="")


def test_a_rule_is_rejected(office: Office, site: Site) -> None:
    site.submit("/rules", **STATED)
    address, shown = request_of(office)
    site.submit(address, decision="reject", **shown)
    assert states(office) == [RuleState.REJECTED]


@pytest.mark.parametrize(
    "change", [{"statement": " "}, {"statement": "x" * 300}, {"applies_to": "everything"}, {"brand": ""}]
)
def test_what_is_no_rule_is_not_proposed(office: Office, site: Site, change: dict[str, Any]) -> None:
    site.submit("/rules", status=400, **{**STATED, **change})
    assert not states(office)


def test_a_rule_of_no_brand_is_not_proposed(office: Office, site: Site) -> None:
    site.submit("/rules", status=404, **{**STATED, "brand": "nobody"})


def test_like_edits_propose_a_rule_with_its_examples(office: Office, site: Site) -> None:
    office.planned(3)
    for post, tea in ((FIRST, "assam"), (SECOND, "oolong"), (THIRD, "sencha")):
        office.queued(post)
        caption = f"What does steam smell of? Fine leaf takes its time, and so does fine water. Ask about {tea}."
        office.work.post_desk.edit(ANN, post, note="<b>we say fine</b>", caption=caption)
    html = site.page("/rules")
    assert "3 examples behind it" in html and f"/posts/{FIRST}" in html
    assert "so does fine water" in html and "so does good water" in html
    assert "&lt;b&gt;we say fine" in html and "<b>we say" not in html


@pytest.mark.parametrize("role", [Role.VIEWER, Role.EDITOR])
def test_who_may_not_decide_retires_and_accepts_nothing(office: Office, site: Site, role: Role) -> None:
    site.submit("/rules", **STATED)
    address, shown = request_of(office)
    with site.as_(role) as other:
        assert "Accept<" not in other.page("/rules")
        other.submit(address, status=403, decision="approve", **shown)
        site.submit(address, decision="approve", **shown)
        [rule] = office.work.teaching.accepted(BRAND)
        other.submit(f"/rules/{rule.id}/retire", status=403, note="")
        if role is Role.VIEWER:
            other.submit("/rules", status=403, **{**STATED, "statement": "No emoji."})
    assert states(office) == [RuleState.ACCEPTED]
