"""The cap of an account's day, wanted by many workers at once: it holds at every instant."""

from collections import defaultdict
from collections.abc import Callable, Sequence
from datetime import date, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

from marketing_pipeline.domain.account_day import account_day
from marketing_pipeline.domain.ad_amounts import raise_of
from marketing_pipeline.domain.clock import SystemClock
from marketing_pipeline.domain.errors import MarketingError
from marketing_pipeline.domain.money import MICROS
from marketing_pipeline.execution.steps import OnStep, Step
from marketing_pipeline.store.ad_change_row import AdChange
from marketing_pipeline.store.ad_effect_rows import reserved_on
from marketing_pipeline.store.ad_ledger import NotClaimable
from marketing_pipeline_tests.execution.ad_desk import CUSTOMER, AdDesk
from marketing_pipeline_tests.faults.ad_judge import makes
from marketing_pipeline_tests.faults.ad_stage import AdStage, open_stage, patient_brand
from marketing_pipeline_tests.faults.ad_threads import running
from marketing_pipeline_tests.faults.row import FaultRow, Figure

_THREADS = 8
AT_ONCE = 50
_LONDON = ZoneInfo("Europe/London")
_SHARE_OF_ALL = 0.3


def many_pass_the_cap(tries: int, seed: int, folder: Path) -> Figure:
    """Row 28: up to fifty raises at once from eight workers, on two days; together more than three times the cap.

    `broken` counts instants at which the raises made, or reserved, on the account's day were above the cap.
    """
    figure = Figure(tries=0)
    for start in range(0, tries, AT_ONCE):
        with open_stage(folder, campaigns=min(AT_ONCE, tries - start)) as stage:
            figure += _all_at_once(stage)
    return figure


def _all_at_once(stage: AdStage) -> Figure:
    budgets = stage.budgets()
    cap = int(_SHARE_OF_ALL * sum(raise_of(budget) for budget in budgets)) // MICROS
    stage.desk.brand = patient_brand({"raise_per_day": cap})
    changes = [stage.desk.approved(budget, hours=336) for budget in budgets]
    over: list[int] = []

    def watch(step: Step) -> None:
        if step is Step.CLAIMED:
            with stage.desk.database.read() as connection:
                today = account_day(stage.desk.clock.now(), _LONDON)
                over.append(reserved_on(connection, CUSTOMER, today)[1] > cap * MICROS)

    for _ in range(2):
        with running(*(_worker(stage, changes[number::_THREADS], watch) for number in range(_THREADS))):
            pass
        stage.desk.clock.sleep(timedelta(days=1).total_seconds())
    sums: defaultdict[date, int] = defaultdict(int)
    instants_over, made = sum(over), 0
    for entry in stage.sandbox.applied():
        change = next(change for change in changes if makes(entry, change.payload))
        day = account_day(entry.at, _LONDON)
        sums[day] += raise_of(change.payload)
        instants_over += sums[day] > cap * MICROS
        made += 1
    idle = not (len(sums) == 2 and made < len(changes))
    share = max(sums.values(), default=0) / (cap * MICROS)
    return Figure(
        tries=len(changes),
        effects=made,
        broken=instants_over + idle,
        note=f"{made} of {len(changes)} made on two days; the fullest day used {share:.0%} of its cap",
    )


def _worker(stage: AdStage, changes: Sequence[AdChange], on_step: OnStep) -> Callable[[], None]:
    """Applies its changes with a client of its own, waiting where another worker is at work on the account."""

    def work() -> None:
        with stage.another_desk() as desk:
            for change in changes:
                _apply_when_free(desk, change, on_step)

    return work


def _apply_when_free(desk: AdDesk, change: AdChange, on_step: OnStep) -> None:
    while True:
        try:
            desk.executor(on_step=on_step).apply(change.id)
        except NotClaimable as refusal:
            if "at work on the same account" in refusal.message:
                SystemClock().sleep(0.03)
                continue
        except MarketingError:
            pass
        return


ROWS = (FaultRow("28", "many small changes together pass the cap", "ad change", 20, 10 * AT_ONCE, many_pass_the_cap),)
