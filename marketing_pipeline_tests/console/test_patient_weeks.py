"""A week that waits for a batch of model calls, as the first page and the calendar tell it."""

from datetime import timedelta
from pathlib import Path

import pytest

from marketing_pipeline.domain.identifiers import BrandId, ModelCallId
from marketing_pipeline.domain.model_batch import BatchItem, ModelBatch
from marketing_pipeline.domain.model_call import CallOutcome, CallSubject, ModelCall
from marketing_pipeline.store.model_batches import ModelBatchBook
from marketing_pipeline.store.model_calls import ModelCalls
from marketing_pipeline_tests.cli.office import BRAND, Office
from marketing_pipeline_tests.console.browser import Site
from marketing_pipeline_tests.console.other_room import OTHER, open_other_room

WEEK = "2026-11-16"
WAITS = "model calls at half the price"


def hand_over(office: Office, brand: BrandId = BRAND) -> ModelBatchBook:
    """A batch of two calls, two hours ago, 0.30 USD set aside for each."""
    since = office.now - timedelta(hours=2)
    book, calls = ModelBatchBook(office.work.database), ModelCalls(office.work.database)
    items: list[BatchItem] = []
    for number in range(2):
        call = ModelCall(
            id=ModelCallId(f"call-{brand}-{number}"),
            provider="sandbox",
            agent="copywriter",
            attempt=1,
            model="a-model",
            prompt="copywriter",
            prompt_sha256="0" * 64,
            schema_sha256="0" * 64,
            outcome=CallOutcome.IN_FLIGHT,
            subject=CallSubject(brand=brand, week=WEEK),
            started_at=since,
            reserved_micros=300_000,
        )
        calls.open_call(call, 10**9, since - timedelta(days=7), since + timedelta(days=7))
        items.append(BatchItem(question=f"question-{brand}-{number}", call=call.id, batch=f"batch-{brand}"))
    needed_by = since + timedelta(hours=24)
    book.open(
        ModelBatch(id=f"batch-{brand}", brand=brand, week=WEEK, calls=2, started_at=since, needed_by=needed_by), items
    )
    return book


@pytest.mark.parametrize("address", ["/", "/calendar?week=2026-11-16"])
def test_a_week_that_waits_is_told_with_its_times_its_saving_and_the_way_out(
    site: Site, office: Office, address: str
) -> None:
    office.planned()
    assert WAITS not in site.page(address)
    book = hand_over(office)
    page = site.page(address)
    assert f"The week of 16 Nov 2026 waits for 2 {WAITS}" in page and "(2 h ago)" in page
    assert "Waiting saves up to USD 0.6000" in page
    assert f"marketing run week --brand {BRAND} --week {WEEK}" in page
    book.end(f"batch-{BRAND}", {})
    assert WAITS not in site.page(address)


def test_neither_another_week_nor_another_brand_is_told_of_it(site: Site, office: Office, brands: Path) -> None:
    open_other_room(brands)
    hand_over(office)
    assert WAITS not in site.page("/calendar", week="2026-11-23")
    assert WAITS not in site.page("/", brand=OTHER)
    assert WAITS in site.page("/")
