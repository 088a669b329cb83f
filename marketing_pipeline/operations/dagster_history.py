"""What Dagster itself knows: when its daemon was last heard of, and which runs failed."""

from collections.abc import Generator, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

from marketing_pipeline.domain.errors import MarketingError

if TYPE_CHECKING:
    from dagster import DagsterInstance

LOOK_BACK = timedelta(days=2)
MOST_RUNS = 500


@dataclass(frozen=True)
class DaemonBeat:
    """The last sign of life of one of the daemon's parts, and its newest error."""

    name: str
    at: datetime
    error: str


@dataclass(frozen=True)
class FailedRun:
    """The newest run of a job (and partition) that failed. `since` is when it ended."""

    run_id: str
    job: str
    partition: str | None
    since: datetime


class DagsterUnreachable(MarketingError):
    """Dagster's history is on a server that cannot be reached."""


class DagsterHistory:
    """Reads a Dagster instance; changes nothing."""

    def __init__(self, instance: "DagsterInstance") -> None:
        self._instance = instance

    def daemon_beats(self) -> tuple[DaemonBeat, ...]:
        """Each part of the daemon that this instance needs and that was ever heard of."""
        needed = self._instance.get_required_daemon_types()
        return tuple(
            DaemonBeat(
                name,
                datetime.fromtimestamp(beat.timestamp, UTC),
                beat.errors[0].message.strip() if beat.errors else "",
            )
            for name, beat in sorted(self._instance.get_daemon_heartbeats().items())
            if name in needed
        )

    def failed_runs(self, now: datetime) -> tuple[FailedRun, ...]:
        """Jobs (with their partition) of which the newest finished run of the last two days failed. `now`: real time.

        A run that is being started again by Dagster is not told of until that ends as well.
        """
        return tuple(self._newest_failures(now))

    def _newest_failures(self, now: datetime) -> Iterator[FailedRun]:
        from dagster import DagsterRunStatus, RunsFilter

        seen: set[tuple[str, str | None]] = set()
        records = self._instance.get_run_records(RunsFilter(updated_after=now - LOOK_BACK), limit=MOST_RUNS)
        for record in records:
            run = record.dagster_run
            partition = run.tags.get("dagster/partition")
            what = (run.job_name, partition)
            if what in seen or run.status in (DagsterRunStatus.CANCELED, DagsterRunStatus.CANCELING):
                continue
            # Newest first: whatever came after a failure, be it at work still, has taken its place.
            seen.add(what)
            if run.status is DagsterRunStatus.FAILURE:
                ended = record.end_time or record.update_timestamp.timestamp()
                yield FailedRun(run.run_id, run.job_name, partition, datetime.fromtimestamp(ended, UTC))


@contextmanager
def dagster_history(folder: Path) -> Generator[DagsterHistory | None]:
    """The history kept in a Dagster home, or None where there is none yet. Raises DagsterUnreachable."""
    if not (folder / "dagster.yaml").exists():
        yield None
        return
    with opened_instance(folder) as instance:
        yield DagsterHistory(instance)


@contextmanager
def opened_instance(folder: Path, name: str = "dagster.yaml") -> "Generator[DagsterInstance]":
    """The instance of a Dagster home, as the settings of that name say. Raises DagsterUnreachable."""
    # Imported here: Dagster takes longer to load than everything else that a look at the health does.
    from dagster import DagsterInstance
    from sqlalchemy.exc import OperationalError

    try:
        instance = DagsterInstance.from_config(str(folder), name)
    except Exception as error:
        # The package of the server's storage is an extra, and with it the class of its own errors.
        if isinstance(error, OperationalError) or type(error).__name__ == "DagsterPostgresException":
            raise DagsterUnreachable(
                "The database that keeps Dagster's history does not answer.",
                "See that it runs and that MARKETING_DAGSTER_DATABASE_URL is its address.",
            ) from error
        raise
    with instance:
        yield instance
