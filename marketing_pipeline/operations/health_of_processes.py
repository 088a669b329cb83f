"""Processes that should be running: Dagster's daemon, the code location, drains at work, the console."""

from collections.abc import Iterator
from datetime import datetime, timedelta

from marketing_pipeline.domain.health import Area, HealthFinding, ago, bad, doubtful, well
from marketing_pipeline.domain.heartbeat import MISSED_BEATS, ServerKind
from marketing_pipeline.operations.installation import Installation

DAEMON_EVERY = timedelta(seconds=30)
"""How often each part of Dagster's daemon shows a sign of life."""
PART_STUCK = timedelta(minutes=5)
"""One part may be at work for as long as its slowest schedule or sensor takes, and shows no sign of life meanwhile."""
TOLD_FOR = timedelta(hours=1)
"""A drain that died is told of for so long, and for as long as it holds a claim: then the ledger has healed."""
_START = "Start it: `marketing up`."


def daemon(place: Installation) -> Iterator[HealthFinding]:
    """By its own heartbeats: without it no schedule and no sensor runs."""
    beats = place.history.daemon_beats() if place.history else ()
    if not beats:
        yield doubtful(Area.DAEMON, "Dagster's daemon has never run here, so nothing happens by itself.", _START)
        return
    now = place.real.now()
    oldest, newest = min(beats, key=lambda beat: beat.at), max(beats, key=lambda beat: beat.at)
    failing = next((beat for beat in beats if beat.error), None)
    if now - newest.at > MISSED_BEATS * DAEMON_EVERY:
        what = f"Dagster's daemon was last heard of {ago(now - newest.at)} ago, so nothing happens by itself."
        yield bad(Area.DAEMON, what, _START, since=newest.at)
    elif now - oldest.at > PART_STUCK:
        what = f"The part {oldest.name} of Dagster's daemon was last heard of {ago(now - oldest.at)} ago: it hangs."
        yield bad(Area.DAEMON, what, "End `marketing up` and start it again.", since=oldest.at)
    elif failing:
        log = place.home.root / "logs" / "daemon.txt"
        yield doubtful(Area.DAEMON, f"{failing.name}: {failing.error.splitlines()[0]}", f"Its log: {log}")
    else:
        yield well(Area.DAEMON, f"last heard of {ago(now - newest.at)} ago")


def code_location(place: Installation) -> Iterator[HealthFinding]:
    """By the beats of its sensor."""
    yield _one_of(place, Area.CODE_LOCATION, ServerKind.CODE_LOCATION, "The code location", "sensors do not run")


def console(place: Installation) -> Iterator[HealthFinding]:
    """By its own beats."""
    yield _one_of(place, Area.CONSOLE, ServerKind.CONSOLE, "The console", "nobody watches when the daemon dies")


def _one_of(place: Installation, area: Area, kind: ServerKind, name: str, loss: str) -> HealthFinding:
    newest = next(iter(place.beats.read(kind)), None)
    if newest is None:
        return doubtful(area, f"{name} has never run here.", _START)
    now = place.real.now()
    if newest.ended_at is not None:
        return doubtful(area, f"{name} ended in good order {ago(now - newest.ended_at)} ago.", _START)
    if newest.is_silent(now):
        what = (
            f"{name} (process {newest.pid} on {newest.host}) was last heard of {ago(now - newest.beat_at)} ago: {loss}."
        )
        return bad(area, what, _START, since=newest.beat_at)
    return well(area, f"last heard of {ago(now - newest.beat_at)} ago")


def drains(place: Installation) -> Iterator[HealthFinding]:
    """Drains that fell silent: killed, stopped, or hanging."""
    now: datetime = place.real.now()
    running = [beat for beat in place.beats.read(ServerKind.DRAIN) if beat.ended_at is None]
    silent = [beat for beat in running if beat.is_silent(now)]
    holding = place.beats.leased_to(frozenset(_run_of(beat.name) for beat in silent))
    told = [beat for beat in silent if now - beat.beat_at < TOLD_FOR or _run_of(beat.name) in holding]
    for beat in told:
        left = "still holds a claim" if _run_of(beat.name) in holding else "holds no claim any more"
        yield bad(
            Area.DRAINS,
            f"The drain {_run_of(beat.name)} (process {beat.pid} on {beat.host}) fell silent {ago(now - beat.beat_at)}"
            f" ago and {left}.",
            "The next drain takes over what it held. If the process still runs and hangs, end it.",
            since=beat.beat_at,
        )
    if not told:
        yield well(Area.DRAINS, f"{len(running) - len(silent)} at work, none hangs")


def _run_of(name: str) -> str:
    return name.removeprefix("drain:")
