"""What the doctor looks at where several machines share one warehouse: its extensions, catalog and object storage."""

from collections.abc import Iterator
from contextlib import closing
from typing import TYPE_CHECKING

from marketing_pipeline.cli.finding import Finding, looked_at
from marketing_pipeline.domain.errors import MarketingError
from marketing_pipeline.domain.health import counted
from marketing_pipeline.settings import Settings
from marketing_pipeline.store.home import Home
from marketing_pipeline.store.lake_news import named_lake
from marketing_pipeline.store.warehouse import Warehouse

if TYPE_CHECKING:
    from marketing_pipeline.store.lake import Lake

PATIENCE_S = 5.0


class AdFactsLeft(MarketingError):
    """The warehouse of this home has ad facts that the lake does not have."""


def lake_reached(settings: Settings) -> Iterator[Finding]:
    """Nothing where the warehouse is a file of the home."""
    lake = named_lake(settings.stores, settings.object_storage, Home(settings.home).warehouse, PATIENCE_S)
    if lake is None:
        return
    with closing(lake):
        catalog = looked_at("warehouse catalog", lambda: _catalog(lake))
        yield catalog
        if not catalog.ok:
            return
        data = looked_at("warehouse data", lambda: _data(lake))
        yield data
        if data.ok:
            yield looked_at("ad facts", lambda: _ad_facts(lake))


def _catalog(lake: "Lake") -> str:
    return f"{lake.place.shown} answers, commit {lake.version()}"


def _data(lake: "Lake") -> str:
    lake.try_data()
    return f"{lake.place.data} can be written and read"


def _ad_facts(lake: "Lake") -> str:
    """They stand in the warehouse alone, so what the file of this home holds is not in the lake by itself."""
    from marketing_pipeline.operations.ad_facts_carried import readings_left

    file = Warehouse(lake.folder, PATIENCE_S)
    left = readings_left(file, lake)
    if left:
        raise AdFactsLeft(
            f"{file.path} holds {counted(left, 'reading')} of ad accounts that the lake lacks.",
            "`marketing move ad-facts` copies them; if nobody needs them, remove that file.",
        )
    return "the lake has all that this home has read"
