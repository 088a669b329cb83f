"""Writing a week: what a person sends back is written anew, and a failure leaves everything as it was."""

import asyncio
from collections.abc import Generator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from marketing_pipeline.domain.approval import ApprovalState, Decision
from marketing_pipeline.domain.brand import Brand
from marketing_pipeline.domain.learning_engine import learn
from marketing_pipeline.domain.ports import SpendCapReached
from marketing_pipeline.domain.post import PostState
from marketing_pipeline.domain.posting import LatePolicy
from marketing_pipeline.store.model_calls import ModelCalls
from marketing_pipeline.store.plans import plan_of
from marketing_pipeline.store.variations import get_variation, record_edit, record_variations, variations_of
from marketing_pipeline.workflows.failed_posts import FailedPosts, PostsFailed, raise_for
from marketing_pipeline.workflows.plan_week import WeekOver
from marketing_pipeline.workflows.write_posts import write_posts
from marketing_pipeline_tests.cli.office import wordings
from marketing_pipeline_tests.end_to_end.company import FIRST_WEEK, Company, company, kept_small
from marketing_pipeline_tests.fixtures import TEST_BRANDS


@pytest.fixture
def bakery(tmp_path: Path, small_brands: dict[str, Brand]) -> Generator[Company]:
    with company(tmp_path, small_brands["bakery"], brands=TEST_BRANDS) as people:
        yield people


def write(people: Company, brand: Brand | None = None) -> FailedPosts:
    work = people.at(FIRST_WEEK)
    chosen = work if brand is None else replace(work, brand=brand)
    learnt = learn(people.brand, FIRST_WEEK.key, [], people.workplace.clock.now())

    async def run() -> FailedPosts:
        async with people.workplace.providers.language_model() as model:
            return await write_posts(chosen, model, learnt, ())

    return asyncio.run(run())


def reject(people: Company, note: str) -> None:
    with people.workplace.database.read() as connection:
        [request] = people.workplace.approvals.list_requests(connection, state=ApprovalState.PENDING)[:1]
    people.workplace.decisions.decide(
        request.id, Decision.REJECT, actor="sam", source="cli", note=note, saw=ApprovalState.PENDING
    )


def test_a_post_that_was_sent_back_is_written_anew_with_the_note(bakery: Company) -> None:
    everything: dict[str, Any] = bakery.brand.model_dump(mode="json")
    everything["policies"]["content_approval"] = "all"
    careful = Brand.model_validate(everything)
    bakery.learn_and_plan(FIRST_WEEK)
    bakery.queue_plain(FIRST_WEEK, brand=careful, approve=False)
    reject(bakery, "Say that the flour is from the mill next door.")
    [sent_back] = bakery.at(FIRST_WEEK).posts_in(PostState.DRAFTED)
    before = sent_back.chosen_variation
    assert sent_back.note
    assert not write(bakery)
    [rewritten] = bakery.at(FIRST_WEEK).posts_in(PostState.DRAFTED)
    assert rewritten.note is None and rewritten.chosen_variation not in (None, before)
    rounds = {item.round for item in variations_of(bakery.workplace.database, rewritten.id)}
    assert rounds == {2} and rewritten.chosen_variation is not None
    assert get_variation(bakery.workplace.database, rewritten.chosen_variation).round == 2
    assert not write(bakery), "the note is done with"
    assert {item.round for item in variations_of(bakery.workplace.database, rewritten.id)} == {2}


def test_the_spend_cap_stops_calls_and_keeps_what_is_stored(bakery: Company) -> None:
    bakery.learn_and_plan(FIRST_WEEK, write=False)
    content: dict[str, Any] = bakery.brand.model_dump(mode="json")
    content["policies"]["model_spend_per_week_usd"] = 0
    failed = write(bakery, Brand.model_validate(content))
    assert len(failed) == bakery.brand.posting.posts_per_week
    assert all(isinstance(error, SpendCapReached) for error in failed.values())
    assert len(bakery.at(FIRST_WEEK).posts_in(PostState.PLANNED)) == len(failed)
    assert plan_of(bakery.workplace.database, bakery.brand.brand_id, FIRST_WEEK.key) is not None
    with pytest.raises(PostsFailed, match="could not be written"):
        raise_for(failed, "written")


def test_words_that_were_stored_before_a_kill_are_used_and_not_paid_for_again(bakery: Company) -> None:
    bakery.learn_and_plan(FIRST_WEEK, write=False)
    first, *others = bakery.at(FIRST_WEEK).posts_in(PostState.PLANNED)
    database = bakery.workplace.database
    stored = record_variations(database, first.id, 1, wordings())
    assert not write(bakery)
    assert variations_of(database, first.id) == stored
    calls = ModelCalls(database).of_week(bakery.brand.brand_id, FIRST_WEEK.key)
    asked = [call.subject.post for call in calls if call.agent == "copywriter"]
    assert sorted(post for post in asked if post) == sorted(post.id for post in others)


def test_words_of_another_post_are_not_used_again(tmp_path: Path, small_brands: dict[str, Brand]) -> None:
    brands = tmp_path / "brands"
    brand = kept_small(small_brands["bakery"], brands, 2)

    def caption_of_the_first(home: str, *said: str) -> str:
        with company(tmp_path / home, brand, brands=brands) as people:
            people.learn_and_plan(FIRST_WEEK, write=False)
            first, second = people.at(FIRST_WEEK).posts_in(PostState.PLANNED)
            database, posts = people.workplace.database, people.workplace.posts
            for caption in said:
                like = wordings().variations[0].model_copy(update={"caption": caption.upper()})
                stored = record_edit(database, second.id, like, "ana", "mine")
                posts.move(second.id, PostState.DRAFTED, actor="ana", reason="mine", chosen_variation=stored.id)
            assert not write(people)
            calls = ModelCalls(database).of_week(people.brand.brand_id, FIRST_WEEK.key)
            asked = sorted(call.outcome for call in calls if call.subject.post == first.id)
            assert asked == (["off_the_rules", "ok"] if said else ["ok"]), "in any order: they began in one moment"
            [written] = [item for item in variations_of(database, first.id) if item.chosen]
            return written.wording.caption

    alone = caption_of_the_first("alone")
    assert caption_of_the_first("beside", alone) != alone


@pytest.mark.parametrize(("late", "written"), [(LatePolicy.ASK, 1), (LatePolicy.SKIP, 1), (LatePolicy.PUBLISH_LATE, 2)])
def test_a_post_whose_slot_is_too_late_is_not_paid_for(
    tmp_path: Path, small_brands: dict[str, Brand], late: LatePolicy, written: int
) -> None:
    with company(
        tmp_path, kept_small(_late(small_brands["bakery"], late), tmp_path / "brands", 2), brands=tmp_path / "brands"
    ) as people:
        _, plan = people.learn_and_plan(FIRST_WEEK, write=False)
        first = plan.posts[0].assignment.scheduled_at
        people.workplace.clock.step_to(first + timedelta(minutes=people.brand.posting.late_after_minutes + 1))
        assert not write(people)
        calls = ModelCalls(people.workplace.database).of_week(people.brand.brand_id, FIRST_WEEK.key)
        assert len({call.subject.post for call in calls if call.subject.post}) == written
        assert len(people.at(FIRST_WEEK).posts_in(PostState.DRAFTED)) == written


def test_a_week_without_a_slot_to_come_is_not_planned(bakery: Company) -> None:
    bakery.workplace.clock.step_to(FIRST_WEEK.end(bakery.brand.zone) + timedelta(days=8))
    with pytest.raises(WeekOver, match="Every slot of bakery in the week of 2026-10-05 has passed"):
        bakery.learn_and_plan(FIRST_WEEK)
    calls = ModelCalls(bakery.workplace.database).of_week(bakery.brand.brand_id, FIRST_WEEK.key)
    assert calls == ()


def test_a_week_is_planned_with_its_neighbours_on_both_sides_in_sight(bakery: Company) -> None:
    bakery.learn_and_plan(FIRST_WEEK.plus(1), write=False)
    _, plan = bakery.learn_and_plan(FIRST_WEEK, write=False)
    later = plan_of(bakery.workplace.database, bakery.brand.brand_id, FIRST_WEEK.plus(1).key)
    assert later is not None
    assert {post.idea.topic for post in plan.posts}.isdisjoint(post.idea.topic for post in later.posts)


def _late(brand: Brand, late: LatePolicy) -> Brand:
    return brand.model_copy(update={"posting": brand.posting.model_copy(update={"late_policy": late})})
