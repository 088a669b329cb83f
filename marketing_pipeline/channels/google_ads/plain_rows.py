"""The plain way to Arrow: the client's own messages, a value at a time. Slow, and the judge of the fast way."""

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any

from marketing_pipeline.channels.google_ads.columns import SelectedField, arrow_type, selected
from marketing_pipeline.channels.google_ads.connection import STREAM_SECONDS, AdsConnection
from marketing_pipeline.channels.google_ads.message import plain

if TYPE_CHECKING:
    import pyarrow as pa


def plain_tables(connection: AdsConnection, customer: str, query: str, names: Sequence[str]) -> Iterator["pa.Table"]:
    """Tables of a streamed search, one a page, equal to those of `raw_tables`. Raises AdsFailure."""
    fields = selected(names)
    with connection.failures():
        service = connection.service
        for page in service.search_stream(customer_id=customer, query=query, timeout=STREAM_SECONDS):
            yield _table(plain(page).results, fields)


def _table(rows: Any, fields: Sequence[SelectedField]) -> "pa.Table":
    import pyarrow as pa

    schema = pa.schema([(field.name, arrow_type(field)) for field in fields])
    columns = [pa.array([_value(row, field) for row in rows], arrow_type(field)) for field in fields]
    return pa.table(columns, schema=schema)


def _value(row: Any, field: SelectedField) -> Any:
    for step in field.along[:-1]:
        if not row.HasField(step.name):
            return None
        row = getattr(row, step.name)
    leaf = field.leaf
    if leaf.has_presence and not row.HasField(leaf.name):
        return None
    value = getattr(row, leaf.name)
    if field.is_enum:
        known = leaf.enum_type.values_by_number.get(value)
        return known.name if known else None
    return value
