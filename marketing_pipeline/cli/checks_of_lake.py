"""What the doctor looks at where several machines share one warehouse: its extensions, catalog and object storage."""

from collections.abc import Iterator
from contextlib import closing
from typing import TYPE_CHECKING

from marketing_pipeline.cli.finding import Finding, looked_at
from marketing_pipeline.settings import Settings
from marketing_pipeline.store.home import Home
from marketing_pipeline.store.lake_news import named_lake

if TYPE_CHECKING:
    from marketing_pipeline.store.lake import Lake

PATIENCE_S = 5.0


def lake_reached(settings: Settings) -> Iterator[Finding]:
    """Nothing where the warehouse is a file of the home."""
    lake = named_lake(settings.stores, settings.object_storage, Home(settings.home).warehouse, PATIENCE_S)
    if lake is None:
        return
    with closing(lake):
        catalog = looked_at("warehouse catalog", lambda: _catalog(lake))
        yield catalog
        if catalog.ok:
            yield looked_at("warehouse data", lambda: _data(lake))


def _catalog(lake: "Lake") -> str:
    return f"{lake.place.shown} answers, commit {lake.version()}"


def _data(lake: "Lake") -> str:
    lake.try_data()
    return f"{lake.place.data} can be written and read"
