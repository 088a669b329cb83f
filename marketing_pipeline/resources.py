"""The one Dagster resource: this installation, opened for a step and closed after it."""

from collections.abc import Generator
from typing import TypedDict

import dagster as dg

from marketing_pipeline.domain.log_context import about
from marketing_pipeline.settings import Settings
from marketing_pipeline.workplace import Workplace

_PARTITION = "dagster/partition"


@dg.resource(description="This installation, as the environment describes it: stores, clock, brands and clients.")
def workplace(context: dg.InitResourceContext) -> Generator[Workplace]:
    """Open the workplace for one step or one tick. Its errors say how to mend them."""
    from marketing_pipeline.settings.logs import set_up_logs

    set_up_logs()
    with about(**_named(context.run)), Workplace.open(Settings.from_environment()) as opened:
        yield opened


class _Named(TypedDict, total=False):
    run: str
    brand: str
    week: str
    ad_change: str


def _named(run: dg.DagsterRun | None) -> _Named:
    """What a run works on, by its tags; a tick has none."""
    if run is None:
        return {}
    brand, week = (run.tags.get(f"{_PARTITION}/{part}") for part in ("brand", "week"))
    if brand and week:
        return {"run": run.run_id, "brand": brand, "week": week}
    change = run.tags.get(_PARTITION)
    return {"run": run.run_id, "ad_change": change} if change else {"run": run.run_id}
