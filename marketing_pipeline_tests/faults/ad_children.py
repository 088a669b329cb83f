"""What children of the ad executor do: one life each, and how it ends."""

import fcntl
import os
import signal
from collections.abc import Generator
from contextlib import contextmanager, suppress
from pathlib import Path

from marketing_pipeline.channels.google_ads.client import AdsClient
from marketing_pipeline.channels.google_ads.connection import AdsConnection
from marketing_pipeline.domain.errors import MarketingError
from marketing_pipeline.execution.steps import OnStep, Step, go_on
from marketing_pipeline.settings.google_ads import access_of_sandbox
from marketing_pipeline_tests.execution.ad_desk import AdDesk
from marketing_pipeline_tests.execution.crashing import dying_at
from marketing_pipeline_tests.faults.ad_mutant import Blind
from marketing_pipeline_tests.faults.ad_operator import settle
from marketing_pipeline_tests.faults.ad_stage import patient_brand
from marketing_pipeline_tests.faults.control_planes import home_at

_SECONDS = 5.0


@contextmanager
def desk_of(root: Path, *, blind: bool = False) -> Generator[AdDesk]:
    """The desk of a home whose sandbox another process serves, its channel already open."""
    home = home_at(root)
    clock, database = home.clock(), home.open_database()
    client = AdsClient(AdsConnection(access_of_sandbox(root), clock, seconds=_SECONDS))
    yield AdDesk(database, clock, Blind(client) if blind else client, patient_brand())
    client.close()
    database.close()


def live_until(root: Path, change: str, fatal: Step | None, blind: bool) -> None:
    """Work on a change until it is settled, and end without any clean-up at the first moment called `fatal`."""
    with desk_of(root, blind=blind) as desk:
        settle(desk, desk.change(change), go_on if fatal is None else dying_at(fatal))


def live_aloud(root: Path, change: str, diary: Path) -> None:
    """Work on a change until it is settled, and write each step down in one unbuffered write."""
    with desk_of(root) as desk, diary.open("ab", buffering=0) as pages:
        found = desk.change(change)
        desk.platform.read_value(found.payload)  # from here on imports and the channel are behind it
        pages.write(b"ready\n")
        settle(desk, found, lambda step: _write(pages.fileno(), step))


def stand_still(root: Path, change: str, at: Step) -> None:
    """Apply a change once, and stop by SIGSTOP at that step until somebody continues this process."""

    def stop(step: Step) -> None:
        if step is at:
            os.kill(os.getpid(), signal.SIGSTOP)

    _apply(root, change, stop)


def race(root: Path, gates: Path, results: Path, rounds: int) -> None:
    """In each round wait for the gate, then apply the change that it names once."""
    with desk_of(root) as desk:
        for number in range(rounds):
            with (gates / str(number)).open() as gate:
                if number == 0:
                    desk.platform.account("1234567890")  # everything is warm before the first gate opens
                    (results / f"ready-{os.getpid()}").touch()
                fcntl.flock(gate, fcntl.LOCK_SH)
                change = gate.read()
            with suppress(MarketingError):
                desk.executor().apply(change)
            (results / f"{number}-{os.getpid()}").touch()


def _apply(root: Path, change: str, on_step: OnStep = go_on) -> None:
    with desk_of(root) as desk, suppress(MarketingError):
        desk.executor(on_step=on_step).apply(change)


def _write(file: int, step: Step) -> None:
    os.write(file, f"{step}\n".encode())
