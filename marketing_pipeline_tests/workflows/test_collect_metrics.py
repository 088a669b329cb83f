"""Collecting insights over the wire: what is absent stays absent, and one failure never loses the rest."""

from collections.abc import Generator
from datetime import timedelta
from pathlib import Path

import httpx
import pytest

from marketing_pipeline.domain.brand import Brand
from marketing_pipeline.domain.channel_token import TokenState
from marketing_pipeline.domain.metrics import CORE_METRICS, METRICS
from marketing_pipeline.domain.post import PostState
from marketing_pipeline.sandbox.journal import Kind
from marketing_pipeline.store.insights import snapshots_of
from marketing_pipeline.store.post_row import Post
from marketing_pipeline.workflows.collect_metrics import WINDOW_CLOSED, Collected, collect_metrics
from marketing_pipeline_tests.end_to_end.company import FIRST_WEEK, Company, company
from marketing_pipeline_tests.fixtures import TEST_BRANDS


@pytest.fixture
def bakery(tmp_path: Path, small_brands: dict[str, Brand]) -> Generator[Company]:
    """The bakery, its first post just published."""
    with company(tmp_path, small_brands["bakery"], brands=TEST_BRANDS) as people:
        people.learn_and_plan(FIRST_WEEK)
        first = min(people.queue_plain(FIRST_WEEK), key=lambda effect: effect.due_at)
        people.workplace.clock.step_to(first.due_at)
        people.workplace.drain("test")
        yield people


def published(people: Company) -> Post:
    [post] = people.workplace.posts.find(states=[PostState.PUBLISHED])
    return post


def collect(people: Company) -> Collected:
    return collect_metrics(people.at(FIRST_WEEK), people.workplace.providers.instagram(people.brand))


def later(people: Company, **span: float) -> None:
    people.workplace.clock.sleep(timedelta(**span).total_seconds())


def test_each_age_is_read_once_when_it_is_reached(bakery: Company) -> None:
    assert collect(bakery).stored == 0
    ages: list[str] = []
    for hours in (1, 23, 48, 96):
        later(bakery, hours=hours + 0.01)
        assert collect(bakery).stored == 1
        assert collect(bakery).stored == 0
        ages.append(snapshots_of(bakery.workplace.database, published(bakery).id)[-1].age)
    assert ages == ["1h", "24h", "72h", "7d"]
    reach = [snapshot.values["reach"] for snapshot in snapshots_of(bakery.workplace.database, published(bakery).id)]
    assert None not in reach and reach == sorted(reach, key=lambda value: value or 0)


def test_an_age_that_was_missed_is_stored_as_absent_with_the_reason(bakery: Company) -> None:
    later(bakery, hours=25)
    done = collect(bakery)
    assert (done.stored, done.closed) == (1, 1)
    hour, day = snapshots_of(bakery.workplace.database, published(bakery).id)
    if hour.age != "1h":
        hour, day = day, hour
    assert set(hour.values.values()) == {None} and hour.missing == dict.fromkeys(METRICS, WINDOW_CLOSED)
    assert day.values["reach"]


def test_a_failing_metric_never_loses_the_others_and_is_not_zero(bakery: Company) -> None:
    later(bakery, hours=1.1)
    order = {"name": "error", "operation": "media_insights", "code": 100, "subcode": None, "times": 1}
    answer = httpx.post(f"{bakery.world.url}/sandbox/faults", json={"faults": [order]}, trust_env=False)
    assert answer.status_code == 201, answer.text
    assert collect(bakery).stored == 1
    [snapshot] = snapshots_of(bakery.workplace.database, published(bakery).id)
    assert all(snapshot.values[name] is not None for name in CORE_METRICS)
    absent = {name for name, value in snapshot.values.items() if value is None}
    assert absent == set(snapshot.missing)


def test_a_dead_account_stops_the_collection_and_nothing_is_made_up(bakery: Company) -> None:
    later(bakery, hours=1.1)
    order = {"name": "token_expired", "times": 50}
    httpx.post(f"{bakery.world.url}/sandbox/faults", json={"faults": [order]}, trust_env=False)
    done = collect(bakery)
    assert done.stored == 0 and list(done.failed) == [published(bakery).id]
    assert snapshots_of(bakery.workplace.database, published(bakery).id) == ()
    [token] = bakery.workplace.tokens.known()
    assert token.state is TokenState.REFUSED
    with bakery.workplace.database.read() as connection:
        assert bakery.workplace.holds.awaits_token(connection, bakery.brand.brand_id, "instagram")


@pytest.mark.parametrize(("code", "calls"), [(4, 1), (2, 2)], ids=["a limit", "a passing failure"])
def test_a_limit_that_all_calls_share_ends_the_collection_and_another_failure_does_not(
    bakery: Company, code: int, calls: int
) -> None:
    second = min(bakery.workplace.posts.find(states=[PostState.SCHEDULED]), key=lambda post: post.scheduled_at)
    bakery.workplace.clock.step_to(second.scheduled_at)
    bakery.workplace.drain("test")
    later(bakery, hours=1.1)
    order = {"name": "error", "operation": "media_insights", "code": code, "subcode": None, "times": 50}
    httpx.post(f"{bakery.world.url}/sandbox/faults", json={"faults": [order]}, trust_env=False)
    assert len(collect(bakery).failed) == calls
    assert len(bakery.world.journal.rows(Kind.FAULT_APPLIED)) == calls
