"""Lists of posts for pages: what is in them, their order and limits, and that an index finds them."""

from collections.abc import Callable
from datetime import timedelta

import pytest
from sqlalchemy import Connection

from marketing_pipeline.domain.brand import Brand
from marketing_pipeline.domain.identifiers import BrandId, PostId
from marketing_pipeline.domain.post import PostState
from marketing_pipeline.store.approval_request import approval_requests
from marketing_pipeline.store.database import Database
from marketing_pipeline.store.post_lists import (
    listed_posts,
    moments_between,
    next_to_go_out,
    pictures_before,
    posts_between,
    stuck_posts,
)
from marketing_pipeline.store.posts import Posts
from marketing_pipeline_tests.fixtures import NOW, AuditNotes
from marketing_pipeline_tests.store.planned_week import WAY_TO_PUBLISHED, record_week
from marketing_pipeline_tests.store.query_plans import whole_reads

OTHER = BrandId("bakery")
END = NOW + timedelta(days=7)


@pytest.fixture
def brands(database: Database, brand: Brand, small_brands: dict[str, Brand]) -> tuple[BrandId, BrandId]:
    """A week of four posts of one brand, and of two of another."""
    record_week(database, brand, AuditNotes(), posts=4)
    record_week(database, small_brands[OTHER], AuditNotes(), posts=2)
    return brand.brand_id, OTHER


def move(database: Database, post: str, to: PostState) -> None:
    """Bring a planned post on its way."""
    way = (*WAY_TO_PUBLISHED[:2], PostState.NEEDS_HUMAN) if to is PostState.NEEDS_HUMAN else WAY_TO_PUBLISHED
    for state in way[: way.index(to) + 1]:
        Posts(database, AuditNotes()).move(PostId(post), state, actor="test", reason="on its way")


def test_a_span_holds_the_posts_of_these_brands_in_order_and_page_by_page(
    database: Database, brands: tuple[BrandId, BrandId]
) -> None:
    with database.read() as connection:
        every = posts_between(connection, brands, NOW, END, limit=10)
        assert len(every) == 6 and [post.scheduled_at for post in every] == sorted(post.scheduled_at for post in every)
        assert {post.brand for post in every} == set(brands)
        pages = [posts_between(connection, brands, NOW, END, limit=4, skipped=skipped) for skipped in (0, 4, 8)]
        assert [len(page) for page in pages] == [4, 2, 0] and pages[0] + pages[1] == every
        (first, *_) = every
        assert posts_between(connection, brands, first.scheduled_at, first.scheduled_at, limit=9) == ()
        second = first.scheduled_at + timedelta(microseconds=1)
        assert posts_between(connection, brands, first.scheduled_at, second, limit=9)[0] == first
        assert posts_between(connection, (), NOW, END, limit=9) == ()
        assert len(moments_between(connection, OTHER, NOW, END)) == 2
        assert listed_posts(connection, [first.id, "nothing"]) == {first.id: first}
        assert first.picture is None and first.meets_bar is None and first.may_change
        assert first.is_late(first.scheduled_at + timedelta(minutes=1)) and not first.is_late(first.scheduled_at)


def test_the_queue_and_what_is_stuck(database: Database, brands: tuple[BrandId, BrandId]) -> None:
    name, other = brands
    for number in (3, 1):
        move(database, f"{name}-2026-11-16-0{number}", PostState.SCHEDULED)
    move(database, f"{other}-2026-11-16-01", PostState.SCHEDULED)
    move(database, f"{name}-2026-11-16-02", PostState.NEEDS_HUMAN)
    with database.read() as connection:
        queue = next_to_go_out(connection, (name,), 10)
        assert [post.id[-1] for post in queue] == ["1", "3"]
        assert len(next_to_go_out(connection, brands, 10)) == 3 and len(next_to_go_out(connection, brands, 2)) == 2
        assert [post.id[-1] for post in stuck_posts(connection, (name,), NOW, 10)] == ["2"]
        late = stuck_posts(connection, brands, END, 10)
        assert {post.state for post in late} == {PostState.NEEDS_HUMAN, PostState.PLANNED}, "their slots have passed"
        assert len(late) == 3 and len(stuck_posts(connection, brands, END, 1)) == 1


MANY = tuple(BrandId(f"brand_{number}") for number in range(100))
LISTS: dict[str, Callable[[Connection], object]] = {
    "a week of all": lambda connection: posts_between(connection, MANY, NOW, END, limit=151),
    "a week of one": lambda connection: posts_between(connection, MANY[:1], NOW, END, limit=151),
    "moments": lambda connection: moments_between(connection, MANY[0], NOW, END),
    "the queue": lambda connection: next_to_go_out(connection, MANY, 10),
    "stuck": lambda connection: stuck_posts(connection, MANY, NOW, 25),
    "beside": lambda connection: pictures_before(connection, MANY[0], NOW, without=PostId("x"), limit=5),
    "some": lambda connection: listed_posts(connection, ["a", "b"]),
    "requests about one": lambda connection: approval_requests(connection, NOW, subject="a"),
}


@pytest.mark.parametrize("name", LISTS)
def test_no_list_reads_every_post(database: Database, name: str) -> None:
    """By the engine's own plan: a page must not become slower with each post that there ever was."""
    with database.read() as connection:
        assert not whole_reads(connection, LISTS[name], "posts|approvals")
