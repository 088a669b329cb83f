"""An office for the operators' commands: a home of one brand, filled through the real stores, and the command line."""

import json
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from marketing_pipeline.domain.approval import ApprovalState
from marketing_pipeline.domain.creative import ArtworkStyle, CheckResult, CreativeBrief, PostFormat, Severity, Template
from marketing_pipeline.domain.effect import AttemptOutcome, Effect, EffectState
from marketing_pipeline.domain.evaluation import Bar, CreativeEvaluation, Criterion, CriterionVerdict, Level, judge
from marketing_pipeline.domain.identifiers import BrandId, CreativeId, EffectId, PostId
from marketing_pipeline.domain.metrics import InsightSnapshot, SnapshotAge
from marketing_pipeline.domain.plan import Hook
from marketing_pipeline.domain.post import PostState
from marketing_pipeline.domain.variation import CopyVariation, VariationSet
from marketing_pipeline.settings import Settings
from marketing_pipeline.store.creatives import CreativeAttempt, choose_creative, record_attempt
from marketing_pipeline.store.effect_rows import get_effect, newest_effect_of
from marketing_pipeline.store.insights import record_snapshot
from marketing_pipeline.store.post_row import Post
from marketing_pipeline.store.sweep import Sweep
from marketing_pipeline.store.variations import record_variations
from marketing_pipeline.workflows.queue_posts import queue_post
from marketing_pipeline.workplace import Workplace
from marketing_pipeline_tests.domain.brands import brand_content
from marketing_pipeline_tests.sandbox.tea_room import ACCOUNT, jpeg
from marketing_pipeline_tests.store.planned_week import WEEK, record_week

BRAND = BrandId("tea_room")
FIRST = PostId("tea_room-2026-11-16-01")
SECOND = PostId("tea_room-2026-11-16-02")
REQUEST = f"{FIRST}-a1"
EFFECT = f"{FIRST}-e1"
LEASE = timedelta(minutes=10)


def write_brand(brands: Path, **changes: Any) -> Path:
    """Put the tea room's brand.yaml into a folder of brands; JSON is YAML too."""
    channels = {"instagram": {"account_id": ACCOUNT, "handle": "@tearoom"}}
    folder = brands / BRAND
    folder.mkdir(parents=True, exist_ok=True)
    content = brand_content(**{"channels": channels, **changes})
    (folder / "brand.yaml").write_text(json.dumps(content), encoding="utf-8")
    return folder / "brand.yaml"


def wordings(tags: tuple[str, ...] = ("#tearoom",)) -> VariationSet:
    """Three wordings within the tea room's rules."""
    lines = ("What does steam smell of?", "Why is the pot warm?", "Which leaf waits longest?")
    return VariationSet(
        variations=tuple(
            CopyVariation(
                hook=Hook.QUESTION,
                hook_line=line,
                caption=f"{line} Good leaf takes its time, and so does good water.",
                hashtags=tags,
                alt_text="A pot of tea on a pale table",
                difference="Begins with another question",
            )
            for line in lines
        ),
        chosen=1,
        choice_reason="It is the shortest of the three",
    )


class Office:
    """The tea room's week of Monday 16 November 2026, with shortcuts that bring posts where a test wants them."""

    def __init__(self, workplace: Workplace) -> None:
        self.work = workplace
        self.brand = workplace.brand(BRAND)

    @classmethod
    def open(cls) -> "Office":
        """The office of the home and the brands that the environment names."""
        return cls(Workplace.open(Settings.from_environment()))

    def planned(self, posts: int = 2) -> None:
        """Plan the week."""
        record_week(self.work.database, self.brand, self.work.audit, posts=posts)

    def designed(self, post: PostId = FIRST, level: Level = Level.GOOD) -> Post:
        """A post with words and one picture, from its plan on."""
        if not self.work.posts.find():
            self.planned()
        written = record_variations(self.work.database, post, 1, wordings())
        self.work.posts.move(post, PostState.DRAFTED, actor="test", reason="written", chosen_variation=written[0].id)
        made = record_attempt(self.work.database, self._attempt(post, level))
        choose_creative(self.work.database, made.id)
        return self.work.posts.move(
            post, PostState.DESIGNED, actor="test", reason="drawn", chosen_creative=CreativeId(made.id)
        )

    def queued(self, post: PostId = FIRST, level: Level = Level.GOOD) -> Effect:
        """A post in the queue, as the workflow puts it there: by policy, or waiting for a person."""
        work = self.work.brand_week(BRAND, WEEK)
        return queue_post(work, self.work.queue, self.designed(post, level))

    def awaiting(self, post: PostId = FIRST) -> Effect:
        """A post whose picture is below the bar, so that a person is asked."""
        return self.queued(post, Level.POOR)

    def claimed(self, post: PostId = FIRST) -> Effect:
        """A post whose effect a worker has taken, at its time."""
        self.step_to(self.queued(post).due_at)
        found = self.work.plane.ledger.claim_due("a worker", LEASE)
        assert found is not None
        return found

    def sending(self, post: PostId = FIRST) -> Effect:
        """A post whose publish call may be out."""
        return self.work.plane.ledger.open_attempt(
            self.claimed(post), owner="a worker", request={"creation_id": "77"}, progress={}, guard=lambda _: None
        )

    def failed(self, post: PostId = FIRST) -> Effect:
        """A post that Instagram refused."""
        refused = (AttemptOutcome.REFUSED, "the picture is too wide")
        return self.work.plane.ledger.move(
            self.sending(post), EffectState.FAILED, reason="the picture is too wide", attempt=refused
        )

    def parked(self, post: PostId = FIRST) -> Effect:
        """A post of which nobody can tell whether it is live."""
        unknown = self.work.plane.ledger.move(
            self.sending(post),
            EffectState.UNKNOWN,
            reason="no reply",
            attempt=(AttemptOutcome.UNKNOWN, "no reply"),
            columns={"not_before": self.now},
        )
        return self.work.plane.ledger.move(unknown, EffectState.PARKED, reason="the account cannot be read")

    def published(self, post: PostId = FIRST) -> Effect:
        """A live post, measured once."""
        done = self.work.plane.ledger.succeed(
            self.sending(post),
            media_id="1790001",
            published_at=self.now,
            reason="published",
            attempt=(AttemptOutcome.SUCCEEDED, "1790001"),
        )
        self.work.plane.ledger.note_permalink(done, "https://instagram.example/p/1")
        snapshot = InsightSnapshot(
            post=post,
            brand=BRAND,
            media_id="1790001",
            age=SnapshotAge.HOUR,
            taken_at=self.now + SnapshotAge.HOUR.delta,
            age_hours=1.0,
            values={"reach": 321, "likes": 12},
            missing={"follows": "not given"},
        )
        record_snapshot(self.work.database, snapshot)
        return self.effect(done.id)

    def missed(self, post: PostId = FIRST) -> Effect:
        """A post whose slot passed while nobody drained."""
        effect = self.queued(post)
        self.step_to(effect.due_at + timedelta(hours=7))
        Sweep(self.work.plane.ledger, self.work.brands).run()
        return self.effect(effect.id)

    def step_to(self, moment: datetime) -> None:
        """Let time pass."""
        self.work.clock.step_to(moment)

    @property
    def now(self) -> datetime:
        """The time of the home."""
        return self.work.clock.now()

    def post(self, post: PostId = FIRST) -> Post:
        """A post as it stands."""
        return self.work.posts.get(post)

    def effect(self, effect: str = EFFECT) -> Effect:
        """An effect as it stands."""
        with self.work.database.read() as connection:
            return get_effect(connection, EffectId(effect))

    def newest_effect(self, post: PostId = FIRST) -> Effect:
        """The effect made last for a post."""
        with self.work.database.read() as connection:
            found = newest_effect_of(connection, post)
        assert found is not None
        return found

    def _attempt(self, post: PostId, level: Level) -> CreativeAttempt:
        contrast = CheckResult(
            name="contrast", passed=True, severity=Severity.REVISE, value=7.1, limit=4.5, reason="clear"
        )
        verdicts = tuple(
            CriterionVerdict(criterion=criterion, reason=f"{criterion} was weighed", level=level)
            for criterion in Criterion
        )
        evaluation = CreativeEvaluation(verdicts=verdicts)
        return CreativeAttempt(
            post=post,
            round=1,
            attempt=1,
            brief=CreativeBrief(
                format=PostFormat.PORTRAIT,
                template=Template.STATEMENT,
                headline="Good leaf takes time",
                artwork=ArtworkStyle.DUNES,
                artwork_seed=1,
                palette="paper",
            ),
            media=(self.work.media.put(jpeg(width=80, height=100, seed=int(post[-2:]))),),
            text_runs=((),),
            checks=(contrast,),
            evaluation=evaluation,
            evaluator="sandbox-evaluator",
            judgement=judge((contrast,), evaluation, Bar()),
            perceptual_hash="0" * 64,
            picture_source="procedural",
        )


def state_of(office: Office, request: str = REQUEST) -> ApprovalState:
    """Where a request stands."""
    with office.work.database.read() as connection:
        found = office.work.approvals.list_requests(connection)
    return next(each.state for each in found if each.id == request)
