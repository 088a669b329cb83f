from datetime import timedelta

import pytest

from marketing_pipeline.domain.allocation import allocate
from marketing_pipeline.domain.brand import Brand
from marketing_pipeline.domain.creative import PostFormat
from marketing_pipeline.domain.errors import NotFound
from marketing_pipeline.domain.identifiers import BrandId, PostId
from marketing_pipeline.domain.learning import Factor, FurtherEffect, FurtherKind, LearningNote, Learnings
from marketing_pipeline.domain.learning_engine import learn
from marketing_pipeline.domain.metrics import PostPerformance, SnapshotAge
from marketing_pipeline.domain.plan import Hook
from marketing_pipeline.store.database import Database
from marketing_pipeline.store.learnings import (
    latest_learnings,
    learnings_of,
    newest_weeks,
    record_learnings,
    record_notes,
)
from marketing_pipeline_tests.fixtures import NOW
from marketing_pipeline_tests.store.planned_week import WEEK


def learnt(brand: Brand, week: str = WEEK.key, likes: int = 80, posts: int = 6) -> Learnings:
    rows = [
        PostPerformance(
            post=PostId(f"p{number}"),
            brand=brand.brand_id,
            week=week,
            published_at=NOW - timedelta(days=10),
            pillar=brand.pillars[number % 2].id,
            format=PostFormat.PORTRAIT,
            hook=Hook.QUESTION,
            slot=brand.posting.slots[number].id,
            age=SnapshotAge.WEEK,
            age_hours=168,
            reach=1_000,
            views=1_200,
            likes=likes if number % 2 else 20,
            comments=1,
            saved=2,
            shares=1,
            topic="t",
            hook_line="h",
        )
        for number in range(posts)
    ]
    return learn(brand, week, rows, NOW)


def note(brand: Brand, level: str | None = None) -> LearningNote:
    return LearningNote(
        factor=Factor.PILLAR,
        level=level or brand.pillars[1].id,
        statement="Room pictures were kept far more often.",
        why="A guess: people are furnishing before Christmas.",
        recommendation="Show one more room a week.",
    )


def _in_order(learnings: Learnings) -> Learnings:
    """The store hands levels out by name."""
    effects = sorted(learnings.effects, key=lambda effect: (effect.factor, effect.level))
    return learnings.model_copy(update={"effects": tuple(effects)})


def test_learnings_are_read_back_with_evidence_and_mix(database: Database, brand: Brand) -> None:
    known = learnt(brand)
    record_learnings(database, known)
    stored = learnings_of(database, brand.brand_id, WEEK.key)
    assert stored is not None
    assert stored.learnings == _in_order(known)
    assert stored.learnings.posts == 6
    assert stored.notes == ()


def test_what_is_known_beside_levels_is_read_back(database: Database, brand: Brand) -> None:
    further = tuple(
        FurtherEffect(
            kind=kind, level=level, log_effect=effect, log_sd=sd, posts=2, evidence=(PostId("p1"), PostId("p2"))
        )
        for kind, level, effect, sd in (
            (FurtherKind.DRIFT, "week", 0.04, 0.0),
            (FurtherKind.FATIGUE, "hook", -0.1, 0.02),
            (FurtherKind.PAIR, "pillar=rooms & hook=list", 0.3, 0.1),
            (FurtherKind.SEASON, "now", 0.1, 0.2),
        )
    )
    known = learnt(brand).model_copy(update={"further": further})
    record_learnings(database, known)
    stored = learnings_of(database, brand.brand_id, WEEK.key)
    assert stored is not None
    assert stored.learnings == _in_order(known)
    record_learnings(database, known.model_copy(update={"further": further[:1]}))
    stored = learnings_of(database, brand.brand_id, WEEK.key)
    assert stored is not None
    assert stored.learnings.further == further[:1], "what is no longer seen is gone"


def test_nothing_known_is_stored_as_such_and_can_be_planned_from(database: Database, brand: Brand) -> None:
    record_learnings(database, learn(brand, WEEK.key, [], NOW))
    stored = learnings_of(database, brand.brand_id, WEEK.key)
    assert stored is not None
    assert stored.learnings.posts == 0
    assert len(allocate(brand, WEEK, stored.learnings, seed=7)) == 7


def test_figures_computed_again_replace_the_first_and_the_words_stay(database: Database, brand: Brand) -> None:
    record_learnings(database, learnt(brand, likes=80))
    record_notes(database, brand.brand_id, WEEK.key, [note(brand)])
    record_learnings(database, learnt(brand, likes=10))
    stored = learnings_of(database, brand.brand_id, WEEK.key)
    assert stored is not None
    assert stored.learnings == _in_order(learnt(brand, likes=10))
    assert stored.notes == (note(brand),)


def test_a_level_that_the_brand_gave_up_is_gone_from_the_week(database: Database, brand: Brand) -> None:
    known = learnt(brand)
    record_learnings(database, known)
    left = known.model_copy(update={"effects": known.effects[1:]})
    record_learnings(database, left)
    stored = learnings_of(database, brand.brand_id, WEEK.key)
    assert stored is not None
    assert stored.learnings.effects == _in_order(left).effects


def test_words_stand_beside_their_effect(database: Database, brand: Brand) -> None:
    record_learnings(database, learnt(brand))
    for _ in range(2):
        record_notes(database, brand.brand_id, WEEK.key, [note(brand)])
    stored = learnings_of(database, brand.brand_id, WEEK.key)
    assert stored is not None
    assert stored.notes == (note(brand),)


def test_words_about_nothing_are_refused_with_all_that_came_with_them(database: Database, brand: Brand) -> None:
    record_learnings(database, learnt(brand))
    with pytest.raises(NotFound, match="Nothing was computed for pillar gardening"):
        record_notes(database, brand.brand_id, WEEK.key, [note(brand), note(brand, level="gardening")])
    stored = learnings_of(database, brand.brand_id, WEEK.key)
    assert stored is not None
    assert stored.notes == ()


def test_the_latest_are_those_of_the_newest_week(database: Database, brand: Brand) -> None:
    assert latest_learnings(database, brand.brand_id) is None
    for week in (WEEK.plus(1), WEEK):
        record_learnings(database, learnt(brand, week.key))
    newest = latest_learnings(database, brand.brand_id)
    before = latest_learnings(database, brand.brand_id, until_week=WEEK.key)
    assert newest is not None
    assert before is not None
    assert (newest.learnings.week, before.learnings.week) == (WEEK.plus(1).key, WEEK.key)
    assert latest_learnings(database, brand.brand_id, until_week=WEEK.plus(-1).key) is None
    assert latest_learnings(database, BrandId("bakery")) is None


def test_the_newest_week_of_each_brand(database: Database, brand: Brand) -> None:
    assert newest_weeks(database) == {}
    for week in (WEEK.plus(1), WEEK):
        record_learnings(database, learnt(brand, week.key))
    assert newest_weeks(database) == {brand.brand_id: WEEK.plus(1).key}
