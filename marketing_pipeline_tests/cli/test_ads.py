"""`marketing ads` and `marketing approvals` for ad changes."""

from marketing_pipeline_tests.cli.command_line import Run
from marketing_pipeline_tests.execution.ad_desk import AdDesk


def test_a_change_is_listed_shown_approved_and_revoked(desk: AdDesk, run: Run) -> None:
    change = desk.propose()
    [listed] = run("ads", "list", "--json").json
    assert (listed["id"], listed["state"]) == (change.id, "awaiting_approval")
    [asked] = run("approvals", "list", "--json").json
    assert (asked["kind"], asked["state"], asked["fingerprint"]) == ("apply_ad_change", "pending", change.fingerprint)
    shown = run("approvals", "show", asked["id"]).words
    assert "£20 → £24" in shown and change.fingerprint in shown
    refused = run("approvals", "approve", asked["id"], "--fingerprint", "0" * 64)
    assert refused.code == 1 and "not about what you saw" in refused.err
    approved = run("approvals", "approve", asked["id"], "--note", "yes")
    assert approved.code == 0 and "The live account could not be compared now" in approved.err
    assert run("approvals", "revoke", asked["id"], "--note", "wait", "--yes").code == 0
    unsure = run("approvals", "approve", asked["id"])
    assert unsure.code == 1 and "ana said no (revoke: wait). This approves it all the same." in unsure.words
    assert run("approvals", "approve", asked["id"], "--yes", "--note", "now").code == 0
    [effect] = [item for item in run("effects", "list", "--json").json if item["state"] == "queued"]
    assert (effect["kind"], effect["subject"]) == ("apply_ad_change", change.id)
    early = run("ads", "rollback", change.id, "--note", "no", "--yes")
    assert early.code == 1 and "is approved by ana from the command line: now. Only an applied change" in early.words
    assert run("ads", "show", change.id, "--json").json["state"] is not None


def test_an_unknown_change_is_told_in_one_line(desk: AdDesk, run: Run) -> None:
    said = run("ads", "show", "nothing")
    assert said.code == 1 and "There is no ad change" in said.err
