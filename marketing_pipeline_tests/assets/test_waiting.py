"""A week whose model calls may wait: the run ends without a failure, and the next one finds what has come."""

import asyncio
import shutil
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import dagster as dg
import pytest

from marketing_pipeline.assets.waiting import unless_waiting
from marketing_pipeline.domain.brand import Brand
from marketing_pipeline.domain.identifiers import BrandId
from marketing_pipeline.domain.learning_engine import learn
from marketing_pipeline.domain.model_batch import ModelBatch, ModelBatches, WaitsForBatch
from marketing_pipeline.domain.post import PostState
from marketing_pipeline.sandbox.server import Latencies
from marketing_pipeline.store.brand_folder import load_brand
from marketing_pipeline.workflows.write_posts import write_posts
from marketing_pipeline_tests.end_to_end.company import FIRST_WEEK, Company, company
from marketing_pipeline_tests.fixtures import NOW, TEST_BRANDS

BATCH = ModelBatch(id="b", brand=BrandId("bakery"), week="2026-10-05", calls=7, started_at=NOW, needed_by=NOW)


def _made() -> dg.MaterializeResult[Any]:
    raise WaitsForBatch(BATCH)


def test_a_step_that_waits_ends_its_run_without_a_failure() -> None:
    @dg.asset(output_required=False)
    def words(context: dg.AssetExecutionContext) -> Iterator[dg.MaterializeResult[Any]]:
        with unless_waiting(context):
            yield _made()

    @dg.asset(deps=[words])
    def pictures() -> None:
        raise AssertionError("nothing is made of words that are not there")

    result = dg.materialize([words, pictures])
    assert result.success
    assert result.get_asset_materialization_events() == []


def _write(people: Company) -> None:
    work = people.at(FIRST_WEEK)
    learnt = learn(people.brand, FIRST_WEEK.key, [], people.workplace.clock.now())

    async def run() -> None:
        async with people.workplace.providers.language_model(work) as model:
            await write_posts(work, model, learnt, ())

    asyncio.run(run())


def test_a_week_that_waits_is_asked_for_again_and_written_from_its_batch(tmp_path: Path) -> None:
    patient = _brands_that_wait(tmp_path)
    with company(tmp_path, patient, brands=tmp_path / "brands", waits=Latencies(batch=7200)) as people:
        people.learn_and_plan(FIRST_WEEK, write=False)
        with pytest.raises(WaitsForBatch, match="waits for a batch of 3 model calls"):
            _write(people)
        weeks = people.workplace.weeks
        assert [batch.calls for batch in weeks.waiting_for(patient.brand_id, FIRST_WEEK)] == [3]
        people.workplace.clock.sleep(timedelta(hours=20).total_seconds())
        assert weeks.is_unfinished(patient, FIRST_WEEK)
        _write(people)
        assert len(people.at(FIRST_WEEK).posts_in(PostState.DRAFTED)) == 3
        assert weeks.waiting_for(patient.brand_id, FIRST_WEEK) == ()


def _brands_that_wait(folder: Path) -> Brand:
    shutil.copytree(TEST_BRANDS, folder / "brands")
    file = folder / "brands" / "bakery" / "brand.yaml"
    text = file.read_text(encoding="utf-8")
    file.write_text(f"{text}\npolicies: {{model_batches: {ModelBatches.WHEN_NOT_URGENT}}}\n", encoding="utf-8")
    return load_brand(file.parent)
