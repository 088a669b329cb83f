"""Whether Dagster's daemon is alive: without it no schedule and no sensor runs."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

from marketing_pipeline.cli.checks_of_home import Unwell
from marketing_pipeline.domain.clock import SystemClock

SILENT = timedelta(minutes=2)
"""A daemon writes a heartbeat every 30 seconds."""


def daemon_alive(folder: Path) -> str:
    """When the daemon of the Dagster home at `folder` was last heard of. Raises Unwell when it is silent or ill."""
    # Imported here: Dagster takes longer to load than every other check together.
    from dagster import DagsterInstance

    with DagsterInstance.from_config(str(folder)) as instance:
        beats = instance.get_daemon_heartbeats()
    if not beats:
        raise Unwell("Dagster's daemon has never run here, so nothing happens by itself.", "Start it: `marketing up`.")
    newest = datetime.fromtimestamp(max(beat.timestamp for beat in beats.values()), UTC)
    silence = SystemClock().now() - newest
    if silence > SILENT:
        raise Unwell(
            f"Dagster's daemon was last heard of {newest:%Y-%m-%d %H:%M} UTC, so nothing happens by itself.",
            "Start it: `marketing up`.",
        )
    for name, beat in beats.items():
        if beat.errors:
            raise Unwell(
                f"{name}: {beat.errors[0].message.strip()}", f"Its log: {folder.parent / 'logs' / 'daemon.txt'}"
            )
    return f"{len(beats)} daemons, last heard of {silence.total_seconds():.0f} s ago"
