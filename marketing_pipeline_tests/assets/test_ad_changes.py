"""`apply_ad_change` through a real Dagster instance and the sandbox: the check is a brake, not the lock."""

from collections.abc import Iterator
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Any

import dagster as dg
import pytest

if not (find_spec("google") and find_spec("google.ads")):
    pytest.skip("the extra `ads` is not installed", allow_module_level=True)

from marketing_pipeline import automation
from marketing_pipeline.assets.ad_changes_applied import AD_CHANGE
from marketing_pipeline.definitions import defs
from marketing_pipeline.domain.ad_change import AdChangeState, RiskClass
from marketing_pipeline.domain.approval import ApprovalState, Decision
from marketing_pipeline.settings import Settings
from marketing_pipeline.store.ad_change_row import AdChange
from marketing_pipeline.workplace import Workplace
from marketing_pipeline_tests.execution.ad_desk import AdDesk, budget_change
from marketing_pipeline_tests.execution.served_desk import desk_of, small_account

if TYPE_CHECKING:
    from marketing_pipeline_tests.sandbox.google_ads.served import Ads

_A = AdChangeState
CHECK = "ad_changes_compared_manual_approval"
CHECK_KEY = dg.AssetCheckKey(dg.AssetKey("ad_changes_compared"), "manual_approval")


@pytest.fixture
def ads(marketing_home: Path, _migrated: Path) -> Iterator["Ads"]:
    with small_account(marketing_home, _migrated) as served:
        yield served


@pytest.fixture
def desk(ads: "Ads", tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[AdDesk]:
    with desk_of("tea_room", tmp_path / "brands", monkeypatch) as opened:
        yield opened


@pytest.fixture(scope="module")
def dagster() -> Iterator[dg.DagsterInstance]:
    """One instance for all: making one takes longer than a run."""
    with dg.instance_for_test() as instance:
        yield instance


@pytest.fixture
def empty_dagster() -> Iterator[dg.DagsterInstance]:
    """An instance that knows no partition."""
    with dg.instance_for_test() as instance:
        yield instance


def proposed(desk: AdDesk, ads: "Ads", instance: dg.DagsterInstance) -> AdChange:
    [(name, before), *_] = ads.budgets().items()
    change = desk.propose(budget_change(before, before * 11 // 10 // 10_000 * 10_000, resource=name))
    instance.add_dynamic_partitions("ad_change", [change.id])
    return change


def run(instance: dg.DagsterInstance, change: AdChange, **config: str) -> dg.ExecuteInProcessResult:
    job = defs.resolve_job_def("apply_ad_change")
    ops = {CHECK: {"config": config}} if config else {}
    return job.execute_in_process(
        instance=instance, partition_key=change.id, run_config={"ops": ops}, raise_on_error=False
    )


def applied_alone(instance: dg.DagsterInstance, change: AdChange) -> bool:
    job = defs.resolve_job_def("apply_ad_change")
    result = job.execute_in_process(
        instance=instance,
        partition_key=change.id,
        asset_selection=[dg.AssetKey("ad_changes_applied")],
        raise_on_error=False,
    )
    return result.success


def test_without_a_decision_it_is_red_and_shows_what_is_asked(
    desk: AdDesk, ads: "Ads", dagster: dg.DagsterInstance
) -> None:
    change = proposed(desk, ads, dagster)
    result = run(dagster, change)
    assert not result.success
    [check] = result.get_asset_check_evaluations()
    assert (check.passed, check.partition) == (False, change.id)
    assert check.metadata["fingerprint"].value == change.fingerprint
    assert str(check.metadata["what"].value).endswith(": daily budget")
    assert not applied_alone(dagster, change)
    assert list(ads.sandbox.journal()) == []


def test_approved_in_the_launchpad_it_is_applied_once(desk: AdDesk, ads: "Ads", dagster: dg.DagsterInstance) -> None:
    change = proposed(desk, ads, dagster)
    decision = {"decision": "approve", "approver": "ann", "note": "seen", "fingerprint": change.fingerprint}
    result = run(dagster, change, **decision)
    assert result.success
    [check] = result.get_asset_check_evaluations()
    assert check.passed
    assert len(ads.applied()) == 1
    assert desk.change(change.id).state is _A.APPLIED
    assert run(dagster, change).success and run(dagster, change, **decision).success
    assert applied_alone(dagster, change)
    assert len(ads.applied()) == 1
    [record] = dagster.event_log_storage.get_asset_check_execution_history(CHECK_KEY, limit=1)
    assert record.status.value == "SUCCEEDED"


@pytest.mark.parametrize(
    "config",
    [
        {"decision": "approve", "approver": "ann", "fingerprint": ""},
        {"decision": "approve", "approver": "ann", "fingerprint": "0" * 64},
        {"decision": "approve", "approver": " ", "fingerprint": "right"},
        {"decision": "used", "approver": "ann", "fingerprint": "right"},
        {"decision": "yes", "approver": "ann", "fingerprint": "right"},
        {"decision": "reject", "approver": "ann", "fingerprint": "right"},
        {"decision": "approve", "approver": "ann", "fingerprint": "right", "note": " "},
    ],
)
def test_a_wrong_decision_applies_nothing(
    desk: AdDesk, ads: "Ads", dagster: dg.DagsterInstance, config: dict[str, str]
) -> None:
    change = proposed(desk, ads, dagster)
    given = {name: change.fingerprint if value == "right" else value for name, value in config.items()}
    result = run(dagster, change, **given)
    assert not result.success
    if config["decision"] in ("used", "yes"):
        [check] = result.get_asset_check_evaluations()
        assert check.description == f"'{config['decision']}' is no decision. Write approve, reject or revoke."
    if "note" in config:
        [check] = result.get_asset_check_evaluations()
        assert change.risk is RiskClass.HIGH and "is of high risk, and nothing says why" in str(check.description)
    assert desk.state_of(change) is (
        ApprovalState.REJECTED if config["decision"] == "reject" else ApprovalState.PENDING
    )
    assert ads.applied() == []


def test_a_live_value_that_moved_fails_the_check_and_edits_nothing(
    desk: AdDesk, ads: "Ads", dagster: dg.DagsterInstance
) -> None:
    change = proposed(desk, ads, dagster)
    ads.set_budget(change.payload.resource, int(change.payload.before) + 1_000_000)
    mutations = len(ads.applied())
    result = run(dagster, change, decision="approve", approver="ann", note="seen", fingerprint=change.fingerprint)
    assert not result.success
    [check] = result.get_asset_check_evaluations()
    assert "The account moved" in str(check.description)
    assert (desk.change(change.id).payload, desk.state_of(change)) == (change.payload, ApprovalState.PENDING)
    assert len(ads.applied()) == mutations


def tick(sensor: dg.SensorDefinition, instance: dg.DagsterInstance) -> Any:
    with Workplace.open(Settings.from_environment()) as workplace:
        context = dg.build_sensor_context(
            instance=instance, resources={"workplace": workplace}, repository_def=defs.get_repository_def()
        )
        return sensor(context)


def test_the_sensors_keep_partitions_and_launch_what_is_approved(
    desk: AdDesk, ads: "Ads", empty_dagster: dg.DagsterInstance
) -> None:
    [(name, before), *_] = ads.budgets().items()
    change = desk.propose(budget_change(before, before + 1_000_000, resource=name))
    [request] = tick(automation.open_ad_changes, empty_dagster).dynamic_partitions_requests
    assert list(request.partition_keys) == [change.id]
    empty_dagster.add_dynamic_partitions("ad_change", [change.id, "gone-long-ago"])
    [request] = tick(automation.open_ad_changes, empty_dagster).dynamic_partitions_requests
    assert list(request.partition_keys) == ["gone-long-ago"]
    empty_dagster.delete_dynamic_partition("ad_change", "gone-long-ago")
    assert isinstance(tick(automation.open_ad_changes, empty_dagster), dg.SkipReason)
    assert isinstance(tick(automation.approved_ad_changes, empty_dagster), dg.SkipReason)
    desk.approve(change)
    [asked] = tick(automation.approved_ad_changes, empty_dagster).run_requests
    assert asked.partition_key == change.id
    [again] = tick(automation.approved_ad_changes, empty_dagster).run_requests
    assert again.run_key == asked.run_key
    assert run(empty_dagster, change).success
    assert isinstance(tick(automation.approved_ad_changes, empty_dagster), dg.SkipReason)
    desk.clock.sleep(15 * 86_400)
    [request] = tick(automation.open_ad_changes, empty_dagster).dynamic_partitions_requests
    assert list(request.partition_keys) == [change.id]
    assert AD_CHANGE.name == request.partitions_def_name


@pytest.mark.parametrize("last", [Decision.APPROVE, Decision.REJECT, Decision.REVOKE])
def test_the_check_mirrors_the_last_decision(
    desk: AdDesk, ads: "Ads", dagster: dg.DagsterInstance, last: Decision
) -> None:
    change = proposed(desk, ads, dagster)
    desk.decide(change, Decision.REJECT)
    desk.decide(change, Decision.APPROVE)
    if last is not Decision.APPROVE:
        desk.decide(change, last)
    result = run(dagster, change)
    [check] = result.get_asset_check_evaluations()
    assert result.success is check.passed is (last is Decision.APPROVE)
    assert len(ads.applied()) == (last is Decision.APPROVE)
