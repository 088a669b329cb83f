"""Turns of brands in the publish queue: nobody's backlog keeps another brand's post waiting."""

from collections.abc import Iterable
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import update

from marketing_pipeline.domain.brand import Brand
from marketing_pipeline.domain.clock import SteppedClock
from marketing_pipeline.domain.effect import Effect, EffectState, PublishPost
from marketing_pipeline.domain.identifiers import BrandId, EffectId, Sha256
from marketing_pipeline.domain.post import PostState
from marketing_pipeline.domain.posting import LatePolicy
from marketing_pipeline.store.control_plane import ControlPlane
from marketing_pipeline.store.database import Database
from marketing_pipeline.store.effect_rows import claimable, due_count
from marketing_pipeline.store.sweep import Sweep
from marketing_pipeline.store.tables import effects
from marketing_pipeline.store.turns import brands_in_turn, rest
from marketing_pipeline_tests.faults.agency import account_of, brands_of
from marketing_pipeline_tests.fixtures import NOW
from marketing_pipeline_tests.store.planned_week import record_week

LEASE = timedelta(minutes=10)
LONG_AGO = NOW - timedelta(minutes=20)


class Queue:
    """A publish queue of several brands, none of whose effects is ever sent."""

    def __init__(self, database: Database, brands: int) -> None:
        self.database = database
        self.plane = ControlPlane.of(database, b"key")
        self.brands = [*brands_of(brands).values()]

    def add(self, brand: Brand, dues: Iterable[datetime]) -> list[Effect]:
        """Effects of one brand, due at these moments."""
        moments = list(dues)
        plan = record_week(self.database, brand, self.plane.audit, posts=len(moments))
        return [self._queued(brand, post.id, due) for post, due in zip(plan.posts, moments, strict=True)]

    def _queued(self, brand: Brand, post: Any, due: datetime) -> Effect:
        for state in (PostState.DRAFTED, PostState.DESIGNED):
            self.plane.posts.move(post, state, actor="test", reason="made")
        payload = PublishPost(
            account_id=account_of(brand),
            post=post,
            caption="Leaves",
            alt_text="A pot of tea",
            media=(Sha256("a" * 64),),
            is_ai_generated=True,
        )
        return self.plane.queue.queue_post(brand=brand, payload=payload, due_at=due)

    def claim(self, brand: BrandId | None = None) -> Effect | None:
        return self.plane.ledger.claim_due("a worker", LEASE, brand=brand)

    def served(self) -> list[BrandId]:
        """Whose posts are published, in order, each done before the next is claimed."""
        order: list[BrandId] = []
        while (effect := self.claim()) is not None:
            order.append(effect.brand)
            self.done(effect)
        return order

    def done(self, effect: Effect) -> None:
        self.plane.ledger.move(effect, EffectState.FAILED, reason="enough of it")

    def damage(self, effect: Effect) -> None:
        broken = update(effects).where(effects.c.id == effect.id)
        with self.database.write() as connection:
            connection.execute(broken.values(payload={"account_id": effect.payload.account_id}))

    def row(self, effect: EffectId) -> Any:
        with self.database.read() as connection:
            return connection.execute(effects.select().where(effects.c.id == effect)).one()


@pytest.fixture
def queue(database: Database) -> Queue:
    return Queue(database, 3)


def test_brands_take_turns_and_each_goes_by_when_its_posts_are_due(queue: Queue) -> None:
    many, few, one = queue.brands
    late = queue.add(many, [LONG_AGO + timedelta(minutes=number) for number in (2, 0, 1)])
    queue.add(few, [NOW - timedelta(minutes=1), NOW])
    queue.add(one, [NOW])
    first = queue.claim()
    assert first is not None and first.id == late[1].id
    queue.done(first)
    assert queue.served() == [few.id, one.id, many.id, few.id, many.id]


def test_a_brand_with_one_post_waits_for_one_of_each_other_brand_at_most(queue: Queue) -> None:
    """The bound of store/turns.py with one worker, whatever the backlog of the others."""
    first, second, late_comer = queue.brands
    queue.add(first, [LONG_AGO] * 6)
    queue.add(second, [LONG_AGO] * 6)
    for _ in range(3):
        claimed = queue.claim()
        assert claimed is not None
        queue.done(claimed)
    queue.add(late_comer, [NOW])
    assert late_comer.id in queue.served()[:3]


@pytest.mark.parametrize("backlogs", [(1, 6, 2), (0, 5, 5), (4, 0, 0), (6, 6, 1)])
def test_between_two_turns_of_a_brand_each_waiting_brand_has_one(queue: Queue, backlogs: tuple[int, ...]) -> None:
    for brand, posts in zip(queue.brands, backlogs, strict=True):
        if posts:
            queue.add(brand, [LONG_AGO] * posts)
    shares = list(zip(queue.brands, backlogs, strict=True))
    assert queue.served() == [brand.id for turn in range(max(backlogs)) for brand, posts in shares if posts > turn]


def test_an_account_with_an_effect_at_work_loses_no_turn_of_others(queue: Queue) -> None:
    busy, other, _ = queue.brands
    queue.add(busy, [LONG_AGO] * 3)
    queue.add(other, [NOW])
    assert [claimed and claimed.brand for claimed in (queue.claim(), queue.claim(), queue.claim())] == [
        busy.id,
        other.id,
        None,
    ]


def test_a_resting_brand_is_left_alone_until_its_time_and_the_others_are_not(queue: Queue) -> None:
    resting, other, _ = queue.brands
    queue.add(resting, [LONG_AGO] * 2)
    queue.add(other, [NOW])
    with queue.database.write() as connection:
        rest(connection, resting.brand_id, NOW + timedelta(minutes=30), "enough for now", NOW)
    with queue.database.read() as connection:
        assert due_count(connection, NOW) == 1
        assert due_count(connection, NOW + timedelta(minutes=30)) == 3
    assert queue.claim(resting.brand_id) is None
    assert queue.served() == [other.id]


def test_a_damaged_row_keeps_no_other_brand_waiting_and_says_what_is_wrong(queue: Queue) -> None:
    poisoned, other, _ = queue.brands
    damaged, sound = queue.add(poisoned, [LONG_AGO, NOW])
    queue.add(other, [NOW])
    queue.damage(damaged)
    assert queue.served() == [poisoned.id, other.id]
    row = queue.row(damaged.id)
    assert "is damaged" in row.state_reason and row.not_before == NOW + timedelta(hours=1)
    assert queue.row(sound.id).state == EffectState.FAILED


def test_a_sweep_leaves_a_damaged_row_and_ends_the_late_ones_of_others(queue: Queue) -> None:
    poisoned, other, _ = queue.brands
    [damaged], [late] = (queue.add(brand, [NOW - timedelta(days=9)]) for brand in (poisoned, other))
    queue.damage(damaged)
    assert Sweep(queue.plane.ledger, brands_of(3, LatePolicy.SKIP)).run().missed == (late.id,)
    assert queue.row(damaged.id).state == EffectState.QUEUED


def test_a_damaged_unknown_effect_keeps_no_read_back_waiting(queue: Queue) -> None:
    poisoned, other, _ = queue.brands
    unknown = [effect for brand in (poisoned, other) for effect in queue.add(brand, [LONG_AGO])]
    for _ in unknown:
        claimed = queue.claim()
        assert claimed is not None
        opened = queue.plane.ledger.open_attempt(
            claimed, owner="a worker", request={}, progress={}, guard=lambda _: None
        )
        queue.plane.ledger.move(opened, EffectState.UNKNOWN, reason="no answer", columns={"not_before": LONG_AGO})
    queue.damage(unknown[0])
    looked = queue.plane.ledger.claim_read_back("a worker", LEASE)
    assert looked is not None and looked.id == unknown[1].id
    assert queue.plane.ledger.claim_read_back("a worker", LEASE) is None


def test_turns_are_read_in_an_index_alone_and_the_first_due_effect_is_found_by_one(tmp_path: Path) -> None:
    database = Database.open(f"sqlite:///{tmp_path}/control_plane.sqlite", SteppedClock(NOW))

    def plan(wanted: Any) -> str:
        with database.read() as connection:
            compiled = wanted.compile(connection, compile_kwargs={"literal_binds": True})
            return "\n".join(row[-1] for row in connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {compiled}"))

    of_turns, of_brand = plan(brands_in_turn(NOW)), plan(claimable(NOW, BrandId("tea_room")).limit(1))
    database.close()
    assert "COVERING INDEX ix_effects_kind_state_due_at_brand_channel_not_before" in of_turns
    assert "ix_effects_brand_kind_state_due_at (brand=? AND kind=? AND state=? AND due_at<?)" in of_brand
    assert "SCAN effects" not in of_turns + of_brand
