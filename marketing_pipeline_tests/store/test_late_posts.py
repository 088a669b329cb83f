"""What becomes of posts whose slot passed, by the brand's policy: before they were made, and in the queue."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from marketing_pipeline.domain.brand import Brand
from marketing_pipeline.domain.effect import EffectState
from marketing_pipeline.domain.identifiers import PostId
from marketing_pipeline.domain.post import PostState
from marketing_pipeline.domain.posting import LatePolicy
from marketing_pipeline.store.control_plane import ControlPlane
from marketing_pipeline.store.database import Database
from marketing_pipeline.store.late_posts import UNMADE, LatePosts
from marketing_pipeline.store.sweep import Sweep
from marketing_pipeline_tests.store.planned_week import record_week
from marketing_pipeline_tests.store.test_publish_queue import DUE, Counter

OFFERED = {"caption": "Oak frames are less with OAK20 this weekend"}


def with_policy(brand: Brand, late: LatePolicy) -> Brand:
    return brand.model_copy(update={"posting": brand.posting.model_copy(update={"late_policy": late})})


@pytest.mark.parametrize("reached", UNMADE)
@pytest.mark.parametrize(
    ("late", "skipped", "told"),
    [
        (LatePolicy.ASK, False, "whoever answers for Upscale Print moves or cancels it"),
        (LatePolicy.SKIP, True, "skipped, as the brand's policy says"),
        (LatePolicy.PUBLISH_LATE, False, ""),
    ],
)
def test_a_post_that_nobody_made_in_time(
    database: Database, brand: Brand, clock: Any, reached: PostState, late: LatePolicy, skipped: bool, told: str
) -> None:
    brand = with_policy(brand, late)
    plane = ControlPlane.of(database, b"key")
    post, other = record_week(database, brand, plane.audit).posts
    for state in UNMADE[1 : UNMADE.index(reached) + 1]:
        plane.posts.move(post.id, state, actor="test", reason="made")
    patience = timedelta(minutes=brand.posting.late_after_minutes)
    late_posts = LatePosts(plane.ledger, {brand.brand_id: brand})
    clock.step_to(post.assignment.scheduled_at + patience)
    assert late_posts.waiting() == ()

    clock.step_to(post.assignment.scheduled_at + patience + timedelta(seconds=1))
    assert late_posts.waiting() == ((post.id,) if told else ())
    Sweep(plane.ledger, {brand.brand_id: brand}).run()
    stands = plane.posts.get(post.id)
    assert stands.state is (PostState.CANCELLED if skipped else reached)
    assert told in stands.state_reason
    assert late_posts.waiting() == ()
    assert plane.posts.get(other.id).state is PostState.PLANNED
    with database.read() as connection:
        assert plane.audit.verify(connection).intact


def test_a_post_that_was_moved_is_not_late_any_more(database: Database, brand: Brand, clock: Any) -> None:
    plane = ControlPlane.of(database, b"key")
    post = record_week(database, brand, plane.audit).posts[0]
    late_posts = LatePosts(plane.ledger, {brand.brand_id: brand})
    clock.step_to(post.assignment.scheduled_at + timedelta(days=1))
    late_posts.settle()
    moved = plane.posts.get(post.id)
    later = clock.now() + timedelta(hours=1)
    plane.posts.change(post.id, revision=moved.revision, actor="sam", reason="moved", scheduled_at=later)
    assert late_posts.waiting() == ()
    clock.step_to(later + timedelta(days=1))
    assert late_posts.waiting() == (post.id,)


@pytest.mark.parametrize(
    ("late", "hours", "state"),
    [
        (LatePolicy.PUBLISH_LATE, 12, PostState.SCHEDULED),
        (LatePolicy.PUBLISH_LATE, 30, PostState.MISSED),
        (LatePolicy.SKIP, 30, PostState.CANCELLED),
    ],
)
def test_what_a_queued_post_offers_is_not_published_after_its_end(
    database: Database, brand: Brand, clock: Any, late: LatePolicy, hours: int, state: PostState
) -> None:
    counter = Counter(database, with_policy(brand, late))
    slot = datetime(2026, 11, 30, 9, tzinfo=UTC)
    effect = counter.queue(payload=counter.payload(**OFFERED), due_at=slot)
    clock.step_to(slot + timedelta(hours=hours))
    counter.sweep()
    assert counter.state() is state
    assert counter.now(effect).state is (EffectState.QUEUED if state is PostState.SCHEDULED else EffectState.EXPIRED)


def test_a_skipped_post_says_why_and_is_final(database: Database, brand: Brand, clock: Any) -> None:
    counter = Counter(database, with_policy(brand, LatePolicy.SKIP))
    effect = counter.queue()
    clock.step_to(DUE + timedelta(minutes=brand.posting.late_after_minutes + 1))
    assert counter.sweep().missed == (effect.id,)
    stands = counter.plane.posts.get(PostId(effect.subject))
    assert (stands.state, "skipped" in stands.state_reason) == (PostState.CANCELLED, True)
