"""Health in Dagster: checks told by a sensor when they change, without a run; failed runs and alerts."""

from collections.abc import Iterator

import dagster as dg
import pytest

from marketing_pipeline import automation
from marketing_pipeline.assets.health import health
from marketing_pipeline.domain.alert import AlertKind, AlertState
from marketing_pipeline.domain.clock import SystemClock
from marketing_pipeline.domain.health import Area
from marketing_pipeline.domain.heartbeat import ServerKind
from marketing_pipeline.operations.dagster_history import DagsterHistory
from marketing_pipeline.operations.reported_health import ReportedHealth
from marketing_pipeline_tests.cli.conftest import brands, office
from marketing_pipeline_tests.cli.office import Office

__all__ = ["brands", "office"]


@pytest.fixture
def instance() -> Iterator[dg.DagsterInstance]:
    """A Dagster instance of this test alone."""
    with dg.DagsterInstance.ephemeral() as opened:
        yield opened


def alerts_watch(office: Office, instance: dg.DagsterInstance, cursor: str | None = None) -> dg.SensorResult:
    """One tick."""
    context = dg.build_sensor_context(instance=instance, cursor=cursor)
    result = automation.alerts_watch(context, workplace=office.work)
    assert isinstance(result, dg.SensorResult)
    return result


def test_checks_are_told_when_they_change_and_not_each_tick(office: Office, instance: dg.DagsterInstance) -> None:
    first = alerts_watch(office, instance)
    checks = {event.check_name: event for event in first.asset_events if isinstance(event, dg.AssetCheckEvaluation)}
    assert set(checks) == set(Area)
    assert checks["effects"].passed and not checks["daemon"].passed
    made, *after = first.asset_events
    assert isinstance(made, dg.AssetMaterialization) and made.asset_key == health.key
    assert all(isinstance(event, dg.AssetCheckEvaluation) for event in after), "the checks are of what was made"
    second = alerts_watch(office, instance, first.cursor)
    assert second.asset_events == [] and second.skip_reason is not None
    office.parked()
    third = alerts_watch(office, instance, second.cursor)
    parked = next(
        event
        for event in third.asset_events
        if isinstance(event, dg.AssetCheckEvaluation) and event.check_name == "effects"
    )
    assert (parked.passed, parked.severity) == (False, dg.AssetCheckSeverity.ERROR)
    assert "cannot be proved" in str(parked.metadata["found"].value)
    [alert] = office.work.health.alerts.find(kind=AlertKind.EFFECT_PARKED)
    assert alert.state is AlertState.OPEN, "the same look finds what people must hear about"
    for result in (first, second, third):
        assert not result.run_requests


def test_the_code_location_shows_signs_of_life(office: Office) -> None:
    assert isinstance(automation.signs_of_life(workplace=office.work), dg.SkipReason)
    beats = office.work.health.installation().beats.read(ServerKind.CODE_LOCATION)
    assert [(beat.name, beat.every_seconds) for beat in beats] == [("code_location", 30)]


def test_a_lost_cursor_starts_anew() -> None:
    assert ReportedHealth.parse("no cursor of ours") == ReportedHealth()


def test_the_asset_can_be_refreshed_by_hand(office: Office, instance: dg.DagsterInstance) -> None:
    made = dg.materialize([health], instance=instance, resources={"workplace": office.work}, raise_on_error=False)
    assert made.success
    assert {check.check_name for check in made.get_asset_check_evaluations()} == set(Area)


@dg.op
def _break() -> None:
    raise ValueError("broken")


@dg.op
def _do() -> None:
    pass


@dg.job
def breaks() -> None:
    """Fails."""
    _break()


@dg.job(name="breaks")
def mended() -> None:
    """The same job, when it works."""
    _do()


def test_a_failed_run_is_an_alert_until_the_job_succeeds(office: Office, instance: dg.DagsterInstance) -> None:
    for _ in range(2):
        breaks.execute_in_process(instance=instance, raise_on_error=False)
    [failed] = DagsterHistory(instance).failed_runs(SystemClock().now())
    assert (failed.job, failed.partition) == ("breaks", None)
    alerts_watch(office, instance)
    [alert] = office.work.health.alerts.find(kind=AlertKind.RUN_FAILED)
    assert (alert.subject, alert.state) == ("breaks", AlertState.OPEN)
    mended.execute_in_process(instance=instance)
    alerts_watch(office, instance)
    assert office.work.health.alerts.find(kind=AlertKind.RUN_FAILED) == ()
