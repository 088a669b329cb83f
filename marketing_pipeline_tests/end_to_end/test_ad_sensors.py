"""A real Dagster daemon: a change that a person approves is applied once, and nobody launches anything."""

import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING

import dagster as dg
import pytest

if not (find_spec("google") and find_spec("google.ads")):
    pytest.skip("the extra `ads` is not installed", allow_module_level=True)

from marketing_pipeline.cli.dagster_home import prepare_dagster_home
from marketing_pipeline.cli.servers import WORKSPACE
from marketing_pipeline.domain.ad_change import AdChangeState
from marketing_pipeline.domain.effect import EffectState
from marketing_pipeline.settings import Settings
from marketing_pipeline_tests.execution.ad_desk import AdDesk, budget_change
from marketing_pipeline_tests.execution.served_desk import desk_of, small_account

if TYPE_CHECKING:
    from marketing_pipeline_tests.sandbox.google_ads.served import Ads

PATIENCE = 55


@pytest.fixture
def ads(marketing_home: Path, _migrated: Path) -> Iterator["Ads"]:
    with small_account(marketing_home, _migrated) as served:
        yield served


@pytest.fixture
def desk(ads: "Ads", tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[AdDesk]:
    with desk_of("upscale_print", tmp_path / "brands", monkeypatch) as opened:
        yield opened


@pytest.fixture
def daemon(desk: AdDesk, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[dg.DagsterInstance]:
    """A daemon over the home, and its instance."""
    monkeypatch.setenv("DAGSTER_HOME", "")
    prepare_dagster_home(Settings.from_environment())
    said = (tmp_path / "daemon.txt").open("wb")
    command = [sys.executable, "-m", "dagster._daemon", "run", "-w", str(WORKSPACE)]
    process = subprocess.Popen(command, stdout=said, stderr=said)
    try:
        with dg.DagsterInstance.get() as instance:
            yield instance
    finally:
        process.terminate()
        process.wait(30)
        said.close()


def wait_for(what: Callable[[], bool], until: float) -> None:
    while not what():
        assert time.monotonic() < until, "the daemon did not do it in time"
        time.sleep(0.25)


@pytest.mark.slow
def test_what_a_person_approves_is_applied_once_by_the_daemon(
    desk: AdDesk, ads: "Ads", daemon: dg.DagsterInstance
) -> None:
    until = time.monotonic() + PATIENCE
    [(name, before), *_] = ads.budgets().items()
    change = desk.propose(budget_change(before, before * 11 // 10 // 10_000 * 10_000, resource=name))
    other = desk.propose(budget_change(before, before * 12 // 10 // 10_000 * 10_000, resource=f"{name}9"))
    command = [sys.executable, "-m", "marketing_pipeline", "approvals", "approve", desk.request_of(change)]
    subprocess.run([*command, "--note", "seen"], check=True, stdout=subprocess.DEVNULL)
    assert desk.effect(change).state is EffectState.QUEUED

    def runs() -> list[dg.DagsterRun]:
        return list(daemon.get_runs(dg.RunsFilter(job_name="apply_ad_change")))

    wait_for(lambda: desk.change(change.id).state is AdChangeState.APPLIED, until)
    wait_for(lambda: all(run.is_finished for run in runs()), until)
    [run] = runs()
    assert (run.is_success, run.tags["dagster/partition"]) == (True, change.id)
    assert run.tags["dagster/sensor_name"] == "approved_ad_changes"
    wait_for(lambda: {change.id, other.id} <= set(daemon.get_dynamic_partitions("ad_change")), until)
    assert (len(ads.applied()), ads.budgets()[name]) == (1, int(change.payload.after))
    assert desk.change(other.id).state is AdChangeState.AWAITING_APPROVAL
