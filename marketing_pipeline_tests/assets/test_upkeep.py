"""The daily jobs: maintenance and backups, run by Dagster."""

from datetime import UTC, datetime
from pathlib import Path

import dagster as dg
import pytest

from marketing_pipeline.automation import backup_daily, daily_backup, maintenance, maintenance_daily
from marketing_pipeline.operations.backup import whole_backups
from marketing_pipeline.settings import Settings
from marketing_pipeline.workplace import Workplace

THREE = datetime(2026, 11, 17, 3, 10, tzinfo=UTC)


def opened() -> Workplace:
    """The installation of this test."""
    return Workplace.open(Settings.from_environment())


def test_maintenance_tells_what_it_removed() -> None:
    with opened() as workplace, dg.DagsterInstance.ephemeral() as instance:
        done = maintenance.execute_in_process(instance=instance, resources={"workplace": workplace})
        [output] = [event for event in done.all_events if event.is_successful_output]
        metadata = output.step_output_data.metadata
        assert metadata["bytes freed"].value == 0
        pruned = metadata["pruned"]
        assert isinstance(pruned, dg.TableMetadataValue)
        records = pruned.records
        assert "pictures" in {record.data["what"] for record in records}


def test_a_backup_a_day_where_a_folder_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MARKETING_BACKUP_FOLDER", str(tmp_path / "backups"))
    monkeypatch.setenv("MARKETING_KEEP_BACKUPS", "1")
    with opened() as workplace:
        context = dg.build_schedule_context(scheduled_execution_time=THREE, resources={"workplace": workplace})
        asked = backup_daily(context)
        assert isinstance(asked, dg.RunRequest) and asked.run_key == "backup:2026-11-17"
        for _ in range(2):
            assert daily_backup.execute_in_process(resources={"workplace": workplace}).success
    assert len(whole_backups(tmp_path / "backups")) == 1


def test_without_a_folder_nothing_is_backed_up_and_it_says_so() -> None:
    with opened() as workplace:
        context = dg.build_schedule_context(scheduled_execution_time=THREE, resources={"workplace": workplace})
        skipped = backup_daily(context)
        assert isinstance(skipped, dg.SkipReason) and "MARKETING_BACKUP_FOLDER" in (skipped.skip_message or "")


def test_maintenance_is_asked_for_once_a_day() -> None:
    asked = maintenance_daily(dg.build_schedule_context(scheduled_execution_time=THREE))
    assert isinstance(asked, dg.RunRequest) and asked.run_key == "maintenance:2026-11-17"
