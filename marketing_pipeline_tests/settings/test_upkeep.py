"""How long things are kept, from the environment."""

from datetime import timedelta
from pathlib import Path

import pytest

from marketing_pipeline.settings import Settings, SettingsInvalid


def test_defaults_back_nothing_up() -> None:
    upkeep = Settings.from_environment({}).upkeep
    assert upkeep.backup_folder is None
    assert (upkeep.runs, upkeep.orphans, upkeep.backups) == (timedelta(days=30), timedelta(days=7), 14)


def test_everything_can_be_set() -> None:
    given = {
        "MARKETING_BACKUP_FOLDER": "backups",
        "MARKETING_KEEP_BACKUPS": "3",
        "MARKETING_KEEP_RUNS_DAYS": "10",
        "MARKETING_KEEP_ALERTS_DAYS": "11",
        "MARKETING_KEEP_ORPHANS_DAYS": "12",
    }
    upkeep = Settings.from_environment(given, Path("/srv")).upkeep
    assert upkeep.backup_folder == Path("/srv/backups") and upkeep.backups == 3
    assert [each.days for each in (upkeep.runs, upkeep.alerts, upkeep.orphans)] == [10, 11, 12]


@pytest.mark.parametrize("wrong", ["0", "-1", "a week", "1.5", "99999"])
def test_what_is_no_number_of_days_is_refused(wrong: str) -> None:
    with pytest.raises(SettingsInvalid, match="MARKETING_KEEP_RUNS_DAYS"):
        Settings.from_environment({"MARKETING_KEEP_RUNS_DAYS": wrong})
