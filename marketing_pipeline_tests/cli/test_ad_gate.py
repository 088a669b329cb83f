"""The gate of ad changes at the command line, with a live account behind it that is read before a person decides."""

import subprocess
import sys
from importlib.util import find_spec
from typing import TYPE_CHECKING

import pytest

if not (find_spec("google") and find_spec("google.ads")):
    pytest.skip("the extra `ads` is not installed", allow_module_level=True)

from sqlalchemy import select

from marketing_pipeline.domain.ad_change import AdChangeState, RiskClass
from marketing_pipeline.domain.approval import ApprovalState, Decision
from marketing_pipeline.domain.money import Money
from marketing_pipeline.store.ad_change_row import AdChange
from marketing_pipeline.store.tables import audit_log
from marketing_pipeline_tests.cli.ad_account import ads, budget, desk
from marketing_pipeline_tests.cli.command_line import Run
from marketing_pipeline_tests.execution.ad_desk import POUND, AdDesk
from marketing_pipeline_tests.store.test_ad_proposals import propose

if TYPE_CHECKING:
    from marketing_pipeline_tests.sandbox.google_ads.served import Ads

__all__ = ["ads", "desk"]

_A, _S = AdChangeState, ApprovalState


def test_a_change_of_which_the_account_has_moved_is_not_approved(desk: AdDesk, ads: "Ads", run: Run) -> None:
    change = desk.propose(budget(ads))
    assert "The account has" not in run("approvals", "show", desk.request_of(change)).out
    ads.set_budget(change.payload.resource, int(change.payload.before) + POUND)
    moved = Money(micros=int(change.payload.before) + POUND, currency="GBP").label()
    said = run("approvals", "approve", desk.request_of(change))
    assert said.code == 1
    assert f"the live value is {moved}, not " in said.err and "Nothing was decided" in said.err
    assert desk.state_of(change) is _S.PENDING


def test_a_change_of_high_risk_is_approved_with_a_reason_only(desk: AdDesk, ads: "Ads", run: Run) -> None:
    propose(desk, "bold", budget(ads))
    change = desk.change("bold")
    assert change.risk is RiskClass.HIGH
    for note in ((), ("--note", "  ")):
        refused = run("approvals", "approve", desk.request_of(change), *note)
        assert refused.code == 1 and "is of high risk" in refused.err and "--note" in refused.err
        assert desk.state_of(change) is _S.PENDING
    assert run("approvals", "approve", desk.request_of(change), "--note", "it pays").code == 0


def test_a_replaced_change_says_what_replaced_it(desk: AdDesk, ads: "Ads", run: Run) -> None:
    propose(desk, "older", budget(ads))
    request = desk.request_of(desk.change("older"))
    assert run("approvals", "approve", request, "--note", "it pays").code == 0
    propose(desk, "newer", budget(ads, 105))
    assert [asked["id"] for asked in run("approvals", "list", "--state", "pending", "--json").json] == ["newer-a1"]
    assert "withdrawn: replaced by newer" in run("approvals", "list", "--all").words
    for words in (("approve",), ("reject", "--note", "no", "--yes"), ("revoke", "--note", "no", "--yes")):
        said = run("approvals", words[0], request, *words[1:])
        assert said.code == 1
        assert "superseded: replaced by newer. Decide about the newer change" in said.words


def applied(desk: AdDesk, change: AdChange, run: Run) -> AdChange:
    """Approved at the command line, and applied."""
    assert run("approvals", "approve", desk.request_of(change), "--note", "yes").code == 0
    desk.executor().apply(change.id)
    made = desk.change(change.id)
    assert made.state is _A.APPLIED
    return made


def rolled_back(desk: AdDesk, change: AdChange, run: Run) -> AdChange:
    """The rollback of a change, as the command line proposes it."""
    said = run("ads", "rollback", change.id, "--note", "it cost more than it brought", "--yes")
    assert said.code == 0, said.err
    [back] = run("ads", "list", "--state", "awaiting_approval", "--json").json
    return desk.change(back["id"])


def test_a_rollback_tells_what_it_undoes_and_is_undone_in_turn(desk: AdDesk, ads: "Ads", run: Run) -> None:
    first = applied(desk, desk.propose(budget(ads)), run)
    back = rolled_back(desk, first, run)
    assert back.label == "Take back: Budget of the spring campaign"
    story = f"{first.id} set daily budget: £"
    assert back.reason.startswith(f"it cost more than it brought: {story}")
    assert "proposed by analyst, approved by ana, applied 2026-11-16 09:00 UTC" in back.reason
    page = run("approvals", "show", desk.request_of(back)).words
    assert "takes back" in page and story in page and "proposed by ana" in page
    applied(desk, back, run)
    assert desk.change(first.id).state is _A.ROLLED_BACK
    assert ads.budgets()[first.payload.resource] == int(first.payload.before)
    again = rolled_back(desk, back, run)
    assert again.label == "Make again: Budget of the spring campaign"
    assert f"{back.id} set daily budget" in again.reason and "proposed by ana" in again.reason
    applied(desk, again, run)
    assert desk.change(back.id).state is _A.ROLLED_BACK
    assert ads.budgets()[first.payload.resource] == int(first.payload.after)
    assert len(ads.applied()) == 3


def test_nothing_is_taken_back_of_what_somebody_changed_since(desk: AdDesk, ads: "Ads", run: Run) -> None:
    made = applied(desk, desk.propose(budget(ads)), run)
    ads.set_budget(made.payload.resource, int(made.payload.after) + POUND)
    said = run("ads", "rollback", made.id, "--note", "no", "--yes")
    assert said.code == 1
    assert f"which {made.id} had set: somebody has changed it since" in said.words
    assert [one["id"] for one in run("ads", "list", "--json").json] == [made.id]


def test_a_rollback_ends_what_is_open_for_the_field(desk: AdDesk, ads: "Ads", run: Run) -> None:
    made = applied(desk, desk.propose(budget(ads)), run)
    propose(desk, "further", budget(ads))
    assert desk.change("further").state is _A.AWAITING_APPROVAL
    desk.clock.sleep(60)
    back = rolled_back(desk, made, run)
    assert desk.change("further").state_reason == f"replaced by {back.id}"


def test_a_change_that_waits_or_was_forgotten_stands_in_the_status(desk: AdDesk, ads: "Ads", run: Run) -> None:
    change = desk.propose(budget(ads))
    [row] = [row for row in run("status", "--json").json["rows"] if row["kind"] == "approval"]
    assert (row["subject"], row["ok"]) == (change.id, True)
    assert f"marketing approvals show {change.approval}" in row["mend"]
    desk.approve(change)
    desk.clock.sleep(16 * 60)
    [row] = [row for row in run("status", "--json").json["rows"] if row["kind"] == "stuck"]
    assert (row["subject"], row["detail"]) == (desk.effect(change).id, "is approved and nobody applied it")


def test_of_two_who_decide_at_once_one_wins_and_both_are_audited(desk: AdDesk, ads: "Ads") -> None:
    """Row 20 of the acceptance list, by two processes."""
    change = desk.propose(budget(ads))
    request = desk.request_of(change)
    command = [sys.executable, "-m", "marketing_pipeline", "approvals"]
    deciding = [
        subprocess.Popen(
            [*command, *words, request, "--note", "seen"],
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            text=True,
        )
        for words in (("approve", "--yes"), ("reject", "--yes"))
    ]
    said = [(each.communicate(timeout=60)[1], each.returncode) for each in deciding]
    assert all("Traceback" not in words for words, _ in said)
    codes = [code for _, code in said]
    # One of the two may have read the request only after the other had decided: then it decides anew, in sequence.
    assert 0 in codes
    with desk.database.read() as connection:
        acts = list(connection.scalars(select(audit_log.c.action).where(audit_log.c.subject == request)))
    decided = [act for act in acts if act in ("approval.approved", "approval.rejected")]
    assert len(decided) + acts.count("approval.decision_lost") == 2
    assert desk.state_of(change) in (_S.APPROVED, _S.REJECTED)


def test_a_decision_carries_who_from_where_and_why_in_every_row(desk: AdDesk, ads: "Ads", run: Run) -> None:
    change = desk.propose(budget(ads))
    run("approvals", "approve", desk.request_of(change), "--note", "the figures hold")
    with desk.database.read() as connection:
        rows = connection.execute(select(audit_log).order_by(audit_log.c.sequence.desc()).limit(3)).all()
    told = {row.action: row for row in rows}
    assert {row.actor for row in rows} == {"ana"}
    assert told["approval.approved"].detail["source"] == "cli"
    assert told["ad_change.approved"].detail["reason"] == "approved by ana from the command line: the figures hold"
    with pytest.raises(Exception, match="not what you saw"):
        desk.decide(change, Decision.REJECT, "ben", saw=_S.PENDING, source="console")
    with desk.database.read() as connection:
        lost = connection.execute(select(audit_log).where(audit_log.c.action == "approval.decision_lost")).one()
    assert (lost.actor, lost.detail["source"]) == ("ben", "console")
