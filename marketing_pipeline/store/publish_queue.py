"""The publish queue: putting a post in it with the approval that lets it out, and what people do while it waits."""

from collections.abc import Sequence
from datetime import datetime
from typing import Unpack

from sqlalchemy import Connection

from marketing_pipeline.domain.approval import ApprovalState, Decision, fingerprint_of, state_of
from marketing_pipeline.domain.brand import Brand
from marketing_pipeline.domain.clock import aware
from marketing_pipeline.domain.content_policy import reasons_for_a_person
from marketing_pipeline.domain.effect import Effect, EffectState, PublishPost
from marketing_pipeline.domain.errors import MarketingError, NotFound
from marketing_pipeline.domain.identifiers import EffectId, PostId
from marketing_pipeline.domain.post import PostState
from marketing_pipeline.store.effect_rows import active_effect_of, count_effects_of, newest_effect_of
from marketing_pipeline.store.gate import Gate
from marketing_pipeline.store.intent import KeyReused, enqueue
from marketing_pipeline.store.latest_time import latest_time
from marketing_pipeline.store.ledger import WORKER, Ledger
from marketing_pipeline.store.posts import PostChanges, get_post, require_revision
from marketing_pipeline.store.queue_paths import TO_NEEDS_HUMAN, TO_SCHEDULED

_P, _E = PostState, EffectState
_WAITING = frozenset({_E.AWAITING_APPROVAL, _E.QUEUED, _E.RETRY_WAIT})


class NotInQueue(MarketingError):
    """The post is not at a point where this may be done to it. Nothing changed."""


class PublishQueue:
    """Each act is one transaction: the effect, its approval rows, the post and the audit rows stand or fall as one."""

    def __init__(self, ledger: Ledger) -> None:
        self._database = ledger.database
        self._moves = ledger.moves
        self._approvals = ledger.approvals
        self._gate = Gate(ledger.approvals)

    def queue_post(
        self,
        *,
        brand: Brand,
        payload: PublishPost,
        due_at: datetime,
        risks: Sequence[str] = (),
        meets_bar: bool = True,
        actor: str = "workflow",
    ) -> Effect:
        """Queue a designed post. Policy passes: effect queued, post scheduled. Else a request, and the post waits.

        Queueing the same content twice returns the same effect. Raises KeyReused when other content waits already
        (see `supersede`), NotInQueue when the post cannot be queued.
        """
        reasons = reasons_for_a_person(brand, risks=risks, meets_bar=meets_bar)
        with self._database.write() as connection:
            return self._queue(connection, brand, payload, aware(due_at), reasons, actor)

    def supersede(
        self,
        *,
        brand: Brand,
        payload: PublishPost,
        due_at: datetime,
        risks: Sequence[str] = (),
        meets_bar: bool = True,
        actor: str,
        revision: int | None = None,
    ) -> Effect:
        """Replace what waits by edited content: another fingerprint, so a new decision. NotInQueue once claimed."""
        reasons = reasons_for_a_person(brand, risks=risks, meets_bar=meets_bar)
        with self._database.write() as connection:
            require_revision(get_post(connection, PostId(payload.post)), revision)
            before = active_effect_of(connection, payload.post)
            if before is not None and before.fingerprint != fingerprint_of(payload, brand.brand_id):
                self._retire(connection, before, _E.SUPERSEDED, "replaced by an edited post", actor)
            return self._queue(connection, brand, payload, aware(due_at), reasons, actor)

    def reschedule(
        self, *, brand: Brand, post: PostId, due_at: datetime, actor: str, note: str = "", revision: int | None = None
    ) -> Effect:
        """Move a post to another time, or queue again one that was missed, failed, or whose approval lapsed.

        The time is no part of what was approved, so an approval that lives long enough stands. Raises NotInQueue,
        StalePost for another revision than a named one, and NotFound for a post that was never queued.
        """
        due_at = aware(due_at)
        with self._database.write() as connection:
            require_revision(get_post(connection, post), revision)
            effect = active_effect_of(connection, post)
            if effect is None:
                return self._again(connection, brand, post, due_at, actor)
            if effect.state not in _WAITING:
                raise NotInQueue(f"The effect of post {post} is {effect.state}.", "Only what waits can be moved.")
            if self._gate.outlives(connection, effect.approval, self._not_before(connection, due_at)):
                return self._move_slot(connection, effect, due_at, actor, note)
            self._retire(connection, effect, _E.SUPERSEDED, "its approval ends before the new time", actor)
            return self._again(connection, brand, post, due_at, actor)

    def cancel(self, post: PostId, *, actor: str, note: str, revision: int | None = None) -> None:
        """Drop a post for good, with what waits in the ledger. Raises NotInQueue once it is claimed or parked."""
        with self._database.write() as connection:
            require_revision(get_post(connection, post), revision)
            effect = active_effect_of(connection, post)
            if effect is not None:
                self._retire(connection, effect, _E.CANCELLED, note, actor)
            self._moves.post(connection, post, _P.CANCELLED, reason=note, actor=actor)

    def send_back(
        self,
        connection: Connection,
        post: PostId,
        *,
        actor: str,
        source: str,
        why: str,
        revision: int | None = None,
        **changes: Unpack[PostChanges],
    ) -> None:
        """Bring a post back to `drafted`, to be designed anew, inside a write transaction of the caller's.

        What waits in the ledger is superseded, and the approval it had is revoked: what was refused never goes out by
        an old word. Raises StalePost, and NotInQueue for a post that has no picture yet or is at work in the ledger.
        """
        before = get_post(connection, post)
        require_revision(before, revision)
        if before.state not in TO_NEEDS_HUMAN:
            raise NotInQueue(
                f"Post {post} is {before.state}: there is no picture to make anew.",
                f"`marketing posts show {post}` tells where it stands.",
            )
        effect = active_effect_of(connection, post)
        if effect is not None:
            self._retire(connection, effect, _E.SUPERSEDED, "a new picture is made", actor)
            rows = self._approvals.rows_of(connection, effect.approval)
            if state_of(rows, self._moves.now()) is ApprovalState.APPROVED:
                self._approvals.record(
                    connection, effect.approval, Decision.REVOKE, actor=actor, source=source, note=why
                )
        path = (*TO_NEEDS_HUMAN[before.state], _P.DRAFTED)
        self._moves.post(connection, post, *path, reason=f"a new picture is asked for: {why}", actor=actor, **changes)

    def ask_again(self, connection: Connection, brand: Brand, effect: Effect, to: EffectState, reason: str) -> Effect:
        """End an effect that may not run (cancelled or expired), and ask a person about the same content.

        For one whose approval did not hold at the last moment: its post goes back through `scheduled`.
        """
        ended = self._moves.effect(connection, effect, to, reason=reason, actor=WORKER)
        post = PostId(ended.subject)
        if get_post(connection, post).state is _P.PUBLISHING:
            self._moves.post(connection, post, _P.SCHEDULED, reason=reason, actor=WORKER)
        return self._queue(connection, brand, ended.payload, ended.due_at, (reason,), WORKER)

    def _again(self, connection: Connection, brand: Brand, post: PostId, due_at: datetime, actor: str) -> Effect:
        before = newest_effect_of(connection, post)
        if before is None:
            raise NotFound(f"Post {post} was never queued.", "`marketing posts show ID` tells where it stands.")
        reasons = self._gate.lapsed_reasons(connection, brand, before.payload)
        asked = reasons_for_a_person(brand, risks=(), meets_bar=True)
        return self._queue(connection, brand, before.payload, due_at, (*asked, *reasons), actor)

    def _queue(
        self,
        connection: Connection,
        brand: Brand,
        payload: PublishPost,
        due_at: datetime,
        reasons: Sequence[str],
        actor: str,
    ) -> Effect:
        post = PostId(payload.post)
        active = active_effect_of(connection, post)
        if active is not None:
            return _the_same(active, fingerprint_of(payload, brand.brand_id))
        before = get_post(connection, post).state
        if before not in TO_SCHEDULED:
            raise NotInQueue(f"Post {post} is {before}.", "Only a designed post can be queued.")
        if not reasons and before is _P.NEEDS_HUMAN:
            reasons = ("the post waits for a person",)
        until = self._not_before(connection, due_at)
        approval = self._gate.standing(connection, brand, payload, until=until, reasons=reasons)
        why: tuple[str, ...] = ()
        if approval is None:
            approval, why = self._gate.open(connection, brand, payload, until=until, reasons=reasons, actor=actor)
        number = count_effects_of(connection, post) + 1
        effect = enqueue(
            connection,
            self._moves,
            key=f"{payload.kind}:{post}:{number}",
            effect=EffectId(f"{post}-e{number}"),
            payload=payload,
            brand=brand.brand_id,
            approval=approval,
            state=_E.AWAITING_APPROVAL if why else _E.QUEUED,
            reason="; ".join(why) or "queued",
            due_at=due_at,
            actor=actor,
        )
        path = TO_NEEDS_HUMAN[before] if why else TO_SCHEDULED[before]
        self._moves.post(connection, post, *path, reason=effect.state_reason, actor=actor)
        self._moves.change_post(connection, post, {"scheduled_at": due_at, "state_reason": effect.state_reason})
        return effect

    def _not_before(self, connection: Connection, due_at: datetime) -> datetime:
        """The first moment at which it can go out: approvals must live until then, by the later of the clocks."""
        return max(due_at, latest_time(connection, self._moves.now()))

    def _move_slot(self, connection: Connection, effect: Effect, due_at: datetime, actor: str, note: str) -> Effect:
        reason = f"moved to {due_at.isoformat()}" + (f": {note}" if note else "")
        post = PostId(effect.subject)
        self._moves.write(connection, effect, {"due_at": due_at, "updated_at": self._moves.now()})
        if effect.state is _E.AWAITING_APPROVAL:
            self._moves.change_post(connection, post, {"scheduled_at": due_at})
        else:
            self._moves.post(connection, post, _P.SCHEDULED, reason=reason, actor=actor, scheduled_at=due_at)
        moved = effect.model_copy(update={"due_at": due_at})
        self._moves.tell(connection, moved, {"reason": reason}, actor)
        return moved

    def _retire(self, connection: Connection, effect: Effect, to: EffectState, reason: str, actor: str) -> None:
        if effect.state not in _WAITING:
            way = (
                "Settle it with `marketing effects resolve`." if effect.state is _E.PARKED else "Wait for its outcome."
            )
            raise NotInQueue(f"The effect of post {effect.subject} is {effect.state}.", way)
        self._moves.effect(connection, effect, to, reason=reason, actor=actor)
        if effect.state is _E.AWAITING_APPROVAL:
            self._approvals.withdraw(connection, effect.approval, reason=reason, actor=actor)


def _the_same(active: Effect, fingerprint: str) -> Effect:
    if active.fingerprint != fingerprint:
        raise KeyReused(f"Other content of post {active.subject} is {active.state}.", "Supersede it with the new one.")
    return active
