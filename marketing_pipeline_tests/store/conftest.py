"""A counter at which a post is queued and decided about."""

from collections.abc import Iterator

import pytest

from marketing_pipeline.domain.brand import Brand
from marketing_pipeline.store.database import Database
from marketing_pipeline_tests.store.publish_counter import Counter


@pytest.fixture
def counter(database: Database, brand: Brand) -> Iterator[Counter]:
    """Every test leaves an intact audit chain behind."""
    made = Counter(database, brand)
    yield made
    with database.read() as connection:
        assert made.plane.audit.verify(connection).intact
