"""The one Dagster resource: this installation, opened for a step and closed after it."""

from collections.abc import Generator
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, TypedDict

import dagster as dg

from marketing_pipeline.domain.log_context import about
from marketing_pipeline.settings import Settings
from marketing_pipeline.workplace import Workplace

if TYPE_CHECKING:
    from marketing_pipeline.workplace.brands import BrandFiles

_PARTITION = "dagster/partition"


@dg.resource(description="This installation, as the environment describes it: stores, clock, brands and clients.")
def workplace(context: dg.InitResourceContext) -> Generator[Workplace]:
    """Open the workplace for one step or one tick. Its errors say how to mend them."""
    from marketing_pipeline.operations.orphaned_runs import tell_host
    from marketing_pipeline.settings.logs import set_up_logs

    set_up_logs()
    if context.run is not None and context.instance is not None:
        tell_host(context.instance, context.run)
    settings = Settings.from_environment()
    kept = _brand_files(settings.home, settings.database_url.get_secret_value(), settings.brands)
    with about(**_named(context.run)), Workplace.open(settings, kept) as opened:
        yield opened


@lru_cache(maxsize=4)
def _brand_files(home: Path, database: str, folder: Path) -> "BrandFiles":
    """One for as long as the process lasts, so that a tick reads no file that it has read before.

    Of a home as well, since it keeps which of their changes that home's audit log has.
    """
    from marketing_pipeline.workplace.brands import BrandFiles

    return BrandFiles(folder)


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
