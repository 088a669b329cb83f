"""People teach: three like edits yield a rule at the gate, and next week's copy obeys it; like notes yield one too."""

import re
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path

import pytest

from marketing_pipeline.domain.approval import Decision
from marketing_pipeline.domain.brand import Brand
from marketing_pipeline.domain.brand_rule import AppliesTo
from marketing_pipeline.domain.identifiers import PostId
from marketing_pipeline.domain.person import Person, Role
from marketing_pipeline.domain.post import PostState
from marketing_pipeline.domain.proposal import ExampleKind, RuleState
from marketing_pipeline.domain.rule_check import BannedPhrase, holds
from marketing_pipeline.domain.variation import CopyVariation
from marketing_pipeline.store.model_calls import ModelCalls
from marketing_pipeline.store.variations import get_variation, variations_of
from marketing_pipeline_tests.end_to_end.company import FIRST_WEEK, Company, company

OLD, NEW = "look", "glance"
"""A word that the sandbox's copywriter is fond of, and the one that a person likes better."""
NEXT = FIRST_WEEK.plus(1)
ANA = Person(name="ana", role=Role.ADMIN, source="cli")


@contextmanager
def at_work(root: Path, brand: Brand) -> Generator[Company]:
    """A company whose first week is written."""
    with company(root, brand) as people:
        people.learn_and_plan(FIRST_WEEK)
        yield people


def edit_by_hand(people: Company, least: int = 3) -> list[PostId]:
    """Put the better word into three posts of the first week."""
    edited: list[PostId] = []
    for post in people.at(FIRST_WEEK).posts_in(PostState.DRAFTED):
        assert post.chosen_variation
        caption = get_variation(people.workplace.database, post.chosen_variation).wording.caption
        if holds(caption, OLD) and len(edited) < least:
            better = re.sub(rf"\b{OLD}\b", NEW, caption, flags=re.IGNORECASE)
            people.workplace.post_desk.edit(ANA, post.id, note="our word for it", caption=better)
            edited.append(post.id)
    assert len(edited) == least
    return edited


def approve_the_rule(people: Company, rule_id: str) -> None:
    """Say yes at the gate to what was asked last about a rule."""
    gate = people.workplace.gate
    asked = gate.asked(ANA, [each.id for each in gate.requests(ANA) if each.subject == rule_id][-1])
    gate.decide(ANA, asked.id, Decision.APPROVE, note="agreed", saw=asked.state, fingerprint=asked.fingerprint)


def next_weeks_words(people: Company) -> list[CopyVariation]:
    """Every variation of the week after, written over the wire."""
    people.learn_and_plan(NEXT)
    posts = people.at(NEXT).posts_in(PostState.DRAFTED)
    return [item.wording for post in posts for item in variations_of(people.workplace.database, post.id)]


def says(words: list[CopyVariation], word: str) -> int:
    return sum(holds(f"{item.caption} {item.alt_text}", word) for item in words)


@pytest.mark.parametrize("taught", [True, False], ids=["with the rule", "a mutant that never adopts it"])
def test_three_like_edits_yield_a_rule_and_next_weeks_copy_obeys_it(tmp_path: Path, brand: Brand, taught: bool) -> None:
    with at_work(tmp_path, brand) as people:
        edited = edit_by_hand(people)
        [rule] = people.workplace.teaching.rules(brand.brand_id)
        assert rule.check == BannedPhrase(phrase=OLD, instead=NEW)
        assert [example.post for example in people.workplace.teaching.evidence(rule)] == edited
        version = people.at(NEXT).brand
        if taught:
            approve_the_rule(people, rule.id)
            assert people.workplace.teaching.accepted(brand.brand_id)[0].id == rule.id
            assert people.at(NEXT).brand != version
        words = next_weeks_words(people)
        assert len(words) >= 3 * brand.posting.posts_per_week
        assert (says(words, OLD) == 0, says(words, NEW) > 0) == (taught, taught)


def test_like_notes_are_read_with_the_week_and_proposed_once(tmp_path: Path, brand: Brand) -> None:
    with at_work(tmp_path, brand) as people:
        posts = people.at(FIRST_WEEK).posts_in(PostState.DRAFTED)
        teaching, calls = people.workplace.teaching, ModelCalls(people.workplace.database)
        notes = ("Too dark, try daylight", "the room is gloomy", "dark again")
        for post, note in zip(posts, notes, strict=False):
            teaching.note(ANA, post, ExampleKind.REGENERATION, "creative", "", "", note)
        people.learn_and_plan(NEXT, write=False)
        [rule] = teaching.rules(brand.brand_id, RuleState.PROPOSED)
        assert (rule.applies_to, rule.check, rule.proposed_by) == (AppliesTo.CREATIVE, None, "note_reader")
        assert [example.note for example in teaching.evidence(rule)] == list(notes)
        read = [call for call in calls.of_week(brand.brand_id, NEXT.key) if call.agent == "note_reader"]
        assert [call.cost_micros is not None for call in read] == [True]
        approve_the_rule(people, rule.id)
        people.learn_and_plan(NEXT.plus(1), write=False)
        assert len(teaching.rules(brand.brand_id)) == 1
        again = calls.of_week(brand.brand_id, NEXT.plus(1).key)
        assert not [call for call in again if call.agent == "note_reader"]


def test_a_rule_that_nobody_was_asked_about_is_offered_with_the_next_week(tmp_path: Path, brand: Brand) -> None:
    with at_work(tmp_path, brand) as people:
        rule = people.workplace.teaching.state(ANA, brand.brand_id, "No emoji.", AppliesTo.COPY)
        gate, clock = people.workplace.gate, people.workplace.clock
        clock.step_to(brand.planning_moment(NEXT.plus(1)))
        people.workplace.drain("test")
        people.learn_and_plan(NEXT.plus(1), write=False)
        asked = [each.id for each in gate.requests(ANA) if each.subject == rule.id]
        assert len(asked) == len(set(asked)) == 2
        approve_the_rule(people, rule.id)
        assert people.workplace.teaching.rule(rule.id).state is RuleState.ACCEPTED
