"""A whole week whose model calls may wait, run by run as the hourly schedule asks, through a real Dagster instance."""

import re
import shutil
from collections import Counter
from collections.abc import Generator, Mapping
from datetime import timedelta
from pathlib import Path
from typing import Any

import dagster as dg
import httpx
import pytest

from marketing_pipeline import automation
from marketing_pipeline.agents.prices import cost_of
from marketing_pipeline.assets.partitions import partition_key
from marketing_pipeline.definitions import defs
from marketing_pipeline.domain.model_batch import ModelBatches
from marketing_pipeline.domain.model_call import CallOutcome
from marketing_pipeline.domain.post import PostState
from marketing_pipeline.sandbox.server import Latencies
from marketing_pipeline.store.brand_folder import load_brand
from marketing_pipeline.store.model_calls import ModelCalls
from marketing_pipeline_tests.end_to_end.company import FIRST_WEEK, Company, company
from marketing_pipeline_tests.fixtures import SHIPPED_BRANDS

HOUR = timedelta(hours=1).total_seconds()
MOST_RUNS = 24


@pytest.fixture
def patient(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Generator[Company]:
    """The shipped brand with two posts a week, batches on, and a provider that takes 90 minutes for each."""
    brands = tmp_path / "brands"
    shutil.copytree(SHIPPED_BRANDS / "upscale_print", brands / "upscale_print")
    file = brands / "upscale_print" / "brand.yaml"
    text = re.sub(r"posts_per_week: \d+", "posts_per_week: 2", file.read_text(encoding="utf-8"))
    patience = f"model_batches: {ModelBatches.WHEN_NOT_URGENT}"
    file.write_text(text.replace("model_batches: never", patience), encoding="utf-8")
    monkeypatch.setenv("MARKETING_BRANDS", str(brands))
    monkeypatch.setenv("MARKETING_HOME", str(tmp_path / "home"))
    waits = Latencies(batch=1.5 * HOUR)
    with company(tmp_path, load_brand(file.parent), brands=brands, waits=waits) as people:
        people.workplace.clock.step_to(people.brand.planning_moment(FIRST_WEEK))
        yield people


def _asks(people: Company) -> bool:
    """Whether a tick of the weekly schedule asks for the week."""
    context = dg.build_schedule_context(
        scheduled_execution_time=people.workplace.clock.now(),
        resources={"workplace": people.workplace},
        repository_def=defs.get_repository_def(),
    )
    asked = automation.weekly_planning.evaluate_tick(context).run_requests or []
    return str(partition_key(people.brand.brand_id, FIRST_WEEK)) in [str(each.partition_key) for each in asked]


def _run(people: Company, instance: dg.DagsterInstance) -> dg.ExecuteInProcessResult:
    key = partition_key(people.brand.brand_id, FIRST_WEEK)
    weekly = defs.resolve_job_def("weekly")
    return weekly.execute_in_process(instance=instance, partition_key=key, raise_on_error=False)


def _taken(people: Company) -> list[Mapping[str, Any]]:
    """The batches that the provider has."""
    headers = {"authorization": "Bearer key", "anthropic-version": "2026-10-21"}
    reply = httpx.get(f"{people.world.url}/anthropic/v1/messages/batches", headers=headers, trust_env=False)
    return reply.raise_for_status().json()["data"]


def test_a_week_is_taken_up_again_until_its_posts_are_queued_at_half_the_price(patient: Company) -> None:
    people, waited = patient, 0
    people.order_from_model(name="batch_expired", times=1)
    with dg.instance_for_test() as instance:
        for _ in range(MOST_RUNS):
            if not _asks(people):
                break
            assert _run(people, instance).success, "to wait is no failure"
            waited += bool(people.workplace.weeks.waiting_for(people.brand.brand_id, FIRST_WEEK))
            people.workplace.clock.sleep(HOUR)
        assert not _asks(people)
    posts = people.workplace.posts.find(brand=people.brand.brand_id, week=FIRST_WEEK.key)
    assert len(posts) == 2
    assert {post.state for post in posts} <= {PostState.SCHEDULED, PostState.NEEDS_HUMAN}
    assert waited >= 3, "for words, briefs and verdicts"
    calls = ModelCalls(people.workplace.database).of_week(people.brand.brand_id, FIRST_WEEK.key)
    assert CallOutcome.IN_FLIGHT not in {call.outcome for call in calls}
    counts = Counter[str]()
    for batch in _taken(people):
        counts.update(batch["request_counts"])
    halved = 0
    for call in (each for each in calls if each.outcome is CallOutcome.OK):
        full = cost_of(call.model, call.use, call.started_at.date())
        assert full is not None
        halved += call.cost_micros == pytest.approx(full[0] / 2, abs=1)
    assert (counts["succeeded"], counts["expired"]) == (halved, 1), "what was paid at half is what batches answered"
