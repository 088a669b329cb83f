"""Two brands' posts in a ledger of their own, what really happened to them, and what must always hold."""

import shutil
import tempfile
from collections import Counter, defaultdict
from collections.abc import Callable
from contextlib import suppress
from datetime import timedelta
from functools import cache
from pathlib import Path
from typing import Any

from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
)
from sqlalchemy import select

from marketing_pipeline.domain import effect as effect_domain
from marketing_pipeline.domain import post as post_domain
from marketing_pipeline.domain.clock import SteppedClock
from marketing_pipeline.domain.effect import Effect, EffectState, PublishPost
from marketing_pipeline.domain.errors import MarketingError
from marketing_pipeline.domain.identifiers import PostId, Sha256
from marketing_pipeline.domain.post import PostState
from marketing_pipeline.domain.posting import LatePolicy
from marketing_pipeline.execution.permission import Permission
from marketing_pipeline.store.control_plane import ControlPlane
from marketing_pipeline.store.database import Database
from marketing_pipeline.store.effect_rows import ACTIVE, BLOCKING, list_effects
from marketing_pipeline.store.tables import audit_log
from marketing_pipeline_tests.faults.agency import KEY, account_of, brands_of
from marketing_pipeline_tests.sandbox.tea_room import MONDAY
from marketing_pipeline_tests.store.planned_week import record_week

_E = EffectState
_SINCE_NOTHING_WENT_LIVE = frozenset({_E.FAILED, _E.CANCELLED, _E.EXPIRED, _E.SUPERSEDED, _E.QUEUED, _E.RETRY_WAIT})


@cache
def _empty() -> Path:
    file = Path(tempfile.mkdtemp(prefix="post-life-")) / "empty.sqlite"
    Database.open(f"sqlite:///{file}", SteppedClock(MONDAY)).close()
    return file


class PostWorld(RuleBasedStateMachine):
    """Two brands with two posts each. `live` is what really happened, by effect: nobody but the rules can see it."""

    @initialize(late=st.sampled_from(LatePolicy))
    def begin(self, late: LatePolicy) -> None:
        self.folder = Path(tempfile.mkdtemp(prefix="post-life-"))
        file = shutil.copy(_empty(), self.folder / "control_plane.sqlite")
        self.clock = SteppedClock(MONDAY)
        self.brands = brands_of(2, late)
        self.database = Database.open(f"sqlite:///{file}", self.clock)
        self.plane = ControlPlane.of(self.database, KEY)
        self.permission = Permission(self.plane.approvals, self.plane.holds, self.plane.ledger.moves, self.brands)
        self.live: Counter[str] = Counter()
        self.workers: list[Effect] = []
        self.posts: list[PostId] = []
        for brand in self.brands.values():
            self.posts += [post.id for post in record_week(self.database, brand, self.plane.audit, posts=2).posts]
        for post in self.posts:
            for state in (PostState.DRAFTED, PostState.DESIGNED):
                self.plane.posts.move(post, state, actor="test", reason="made")

    def teardown(self) -> None:
        if not hasattr(self, "database"):
            return
        with self.database.read() as connection:
            assert self.plane.audit.verify(connection).intact
            rows = connection.execute(
                select(audit_log.c.subject, audit_log.c.action).order_by(audit_log.c.sequence)
            ).all()
        self.database.close()
        shutil.rmtree(self.folder)
        _assert_drawn(rows)

    @invariant()
    def nothing_twice_and_nothing_forgotten(self) -> None:
        if not hasattr(self, "database"):
            return
        effects, by_post = self.effects_in(), defaultdict[str, list[Effect]](list)
        for effect in effects:
            by_post[effect.subject].append(effect)
            if effect.state in _SINCE_NOTHING_WENT_LIVE:
                assert self.live[effect.id] == 0, effect
            if effect.state is _E.SUCCEEDED:
                assert self.live[effect.id] == 1, effect
            assert effect.state_reason
        for post, own in by_post.items():
            assert sum(self.live[effect.id] for effect in own) <= 1, f"{post} is live twice"
            assert sum(effect.state in ACTIVE for effect in own) <= 1, f"{post} has two effects on their way"
            done = any(effect.state is _E.SUCCEEDED for effect in own)
            assert (self.plane.posts.get(PostId(post)).state is PostState.PUBLISHED) == done
        accounts = Counter(effect.payload.account_id for effect in effects if effect.state in BLOCKING)
        assert all(count == 1 for count in accounts.values()), "two effects of one account at work at once"

    def post_at(self, which: int) -> PostId:
        return self.posts[which % len(self.posts)]

    def effects_in(self, *states: EffectState) -> list[Effect]:
        with self.database.read() as connection:
            return list_effects(connection, states=states)

    def worker_in(self, which: int, state: EffectState) -> Effect | None:
        """Some worker that believes its effect to be in `state`; it is taken from the list."""
        fitting = [effect for effect in self.workers if effect.state is state]
        if not fitting:
            return None
        effect = fitting[which % len(fitting)]
        self.workers.remove(effect)
        return effect

    def put(self, act: Callable[..., Effect], which: int, words: str, asks: bool, hours: int) -> None:
        post = self.post_at(which)
        brand = self.brands[self.plane.posts.get(post).brand]
        payload = PublishPost(
            account_id=account_of(brand),
            post=post,
            caption=words,
            alt_text="A pot of tea",
            media=(Sha256("0" * 64),),
            is_ai_generated=True,
        )
        due_at, risks = self.clock.now() + timedelta(hours=hours), ("a claim",) if asks else ()
        with suppress(MarketingError):
            act(brand=brand, payload=payload, due_at=due_at, risks=risks, actor="test")


def _assert_drawn(rows: Any) -> None:
    """Each step that the audit log tells of is drawn in the domain, for effects and for posts."""
    stood: dict[str, str] = {}
    for subject, action in rows:
        noun, _, state = action.partition(".")
        drawn: dict[Any, Any] = {"effect": effect_domain.TRANSITIONS, "post": post_domain.TRANSITIONS}.get(noun, {})
        if state not in set(map(str, drawn)):
            continue
        before = stood.get(subject)
        moves = before is not None and not (noun == "effect" and before == state)
        assert not moves or state in drawn[before], f"{subject} went from {before} to {state}"
        stood[subject] = state
