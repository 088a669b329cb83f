"""What people decide: approve, reject or revoke a request, and settle an effect that could not be proved."""

from collections.abc import Sequence
from datetime import datetime
from enum import StrEnum
from typing import Any

from pydantic import BaseModel, ConfigDict
from sqlalchemy import Connection

from marketing_pipeline.domain.approval import ApprovalRow, ApprovalState, Decision, Unauthorized, state_of, words_of
from marketing_pipeline.domain.clock import aware
from marketing_pipeline.domain.effect import Effect, EffectState
from marketing_pipeline.domain.effect_kind import EffectKind
from marketing_pipeline.domain.errors import MarketingError, RefusedTransition
from marketing_pipeline.domain.identifiers import ApprovalId, EffectId, PostId, Sha256
from marketing_pipeline.domain.post import PostState
from marketing_pipeline.store.effect_rows import effect_under
from marketing_pipeline.store.ledger import Ledger
from marketing_pipeline.store.refusal_words import refusal_words

NEEDS: dict[Decision, ApprovalState] = {
    Decision.APPROVE: ApprovalState.PENDING,
    Decision.REJECT: ApprovalState.PENDING,
    Decision.REVOKE: ApprovalState.APPROVED,
}
"""The state in which a request of a post or proposal takes each decision."""
ON_ITS_WAY = frozenset({EffectState.SENDING, EffectState.UNKNOWN, EffectState.PARKED})


class StaleDecision(MarketingError):
    """The request is not as the person saw it: somebody decided first, or it lapsed. Nothing was decided."""


class AfterRejection(StrEnum):
    """What becomes of the post of a rejected request."""

    SEND_BACK = "drafted"
    DROP = "cancelled"


class Decided(BaseModel):
    """What a decision came to. `too_late`: recorded, but the call may be out already and could not be stopped."""

    model_config = ConfigDict(frozen=True)

    row: ApprovalRow
    effect: EffectId | None
    too_late: bool


class Decisions:
    """Each decision is one transaction with everything that follows from it."""

    def __init__(self, ledger: Ledger) -> None:
        self._ledger = ledger
        self._moves = ledger.moves
        self._approvals = ledger.approvals

    def decide(
        self,
        request: ApprovalId,
        decision: Decision,
        *,
        actor: str,
        source: str,
        note: str,
        saw: ApprovalState,
        fingerprint: Sha256 | None = None,
        after_rejection: AfterRejection = AfterRejection.SEND_BACK,
    ) -> Decided:
        """Decide a request, naming the state (and, where it was shown, the fingerprint) that the person saw.

        Approving queues the effect. Rejecting cancels it, and sends the post back with the note or drops it. Revoking
        cancels an effect that was not sent yet; its post needs a person again. Raises StaleDecision for the loser of
        a race (which is audited), RefusedTransition, Unauthorized for a forged row, NotFound.
        """
        with self._ledger.database.write() as connection:
            rows = self._approvals.rows_of(connection, request)
            if not self._approvals.signatures_hold(rows):
                raise Unauthorized("This request was not written by this system.", "Run `marketing audit verify`.")
            if rows[0].kind != EffectKind.PUBLISH_POST:
                raise RefusedTransition(f"Request {request} lets no post out.", "Decide it at the gate.")
            state = state_of(rows, self._moves.now())
            if state is saw and fingerprint in (None, rows[-1].fingerprint):
                if NEEDS.get(decision) is not state:
                    post = rows[0].subject
                    look, again = f"`marketing posts show {post}`", f"`marketing posts reschedule {post} --at ...`"
                    way = refusal_words(rows, state, look=look, again=again)
                    raise RefusedTransition(f"Request {request} is {state}: {decision} does not apply.", way)
                row = self._approvals.record(connection, request, decision, actor=actor, source=source, note=note)
                return self._follow(connection, row, after_rejection)
            self._approvals.note_loser(connection, rows[-1], decision, actor=actor, source=source, saw=saw, found=state)
        raise StaleDecision(
            f"Request {request} is {state}; you saw {saw}.",
            f"Look at it again with `marketing approvals show {request}`, then decide.",
        )

    def resolve(
        self,
        effect: EffectId,
        *,
        done: bool,
        media_id: str | None = None,
        published_at: datetime | None = None,
        actor: str,
        note: str,
        source: str = "cli",
    ) -> Effect:
        """Settle a parked effect by a person's word: it is live (`done`), or it is not and is queued again for now.

        Raises RefusedTransition for an effect that is not parked, NotFound.
        """
        with self._ledger.database.write() as connection:
            outcome = "done" if done else "not_done"
            parked = self._ledger.settling(connection, effect, outcome=outcome, actor=actor, source=source, note=note)
            now = self._moves.now()
            if done:
                return self._ledger.succeed_within(
                    connection,
                    parked,
                    media_id=media_id,
                    published_at=aware(published_at or now),
                    reason=f"live, says {actor}: {note}",
                    actor=actor,
                )
            reason = f"not live, says {actor}: {note}"
            # A person's word is proof: nothing of the old sending is carried on.
            fresh: dict[str, Any] = {"progress": {}, "due_at": now, "not_before": None, "read_backs": 0}
            return self._ledger.move_within(
                connection, parked, EffectState.QUEUED, reason=reason, actor=actor, columns=fresh
            )

    def drop(self, effect: EffectId, *, actor: str, note: str, source: str = "cli") -> Effect:
        """Settle a parked effect by giving it up: it is not live and shall not be. Raises RefusedTransition."""
        with self._ledger.database.write() as connection:
            parked = self._ledger.settling(connection, effect, outcome="drop", actor=actor, source=source, note=note)
            dropped = self._moves.effect(connection, parked, EffectState.CANCELLED, reason=note, actor=actor)
            self._moves.post(connection, PostId(dropped.subject), PostState.CANCELLED, reason=note, actor=actor)
            return dropped

    def _follow(self, connection: Connection, row: ApprovalRow, after_rejection: AfterRejection) -> Decided:
        effect = effect_under(connection, row.id)
        if effect is None:
            return Decided(row=row, effect=None, too_late=False)
        post = PostId(effect.subject)
        reason = words_of(row)
        if row.decision is Decision.APPROVE:
            self._step(
                connection, effect, EffectState.QUEUED, (PostState.READY, PostState.SCHEDULED), reason, row.actor
            )
        elif row.decision is Decision.REJECT:
            self._moves.effect(connection, effect, EffectState.CANCELLED, reason=reason, actor=row.actor)
            self._moves.post(
                connection, post, PostState(after_rejection), reason=reason, actor=row.actor, note=row.note
            )
        elif effect.state in (EffectState.QUEUED, EffectState.RETRY_WAIT):
            self._step(connection, effect, EffectState.CANCELLED, (PostState.NEEDS_HUMAN,), reason, row.actor)
        # A claimed effect is stopped by its worker, which reads the approval again in the transaction that sends.
        return Decided(row=row, effect=effect.id, too_late=effect.state in ON_ITS_WAY)

    def _step(
        self,
        connection: Connection,
        effect: Effect,
        to: EffectState,
        path: Sequence[PostState],
        reason: str,
        actor: str,
    ) -> None:
        self._moves.effect(connection, effect, to, reason=reason, actor=actor)
        self._moves.post(connection, PostId(effect.subject), *path, reason=reason, actor=actor)
