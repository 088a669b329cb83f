"""The weekly job through a real Dagster instance, against the sandbox over the wire; and what automation asks for."""

import re
import shutil
from collections.abc import Generator
from datetime import timedelta
from pathlib import Path

import dagster as dg
import pytest

from marketing_pipeline import automation
from marketing_pipeline.assets.partitions import partition_key
from marketing_pipeline.definitions import defs
from marketing_pipeline.domain.brand import Brand
from marketing_pipeline.domain.post import PostState
from marketing_pipeline.store.brand_folder import load_brand
from marketing_pipeline.workflows.failed_posts import PostsFailed
from marketing_pipeline.workplace.weeks import KEPT_AT
from marketing_pipeline_tests.end_to_end.company import FIRST_WEEK, Company, company
from marketing_pipeline_tests.fixtures import SHIPPED_BRANDS


@pytest.fixture
def shop(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Generator[Company]:
    """The shipped brand with two posts a week, in a world of its own that Dagster's runs find by the environment."""
    brands = tmp_path / "brands"
    shutil.copytree(SHIPPED_BRANDS / "upscale_print", brands / "upscale_print")
    file = brands / "upscale_print" / "brand.yaml"
    text = re.sub(r"posts_per_week: \d+", "posts_per_week: 2", file.read_text(encoding="utf-8"))
    file.write_text(text, encoding="utf-8")
    monkeypatch.setenv("MARKETING_BRANDS", str(brands))
    monkeypatch.setenv("MARKETING_HOME", str(tmp_path / "home"))
    with company(tmp_path, load_brand(file.parent), brands=brands) as people:
        yield people


def run(job: str, instance: dg.DagsterInstance, brand: Brand) -> dg.ExecuteInProcessResult:
    """Run a job for the first week of a brand."""
    key = None if job == "run_due_effects" else partition_key(brand.brand_id, FIRST_WEEK)
    return defs.resolve_job_def(job).execute_in_process(instance=instance, partition_key=key, raise_on_error=False)


def test_a_week_from_strategy_to_published_posts(shop: Company) -> None:
    people, brand = shop, shop.brand
    people.workplace.clock.step_to(brand.planning_moment(FIRST_WEEK))
    with dg.instance_for_test() as instance:
        result = run("weekly", instance, brand)
        assert result.success
        checks = {item.check_name: item.passed for item in result.get_asset_check_evaluations()}
        assert checks["weekly_plan_covers_every_slot"] and checks["captions_obey_brand_rules"]
        assert len(checks) == 11
        posts = people.workplace.posts.find(brand=brand.brand_id, week=FIRST_WEEK.key)
        assert len(posts) == brand.posting.posts_per_week
        waiting = {post.state for post in posts}
        assert waiting <= {PostState.SCHEDULED, PostState.NEEDS_HUMAN}
        again = run("weekly", instance, brand)
        assert again.success
        assert people.workplace.posts.find(brand=brand.brand_id, week=FIRST_WEEK.key) == posts

        people.approve_what_waits()
        people.workplace.clock.step_to(FIRST_WEEK.end(brand.zone) - timedelta(hours=1))
        for post in posts:
            people.workplace.queue.reschedule(
                brand=brand, post=post.id, due_at=people.workplace.clock.now(), actor="test"
            )
        drained = run("run_due_effects", instance, brand)
        assert drained.success
        published = {event.partition for event in drained.asset_materializations_for_node("drain_due_effects")}
        assert published == {str(partition_key(brand.brand_id, FIRST_WEEK))}
        reported = {item.check_name: (item.passed, item.partition) for item in drained.get_asset_check_evaluations()}
        assert reported == dict.fromkeys(("no_post_is_lost", "nobody_is_waited_for"), (True, *published))
    account = brand.channels.instagram.account_id
    assert len(people.world.journal.publishes(account)) == len(posts)


def _asked_weeks(people: Company) -> list[str | None]:
    """Partitions that a tick of the weekly schedule asks for."""
    moment = people.workplace.clock.now()
    context = dg.build_schedule_context(
        scheduled_execution_time=moment,
        resources={"workplace": people.workplace},
        repository_def=defs.get_repository_def(),
    )
    tick = automation.weekly_planning.evaluate_tick(context)
    return [str(request.partition_key) for request in tick.run_requests or []]


def test_the_schedule_asks_for_the_coming_week_once_its_moment_has_come(shop: Company) -> None:
    people, brand = shop, shop.brand
    assert _asked_weeks(people) == []
    people.workplace.clock.step_to(brand.planning_moment(FIRST_WEEK))
    assert _asked_weeks(people) == [str(partition_key(brand.brand_id, FIRST_WEEK))]
    people.learn_and_plan(FIRST_WEEK)
    people.queue_plain(FIRST_WEEK)
    assert _asked_weeks(people) == []


def test_the_sensor_is_silent_until_something_is_due_and_launches_a_lost_run_again(shop: Company) -> None:
    people = shop
    context = dg.build_sensor_context()
    assert isinstance(automation.due_effects(context, workplace=people.workplace), dg.SkipReason)  # pyright: ignore
    people.learn_and_plan(FIRST_WEEK)
    people.queue_plain(FIRST_WEEK)
    first = min(post.scheduled_at for post in people.workplace.posts.find(states=[PostState.SCHEDULED]))
    people.workplace.clock.step_to(first)
    asked = [_asked(people)]
    asked.append(_asked(people))
    assert asked[0].run_key == asked[1].run_key, "the same due effects are asked for once"
    people.workplace.clock.sleep(automation.RELAUNCH_SECONDS)
    assert _asked(people).run_key != asked[0].run_key, "a run that was lost is launched again"


def _asked(people: Company) -> dg.RunRequest:
    found = automation.due_effects(dg.build_sensor_context(), workplace=people.workplace)  # pyright: ignore
    assert isinstance(found, dg.RunRequest)
    return found


def test_a_week_that_an_outage_left_unfinished_is_asked_for_again_but_not_for_ever(shop: Company) -> None:
    people, brand = shop, shop.brand
    people.order_from_model(name="refusal", agent="copy", times=50)
    with pytest.raises(PostsFailed):
        people.learn_and_plan(FIRST_WEEK)
    assert _asked_weeks(people) == [str(partition_key(brand.brand_id, FIRST_WEEK))]
    people.workplace.clock.sleep(KEPT_AT.total_seconds())
    assert _asked_weeks(people) == [], "a post that fails again and again is a person's matter"


def test_posts_that_nobody_began_are_asked_for_until_the_last_slot_of_the_week_is_too_late(shop: Company) -> None:
    people, brand = shop, shop.brand
    people.learn_and_plan(FIRST_WEEK, write=False)
    asked, patience = (
        str(partition_key(brand.brand_id, FIRST_WEEK)),
        timedelta(minutes=brand.posting.late_after_minutes),
    )
    first, last = (post.scheduled_at for post in people.workplace.posts.find())
    people.workplace.clock.step_to(first + patience + timedelta(hours=1))
    assert FIRST_WEEK.start(brand.zone) < people.workplace.clock.now()
    assert _asked_weeks(people) == [asked], "the week has begun, and one of its posts can still be made"
    assert _asked(people), "the other one is late: a drain says what becomes of it"
    people.workplace.clock.step_to(last + patience + timedelta(seconds=1))
    assert asked not in _asked_weeks(people)
