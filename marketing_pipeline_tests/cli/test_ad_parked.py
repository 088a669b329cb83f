"""Ad changes of which nobody knows whether they were made, settled at the command line by a person who looked."""

from importlib.util import find_spec
from typing import TYPE_CHECKING

import pytest

if not (find_spec("google") and find_spec("google.ads")):
    pytest.skip("the extra `ads` is not installed", allow_module_level=True)

from sqlalchemy import select

from marketing_pipeline.domain.ad_change import AdChangeState
from marketing_pipeline.domain.ad_platform import AdFailureClass
from marketing_pipeline.domain.effect import EffectState
from marketing_pipeline.store.ad_change_row import AdChange
from marketing_pipeline.store.tables import audit_log
from marketing_pipeline_tests.cli.ad_account import ads, budget, desk
from marketing_pipeline_tests.cli.command_line import Run
from marketing_pipeline_tests.execution.ad_desk import AdDesk, MemoryAds

if TYPE_CHECKING:
    from marketing_pipeline_tests.sandbox.google_ads.served import Ads

__all__ = ["ads", "desk"]

_A = AdChangeState


def parked(desk: AdDesk, ads: "Ads") -> AdChange:
    """A change whose call got no answer and which no read-back can prove; the account itself is as it was."""
    change = desk.approved(budget(ads))
    lost = MemoryAds(desk.clock, **{change.payload.resource: change.payload.before})
    lost.failing = {"apply": AdFailureClass.UNKNOWN_OUTCOME}
    desk.platform = lost
    desk.executor().apply(change.id)
    lost.failing = {"read": AdFailureClass.RETRY}
    desk.settle()
    assert desk.effect(change).state is EffectState.PARKED
    return change


@pytest.mark.parametrize(
    ("outcome", "means", "state", "change_state"),
    [
        ("done", "was set and that the change is applied", EffectState.SUCCEEDED, _A.APPLIED),
        ("published", "was set and that the change is applied", EffectState.SUCCEEDED, _A.APPLIED),
        ("not_done", "again under the same approval", EffectState.QUEUED, _A.APPROVED),
        ("drop", "drops the change for good", EffectState.CANCELLED, _A.REJECTED),
    ],
)
def test_a_parked_change_is_settled_by_a_person_who_sees_the_account(
    desk: AdDesk, ads: "Ads", run: Run, outcome: str, means: str, state: EffectState, change_state: AdChangeState
) -> None:
    change = parked(desk, ads)
    effect = desk.effect(change).id
    command = ("effects", "resolve", effect, "--outcome", outcome, "--note", "seen in the history")
    asked = run(*command)
    assert asked.code == 1 and "Add --yes" in asked.err
    assert means in asked.words and "live value £" in asked.words
    assert f"FROM campaign_budget WHERE campaign_budget.resource_name = '{change.payload.resource}'" in asked.words
    assert desk.effect(change).state is EffectState.PARKED
    done = run(*command, "--yes")
    assert done.code == 0 and f"{effect} is {state}" in done.words
    assert (desk.effect(change).state, desk.change(change.id).state) == (state, change_state)
    with desk.database.read() as connection:
        told = connection.execute(select(audit_log).where(audit_log.c.action == "effect.resolved")).one()
    assert (told.actor, told.subject, told.detail["source"], told.detail["note"]) == (
        "ana",
        effect,
        "cli",
        "seen in the history",
    )
    again = run(*command, "--yes")
    assert again.code == 1 and "Only what is parked" in again.err


def test_a_media_id_belongs_to_no_ad_change(desk: AdDesk, ads: "Ads", run: Run) -> None:
    effect = desk.effect(parked(desk, ads)).id
    said = run("effects", "resolve", effect, "--outcome", "done", "--note", "x", "--media-id", "1", "--yes")
    assert said.code == 2


def test_a_parked_change_stands_in_status_and_list(desk: AdDesk, ads: "Ads", run: Run) -> None:
    change = parked(desk, ads)
    effect = desk.effect(change).id
    told = run("status", "--json")
    [row] = [row for row in told.json["rows"] if row["kind"] == "parked"]
    assert (told.code, row["subject"], row["ok"]) == (1, effect, False)
    assert "daily budget: £" in row["detail"] and "read-backs fail" in row["detail"]
    assert f"marketing effects resolve {effect} --outcome done" in row["mend"]
    [listed] = run("effects", "list", "--state", "parked", "--json").json
    assert (listed["id"], listed["kind"], listed["subject"]) == (effect, "apply_ad_change", change.id)
    assert "read-backs fail" in run("effects", "list", "--state", "parked").words
