"""Reading many rows: by the fast way where the package ptars is there, by the plain one where it is not."""

from collections.abc import Iterator
from importlib.util import find_spec
from typing import TYPE_CHECKING

from marketing_pipeline.channels.google_ads.connection import AdsConnection
from marketing_pipeline.channels.google_ads.fact_queries import FactQuery
from marketing_pipeline.channels.google_ads.plain_rows import plain_tables
from marketing_pipeline.channels.google_ads.raw_pages import raw_tables

if TYPE_CHECKING:
    import pyarrow as pa


def fact_tables(connection: AdsConnection, customer: str, query: FactQuery) -> Iterator["pa.Table"]:
    """The answer to a query as tables named by its columns, one a page, an empty one for no rows.

    Raises AdsFailure, which may come in the middle: keep nothing of an answer before its end.
    """
    names = list(query.columns.values())
    read = raw_tables if find_spec("ptars") else plain_tables
    for table in read(connection, customer, query.text(), names):
        yield table.rename_columns(list(query.columns))
