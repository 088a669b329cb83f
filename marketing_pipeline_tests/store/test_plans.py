import pytest
from sqlalchemy import func, select
from sqlalchemy.exc import IntegrityError

from marketing_pipeline.domain.brand import Brand
from marketing_pipeline.domain.errors import NotFound
from marketing_pipeline.domain.identifiers import BrandId
from marketing_pipeline.domain.post import PostState
from marketing_pipeline.domain.strategy import strategy_of
from marketing_pipeline.store.database import Database
from marketing_pipeline.store.plans import plan_of, planned_weeks, record_plan
from marketing_pipeline.store.posts import Posts
from marketing_pipeline.store.strategies import get_strategy, latest_strategy, record_strategy
from marketing_pipeline.store.tables import plans, posts
from marketing_pipeline_tests.fixtures import AuditNotes
from marketing_pipeline_tests.store.planned_week import WEEK, record_week, weekly_plan


def test_a_plan_and_its_posts_are_read_back_as_they_were_stored(
    database: Database, brand: Brand, audit: AuditNotes
) -> None:
    plan = record_week(database, brand, audit)
    assert plan_of(database, brand.brand_id, WEEK.key) == plan == weekly_plan(brand)
    stored = Posts(database, audit).find(brand=brand.brand_id, week=WEEK.key)
    assert [post.planned for post in stored] == list(plan.posts)
    assert {post.state for post in stored} == {PostState.PLANNED}
    assert audit.actions == ["plan.recorded"]


def test_a_week_that_is_planned_stays_as_it_is_planned(database: Database, brand: Brand, audit: AuditNotes) -> None:
    first = record_week(database, brand, audit)
    other = weekly_plan(brand, posts=3).model_copy(update={"theme": "Another theme", "version": 2, "id": "another"})
    assert record_plan(database, other, {}, audit) == first
    assert audit.actions == ["plan.recorded"]
    with database.read() as connection:
        assert connection.scalar(select(func.count()).select_from(posts)) == 2
        assert connection.scalar(select(func.count()).select_from(plans)) == 1


def test_a_plan_that_cannot_be_stored_whole_is_not_stored(database: Database, brand: Brand, audit: AuditNotes) -> None:
    plan = weekly_plan(brand)
    torn = plan.model_copy(update={"posts": (*plan.posts, plan.posts[0])})
    with pytest.raises(IntegrityError):
        record_plan(database, torn, {}, audit)
    assert plan_of(database, brand.brand_id, WEEK.key) is None
    assert Posts(database, audit).find() == ()
    assert audit.actions == []


def test_a_week_without_a_plan_has_none(database: Database, brand: Brand, audit: AuditNotes) -> None:
    record_week(database, brand, audit)
    assert plan_of(database, brand.brand_id, WEEK.plus(1).key) is None
    assert plan_of(database, BrandId("bakery"), WEEK.key) is None


def test_a_strategy_is_stored_once_a_version(database: Database, brand: Brand) -> None:
    strategy = strategy_of(brand)
    assert record_strategy(database, strategy)
    assert not record_strategy(database, strategy)
    assert get_strategy(database, brand.brand_id, strategy.version) == strategy


def test_the_latest_strategy_is_the_one_first_seen_last(database: Database, brand: Brand) -> None:
    assert latest_strategy(database, brand.brand_id) is None
    record_strategy(database, strategy_of(brand))
    database.clock.sleep(60)
    bolder = strategy_of(brand.model_copy(update={"tagline": "Larger pictures"}))
    record_strategy(database, bolder)
    assert latest_strategy(database, brand.brand_id) == bolder


def test_a_strategy_that_is_not_there_is_said(database: Database, brand: Brand) -> None:
    with pytest.raises(NotFound, match="has no strategy 000000000000"):
        get_strategy(database, brand.brand_id, "000000000000")


def test_brands_with_a_plan_of_a_week(database: Database, brand: Brand, audit: AuditNotes) -> None:
    record_week(database, brand, audit)
    assert planned_weeks(database, {WEEK.key, WEEK.plus(1).key}) == {(brand.brand_id, WEEK.key)}
    assert planned_weeks(database, {WEEK.plus(1).key}) == frozenset()
