from collections.abc import Callable
from datetime import timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import delete

from marketing_pipeline.domain.brand import Brand
from marketing_pipeline.domain.errors import NotFound, RefusedTransition
from marketing_pipeline.domain.identifiers import PostId, VariationId
from marketing_pipeline.domain.post import PostState, may_become
from marketing_pipeline.store.database import Database
from marketing_pipeline.store.posts import BEFORE_THE_CLAIM, Posts, StalePost
from marketing_pipeline.store.tables import plans
from marketing_pipeline.store.tables import posts as posts_table
from marketing_pipeline_tests.fixtures import AuditNotes
from marketing_pipeline_tests.store.planned_week import WEEK, publish, record_week

WAYS: dict[PostState, tuple[PostState, ...]] = {
    PostState.PLANNED: (),
    PostState.DRAFTED: (PostState.DRAFTED,),
    PostState.DESIGNED: (PostState.DRAFTED, PostState.DESIGNED),
    PostState.READY: (PostState.DRAFTED, PostState.DESIGNED, PostState.READY),
    PostState.NEEDS_HUMAN: (PostState.DRAFTED, PostState.DESIGNED, PostState.NEEDS_HUMAN),
    PostState.CANCELLED: (PostState.CANCELLED,),
}
WAYS[PostState.SCHEDULED] = (*WAYS[PostState.READY], PostState.SCHEDULED)
WAYS[PostState.MISSED] = (*WAYS[PostState.SCHEDULED], PostState.MISSED)
WAYS[PostState.PUBLISHING] = (*WAYS[PostState.SCHEDULED], PostState.PUBLISHING)
for _last in (PostState.PUBLISHED, PostState.FAILED, PostState.UNKNOWN):
    WAYS[_last] = (*WAYS[PostState.PUBLISHING], _last)
WAYS[PostState.PARKED] = (*WAYS[PostState.UNKNOWN], PostState.PARKED)


@pytest.fixture
def posts(database: Database, audit: AuditNotes) -> Posts:
    return Posts(database, audit)


@pytest.fixture
def post(database: Database, brand: Brand) -> PostId:
    return record_week(database, brand, AuditNotes()).posts[0].id


def bring_to(posts: Posts, post: PostId, state: PostState) -> None:
    for step in WAYS[state]:
        posts.move(post, step, actor="test", reason="on its way")


def test_a_move_changes_state_reason_and_what_comes_with_it_and_is_written_down(
    posts: Posts, post: PostId, audit: AuditNotes, database: Database
) -> None:
    database.clock.sleep(60)
    before = posts.get(post)
    chosen = VariationId(f"{post}-r1-v2")
    after = posts.move(post, PostState.DRAFTED, actor="copywriter", reason="three variations", chosen_variation=chosen)
    assert after == posts.get(post)
    assert (after.state, after.state_reason, after.chosen_variation) == ("drafted", "three variations", chosen)
    assert after.revision == before.revision + 1
    assert after.updated_at == database.clock.now() > before.updated_at
    assert audit.rows == [
        {
            "actor": "copywriter",
            "action": "post.drafted",
            "subject": post,
            "brand": "upscale_print",
            "detail": {
                "state": "drafted",
                "state_reason": "three variations",
                "chosen_variation": chosen,
                "from": "planned",
                "reason": "three variations",
            },
        }
    ]


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=80)
@given(before=st.sampled_from(PostState), after=st.sampled_from(PostState))
def test_only_drawn_steps_are_taken_and_a_refused_one_leaves_no_trace(
    database: Database, brand: Brand, before: PostState, after: PostState
) -> None:
    with database.write() as connection:
        connection.execute(delete(posts_table))
        connection.execute(delete(plans))
    audit = AuditNotes()
    posts = Posts(database, audit)
    post = record_week(database, brand, audit).posts[0].id
    bring_to(posts, post, before)
    stood, written = posts.get(post), len(audit.rows)
    if may_become(before, after) or before is after:
        assert posts.move(post, after, actor="test", reason="a step").state is after
        return
    with pytest.raises(RefusedTransition, match=f"cannot go from {before} to {after}"):
        posts.move(post, after, actor="test", reason="a step")
    assert posts.get(post) == stood
    assert len(audit.rows) == written


def test_moving_again_does_nothing(posts: Posts, post: PostId, audit: AuditNotes) -> None:
    once = posts.move(post, PostState.DRAFTED, actor="a", reason="r", note="n")
    assert posts.move(post, PostState.DRAFTED, actor="a", reason="r", note="n") == once
    assert audit.actions == ["post.drafted"]


def test_a_post_that_stands_there_already_is_not_changed_in_passing(posts: Posts, post: PostId) -> None:
    posts.move(post, PostState.DRAFTED, actor="a", reason="r", note="n")
    with pytest.raises(RefusedTransition):
        posts.move(post, PostState.DRAFTED, actor="a", reason="r", note="another")


def test_a_scheduled_post_may_be_rescheduled(posts: Posts, post: PostId, audit: AuditNotes) -> None:
    bring_to(posts, post, PostState.SCHEDULED)
    later = posts.get(post).scheduled_at + timedelta(hours=3)
    assert posts.move(post, PostState.SCHEDULED, actor="ann", reason="asked", scheduled_at=later).scheduled_at == later
    assert audit.rows[-1]["detail"]["scheduled_at"] == later.isoformat().replace("+00:00", "Z")


def test_a_move_joins_the_callers_transaction(database: Database, posts: Posts, post: PostId) -> None:
    def fail_after_moving() -> None:
        with database.write() as connection:
            posts.move_within(connection, post, PostState.DRAFTED, actor="a", reason="r")
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        fail_after_moving()
    assert posts.get(post).state is PostState.PLANNED


def test_an_audit_row_that_cannot_be_written_takes_the_change_with_it(database: Database, post: PostId) -> None:
    class Broken(AuditNotes):
        def append(self, *_: object, **__: object) -> int:
            raise ZeroDivisionError

    posts = Posts(database, Broken())
    with pytest.raises(ZeroDivisionError):
        posts.move(post, PostState.DRAFTED, actor="a", reason="r")
    assert posts.get(post).state is PostState.PLANNED


def test_an_edit_names_the_revision_that_it_saw(posts: Posts, post: PostId, audit: AuditNotes) -> None:
    seen = posts.get(post)
    edited = posts.change(post, revision=seen.revision, actor="ann", reason="clearer", note="Shorter, please")
    assert (edited.note, edited.state, edited.revision) == ("Shorter, please", seen.state, seen.revision + 1)
    assert audit.rows[-1]["action"] == "post.changed"
    assert audit.rows[-1]["detail"] == {"note": "Shorter, please", "from": "planned", "reason": "clearer"}


def test_an_edit_on_an_old_revision_is_refused(posts: Posts, post: PostId) -> None:
    seen = posts.get(post)
    posts.change(post, revision=seen.revision, actor="ann", reason="r", note="mine")
    with pytest.raises(StalePost, match=r"revision 2, not 1.*marketing posts show"):
        posts.change(post, revision=seen.revision, actor="bob", reason="r", note="also mine")
    assert posts.get(post).note == "mine"


def test_an_edit_repeated_does_nothing(posts: Posts, post: PostId, audit: AuditNotes) -> None:
    once = posts.change(post, revision=1, actor="ann", reason="r", note="mine")
    assert posts.change(post, revision=1, actor="ann", reason="r", note="mine") == once
    assert audit.actions == ["post.changed"]


def _edit(posts: Posts, post: PostId) -> object:
    return posts.change(post, revision=posts.get(post).revision, actor="a", reason="r", note="late")


def _hold(posts: Posts, post: PostId) -> object:
    return posts.hold(post, actor="a", reason="r")


@pytest.mark.parametrize("state", [state for state in PostState if state not in BEFORE_THE_CLAIM])
@pytest.mark.parametrize(("act", "word"), [(_edit, "changed"), (_hold, "held")])
def test_from_the_claim_on_the_effect_has_the_word(
    posts: Posts, post: PostId, state: PostState, act: Callable[[Posts, PostId], object], word: str
) -> None:
    bring_to(posts, post, state)
    with pytest.raises(RefusedTransition, match=f"is {state} and can no longer be {word}"):
        act(posts, post)


@pytest.mark.parametrize("state", sorted(BEFORE_THE_CLAIM))
def test_until_the_claim_a_post_may_be_held_and_released(
    posts: Posts, post: PostId, state: PostState, audit: AuditNotes
) -> None:
    bring_to(posts, post, state)
    audit.rows.clear()
    held = posts.hold(post, actor="ann", reason="wait for the photo")
    assert (held.held, held.held_reason, held.state) == (True, "wait for the photo", state)
    assert posts.hold(post, actor="ann", reason="wait for the photo") == held
    released = posts.release(post, actor="ann", reason="it came")
    assert (released.held, released.held_reason) == (False, None)
    assert posts.release(post, actor="ann", reason="it came") == released
    assert audit.actions == ["post.held", "post.released"]


def test_the_permalink_may_come_after_the_post_is_out(database: Database, posts: Posts, post: PostId) -> None:
    publish(database, post)
    seen = posts.get(post)
    address = "https://instagram.example/p/1"
    assert posts.change(post, revision=seen.revision, actor="w", reason="told", permalink=address).permalink == address


def test_posts_are_found_by_what_is_asked(database: Database, posts: Posts, brand: Brand) -> None:
    first, second = (post.id for post in record_week(database, brand, AuditNotes()).posts)
    [other] = (post.id for post in record_week(database, brand, AuditNotes(), WEEK.plus(1), posts=1).posts)
    posts.move(second, PostState.DRAFTED, actor="a", reason="r")
    assert [post.id for post in posts.find()] == [first, second, other]
    assert [post.id for post in posts.find(week=WEEK.key)] == [first, second]
    assert [post.id for post in posts.find(states=[PostState.PLANNED])] == [first, other]
    assert [post.id for post in posts.find(due_by=posts.get(first).scheduled_at)] == [first]
    assert posts.find(brand=brand.brand_id, states=[]) == ()


def test_due_are_those_whose_time_has_come_and_nobody_holds(database: Database, posts: Posts, brand: Brand) -> None:
    first, second = (post.id for post in record_week(database, brand, AuditNotes()).posts)
    assert posts.due_for(PostState.PLANNED) == ()
    database.clock.sleep(7 * 86_400)
    assert [post.id for post in posts.due_for(PostState.PLANNED)] == [first, second]
    posts.hold(first, actor="a", reason="r")
    assert [post.id for post in posts.due_for(PostState.PLANNED)] == [second]


ACTS: dict[str, Callable[[Posts, PostId], object]] = {
    "get": lambda posts, post: posts.get(post),
    "move": lambda posts, post: posts.move(post, PostState.DRAFTED, actor="a", reason="r"),
    "change": lambda posts, post: posts.change(post, revision=1, actor="a", reason="r", note="n"),
    "hold": _hold,
    "release": lambda posts, post: posts.release(post, actor="a", reason="r"),
}


@pytest.mark.parametrize("act", ACTS)
def test_a_post_that_is_not_there_is_said(posts: Posts, act: str) -> None:
    with pytest.raises(NotFound, match=r"no post nowhere.*marketing posts list"):
        ACTS[act](posts, PostId("nowhere"))
