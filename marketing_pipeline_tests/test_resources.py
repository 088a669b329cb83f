"""The Dagster resource: what a step logs and stores names the run that it belongs to."""

from pathlib import Path
from typing import Any

import dagster as dg
import pytest

from marketing_pipeline.domain.log_context import ids
from marketing_pipeline.resources import workplace
from marketing_pipeline.store.image_jobs import open_job
from marketing_pipeline_tests.cli.office import FIRST, write_brand

PARTITIONS: list[dict[str, str]] = [
    {"dagster/partition": "2026-11-16|tea_room", "dagster/partition/brand": "tea_room", "dagster/partition/week": "w"},
    {"dagster/partition": "tea_room-set_budget-1a2b"},
    {},
]
NAMED: list[dict[str, str]] = [{"brand": "tea_room", "week": "w"}, {"ad_change": "tea_room-set_budget-1a2b"}, {}]


@pytest.mark.parametrize(("tags", "named"), list(zip(PARTITIONS, NAMED, strict=True)))
def test_a_step_knows_its_run_and_what_it_works_on(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, tags: dict[str, str], named: dict[str, str]
) -> None:
    write_brand(tmp_path / "brands")
    monkeypatch.setenv("MARKETING_BRANDS", str(tmp_path / "brands"))
    seen: list[dict[str, str]] = []

    @dg.op(required_resource_keys={"workplace"})
    def look(context: dg.OpExecutionContext) -> None:
        seen.append(dict(ids()))
        place: Any = context.resources.workplace
        seen.append({"run": open_job(place.database, "a job", FIRST, "openai:x", "leaves").run or ""})

    @dg.job(resource_defs={"workplace": workplace}, tags=tags)
    def looking() -> None:
        look()

    result = looking.execute_in_process()
    assert seen == [{"run": result.run_id, **named}, {"run": result.run_id}]
    assert ids() == {}
