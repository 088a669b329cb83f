from datetime import timedelta

import pytest

from marketing_pipeline.domain.brand import Brand
from marketing_pipeline.domain.creative import (
    ArtworkStyle,
    Box,
    CheckResult,
    CreativeBrief,
    Media,
    PostFormat,
    Severity,
    Template,
    TextRun,
)
from marketing_pipeline.domain.errors import NotFound
from marketing_pipeline.domain.evaluation import Bar, CreativeEvaluation, Criterion, CriterionVerdict, Level, judge
from marketing_pipeline.domain.identifiers import BrandId, CreativeId, PostId, Sha256
from marketing_pipeline.store.creatives import (
    CreativeAttempt,
    attempts_of,
    choose_creative,
    creative_id,
    get_creative,
    recent_briefs,
    recent_hashes,
    record_attempt,
)
from marketing_pipeline.store.database import Database
from marketing_pipeline_tests.fixtures import NOW, AuditNotes
from marketing_pipeline_tests.store.planned_week import record_week


def made(post: PostId, attempt: int = 1, round_number: int = 1, level: Level = Level.GOOD) -> CreativeAttempt:
    verdicts = tuple(
        CriterionVerdict(criterion=criterion, reason="Seen and weighed", level=level) for criterion in Criterion
    )
    checks = (
        CheckResult(name="contrast", passed=True, severity=Severity.REVISE, value=7.1, limit=4.5, reason="clear"),
    )
    evaluation = CreativeEvaluation(verdicts=verdicts)
    return CreativeAttempt(
        post=post,
        round=round_number,
        attempt=attempt,
        brief=CreativeBrief(
            format=PostFormat.PORTRAIT,
            template=Template.STATEMENT,
            headline="Cotton holds colour",
            artwork=ArtworkStyle.DUNES,
            artwork_seed=attempt,
            palette="paper",
        ),
        media=(Media(sha256=Sha256(f"{attempt:064x}"), width=1080, height=1350, byte_count=1000),),
        text_runs=(
            (
                TextRun(
                    text="Cotton",
                    box=Box(left=1, top=2, right=3, bottom=4),
                    size=80,
                    face="fraunces",
                    ink="#000000",
                ),
            ),
        ),
        checks=checks,
        evaluation=evaluation,
        evaluator="sandbox-evaluator",
        judgement=judge(checks, evaluation, Bar()),
        perceptual_hash=f"{attempt:064x}",
        picture_source="procedural",
    )


@pytest.fixture
def post(database: Database, brand: Brand) -> PostId:
    return record_week(database, brand, AuditNotes()).posts[0].id


def test_an_attempt_is_read_back_with_its_verdicts(database: Database, post: PostId) -> None:
    attempt = made(post, level=Level.POOR)
    stored = record_attempt(database, attempt)
    assert CreativeAttempt.model_validate(stored.model_dump(exclude={"id", "chosen", "created_at"})) == attempt
    assert stored.id == creative_id(post, 1, 1)
    assert not stored.chosen
    assert not stored.judgement.meets_bar
    assert get_creative(database, stored.id) == stored


def test_an_attempt_that_is_stored_stands(database: Database, post: PostId) -> None:
    first = record_attempt(database, made(post))
    assert record_attempt(database, made(post, level=Level.POOR)) == first
    assert attempts_of(database, post) == (first,)


def test_a_criterion_that_was_judged_twice_counts_by_its_last_verdict(database: Database, post: PostId) -> None:
    attempt = made(post)
    again = CriterionVerdict(criterion=Criterion.CRAFT, reason="On second thoughts", level=Level.POOR)
    evaluation = CreativeEvaluation(verdicts=(*attempt.evaluation.verdicts[1:], again))
    stored = record_attempt(database, attempt.model_copy(update={"evaluation": evaluation}))
    assert [verdict.level for verdict in stored.evaluation.verdicts if verdict.criterion is Criterion.CRAFT] == ["poor"]


def test_attempts_come_in_order_and_one_is_kept(database: Database, post: PostId) -> None:
    ids = [record_attempt(database, made(post, attempt, turn)).id for turn in (1, 2) for attempt in (1, 2)]
    assert [attempt.id for attempt in attempts_of(database, post)] == ids
    choose_creative(database, ids[1])
    kept = choose_creative(database, ids[2])
    assert kept.chosen
    assert [attempt.chosen for attempt in attempts_of(database, post)] == [False, False, True, False]
    assert choose_creative(database, ids[2]) == kept


def test_what_was_kept_recently_is_newest_first(database: Database, brand: Brand) -> None:
    first, second = (planned.id for planned in record_week(database, brand, AuditNotes()).posts)
    for number, post in enumerate((first, second), 1):
        choose_creative(database, record_attempt(database, made(post, number)).id)
        record_attempt(database, made(post, number + 5))
        database.clock.sleep(60)
    older, newer = creative_id(first, 1, 1), creative_id(second, 1, 2)
    assert list(recent_hashes(database, brand.brand_id, NOW).items()) == [(newer, f"{2:064x}"), (older, f"{1:064x}")]
    assert list(recent_hashes(database, brand.brand_id, NOW, without=second)) == [older]
    assert list(recent_hashes(database, brand.brand_id, NOW + timedelta(seconds=30))) == [newer]
    assert recent_hashes(database, BrandId("bakery"), NOW) == {}
    assert [brief.artwork_seed for brief in recent_briefs(database, brand.brand_id, NOW)] == [2, 1]
    assert [brief.artwork_seed for brief in recent_briefs(database, brand.brand_id, NOW, without=second)] == [1]
    assert len(recent_briefs(database, brand.brand_id, NOW, limit=1)) == 1


@pytest.mark.parametrize("act", [get_creative, choose_creative])
def test_a_creative_that_is_not_there_is_said(database: Database, act: object) -> None:
    assert callable(act)
    with pytest.raises(NotFound, match="no creative nowhere"):
        act(database, CreativeId("nowhere"))
