"""The warehouse's schema as a lake takes it."""

import re
from functools import cache

from marketing_pipeline.store.warehouse_schema import VIEWS, schema

_ON_COLUMN_OF_VIEW = re.compile(rf"COMMENT ON COLUMN (?:{'|'.join(VIEWS)})\.")


@cache
def lake_schema() -> str:
    """`warehouse_schema.schema` without what is said of the columns of views, which a lake cannot keep."""
    return "\n".join(line for line in schema().splitlines() if not _ON_COLUMN_OF_VIEW.match(line))


@cache
def words_on_views() -> tuple[str, ...]:
    """What was left out, one statement each: for copies in a file, which can keep it."""
    return tuple(line for line in schema().splitlines() if _ON_COLUMN_OF_VIEW.match(line))
