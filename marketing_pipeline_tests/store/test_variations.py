from datetime import timedelta

import pytest

from marketing_pipeline.domain.brand import Brand
from marketing_pipeline.domain.clock import SteppedClock
from marketing_pipeline.domain.errors import NotFound
from marketing_pipeline.domain.identifiers import BrandId, PostId, VariationId
from marketing_pipeline.domain.post import PostState
from marketing_pipeline.store.database import Database
from marketing_pipeline.store.posts import Posts
from marketing_pipeline.store.variations import (
    get_variation,
    recent_hook_lines,
    record_edit,
    record_variations,
    said_captions,
    variations_of,
)
from marketing_pipeline_tests.fixtures import NOW, AuditNotes
from marketing_pipeline_tests.store.planned_week import chosen_id, record_week, written


@pytest.fixture
def post(database: Database, brand: Brand) -> PostId:
    return record_week(database, brand, AuditNotes()).posts[0].id


def test_a_round_is_read_back_as_it_was_written(database: Database, post: PostId) -> None:
    answer = written(chosen=2)
    stored = record_variations(database, post, 1, answer)
    assert [variation.wording for variation in stored] == list(answer.variations)
    assert [variation.chosen for variation in stored] == [False, True, False]
    assert [variation.choice_reason for variation in stored] == [None, answer.choice_reason, None]
    assert variations_of(database, post) == stored
    assert get_variation(database, chosen_id(post, position=2)) == stored[1]


def test_a_round_that_is_written_stands(database: Database, post: PostId) -> None:
    first = record_variations(database, post, 1, written())
    other = written("Something else now", "Another thing now", "A third thing now")
    assert record_variations(database, post, 1, other) == first


def test_a_new_round_leaves_the_old_one(database: Database, post: PostId) -> None:
    first = record_variations(database, post, 1, written())
    second = record_variations(database, post, 2, written("Shorter one", "Shorter two", "Shorter three"))
    assert variations_of(database, post) == second
    assert variations_of(database, post, 1) == first


def test_a_persons_own_words_are_a_round_of_one(database: Database, post: PostId) -> None:
    record_variations(database, post, 1, written())
    wording = written().variations[1]
    edited = record_edit(database, post, wording, "ann", "warmer")
    assert (edited.round, edited.chosen, edited.author, edited.choice_reason) == (2, True, "ann", "warmer")
    assert variations_of(database, post) == (edited,)
    assert record_edit(database, post, wording, "ann", "warmer") == edited


def test_a_post_without_words_has_none(database: Database, post: PostId) -> None:
    assert variations_of(database, post) == ()


def test_recent_hook_lines_are_those_that_were_chosen(database: Database, brand: Brand) -> None:
    posts = Posts(database, AuditNotes())
    for number, planned in enumerate(record_week(database, brand, AuditNotes()).posts, 1):
        record_variations(database, planned.id, 1, written(f"Line {number} a", f"Line {number} b", f"Line {number} c"))
        chosen = chosen_id(planned.id)
        posts.move(planned.id, PostState.DRAFTED, actor="a", reason="r", chosen_variation=chosen)
    assert recent_hook_lines(database, brand.brand_id, NOW) == ("Line 2 a", "Line 1 a")
    assert recent_hook_lines(database, brand.brand_id, NOW, limit=1) == ("Line 2 a",)
    assert recent_hook_lines(database, brand.brand_id, NOW + timedelta(days=30)) == ()
    assert recent_hook_lines(database, BrandId("bakery"), NOW) == ()


def test_what_a_brand_says_is_known_for_180_days_but_for_what_was_cancelled(
    database: Database, brand: Brand, clock: SteppedClock
) -> None:
    posts = Posts(database, AuditNotes())
    first, second = (planned.id for planned in record_week(database, brand, AuditNotes()).posts)
    for post, wordings in ((first, written()), (second, written("Paper, or linen?", "Why linen?", "Is it heavy?"))):
        record_variations(database, post, 1, wordings)
        posts.move(post, PostState.DRAFTED, actor="a", reason="r", chosen_variation=chosen_id(post))
    said, not_chosen, _ = (item.wording.caption for item in variations_of(database, first))
    cancelled, *_ = (item.wording.caption for item in variations_of(database, second))
    posts.move(second, PostState.CANCELLED, actor="a", reason="r")

    def taken(caption: str, of: str = brand.id, besides: PostId | None = None) -> bool:
        return bool(said_captions(database, BrandId(of), besides).taken(caption, PostId("another")))

    assert (taken(said), taken(not_chosen), taken(cancelled)) == (True, False, False)
    assert not taken(said, besides=first)
    assert not taken(said, of="bakery")
    goes_out = posts.get(first).scheduled_at
    clock.step_to(goes_out + timedelta(days=180))
    assert taken(said)
    clock.step_to(goes_out + timedelta(days=180, seconds=1))
    assert not taken(said)


def test_a_variation_that_is_not_there_is_said(database: Database) -> None:
    with pytest.raises(NotFound, match="no variation nowhere"):
        get_variation(database, VariationId("nowhere"))
