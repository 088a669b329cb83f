"""Ad changes whose answer never comes, or comes wrong: the change was made, was not made, or is made later."""

import random
from pathlib import Path
from typing import Any

from marketing_pipeline.store.ad_change_row import AdChange
from marketing_pipeline_tests.faults.ad_judge import judged
from marketing_pipeline_tests.faults.ad_mutant import Blind
from marketing_pipeline_tests.faults.ad_operator import settle
from marketing_pipeline_tests.faults.ad_stage import ROOM, open_stage
from marketing_pipeline_tests.faults.row import FaultRow, Figure

LOST_AFTER = ("lost_after", "internal_after", "exhausted_without_detail", "hang_after")
_LATEST_COMMIT_SECONDS = 600


def lost_after_the_commit(tries: int, seed: int, folder: Path, *, blind: bool = False) -> Figure:
    """Row 3: the connection breaks, hangs or ends in an error, although the change was made."""
    return _with_faults([(LOST_AFTER[number % len(LOST_AFTER)], {}) for number in range(tries)], folder, blind=blind)


def committed_late(tries: int, seed: int, folder: Path) -> Figure:
    """Row 4: the connection breaks, and the change is made half a minute to ten minutes later."""
    chance = random.Random(seed)
    delays = [30, *(chance.randint(30, _LATEST_COMMIT_SECONDS) for _ in range(tries - 1))]
    return _with_faults([("late_commit", {"seconds": delay}) for delay in delays], folder)


def _with_faults(faults: list[tuple[str, dict[str, Any]]], folder: Path, *, blind: bool = False) -> Figure:
    """One change for each fault, which strikes its real call. `broken` counts every second call."""
    figure = Figure(tries=0)
    for start in range(0, len(faults), ROOM):
        with open_stage(folder) as stage:
            changes: list[AdChange] = []
            stage.desk.platform = Blind(stage.client) if blind else stage.client
            for name, fields in faults[start : start + ROOM]:
                change, before = stage.approved(), stage.sends()
                stage.order(name, validate_only=False, **fields)
                settle(stage.desk, change)
                figure += Figure(tries=0, broken=stage.sends() - before != 1)
                changes.append(change)
            figure += judged(stage, changes)
    return figure + Figure(tries=0, note="0 second calls")


ROWS = (
    FaultRow("3", "reply lost after the change was made", "ad change", 8, 100, lost_after_the_commit),
    FaultRow("4", "late commit", "ad change", 5, 100, committed_late),
)
