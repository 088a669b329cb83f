"""How long things are kept, and where backups go."""

from collections.abc import Mapping
from datetime import timedelta
from pathlib import Path
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

from marketing_pipeline.settings.service import SettingsInvalid

_LOG_BYTES = 50_000_000


class Upkeep(BaseModel):
    """The audit log, posts, effects, approvals and model calls are kept for ever, and so is no setting here."""

    model_config = ConfigDict(frozen=True)

    backup_folder: Annotated[Path | None, Field(description="None: no daily backup")] = None
    backups: Annotated[int, Field(ge=1, description="How many daily backups are kept")] = 14
    runs: Annotated[timedelta, Field(description="Dagster runs with their events and logs")] = timedelta(days=30)
    alerts: Annotated[timedelta, Field(description="Resolved alerts and ended mutes")] = timedelta(days=90)
    orphans: Annotated[timedelta, Field(description="Pictures that nothing names any more")] = timedelta(days=7)
    log_bytes: Annotated[int, Field(ge=0, description="A log of a local process is emptied beyond this")] = _LOG_BYTES


def upkeep_in(given: Mapping[str, str], place: Path) -> Upkeep:
    """Read MARKETING_BACKUP_FOLDER and the MARKETING_KEEP_* variables. Raises SettingsInvalid."""
    default, folder = Upkeep(), given.get("MARKETING_BACKUP_FOLDER", "")

    def days(name: str, usual: timedelta) -> timedelta:
        return timedelta(days=_at_least_one(given, name, usual.days))

    return Upkeep(
        backup_folder=place / folder if folder else None,
        backups=_at_least_one(given, "MARKETING_KEEP_BACKUPS", default.backups),
        runs=days("MARKETING_KEEP_RUNS_DAYS", default.runs),
        alerts=days("MARKETING_KEEP_ALERTS_DAYS", default.alerts),
        orphans=days("MARKETING_KEEP_ORPHANS_DAYS", default.orphans),
    )


def _at_least_one(given: Mapping[str, str], name: str, usual: int) -> int:
    text = given.get(name) or str(usual)
    if not text.isdecimal() or not 1 <= int(text) <= 36_500:
        raise SettingsInvalid(f"{name} is {text!r}.", f"Write a whole number from 1 on, such as {usual}.")
    return int(text)
