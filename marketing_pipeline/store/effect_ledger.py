"""What the ledgers of posts and of ad changes have in common: leases, fences, attempts, and the end of an approval."""

import logging
from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from typing import Any, ClassVar, Generic

from sqlalchemy import Connection, Select, update

from marketing_pipeline.domain.approval import Decision, Unauthorized
from marketing_pipeline.domain.effect import AttemptOutcome, EffectState
from marketing_pipeline.domain.effect_kind import EffectKind
from marketing_pipeline.domain.errors import MarketingError, RefusedTransition
from marketing_pipeline.domain.identifiers import EffectId
from marketing_pipeline.store.approvals import Approvals
from marketing_pipeline.store.attempts import WORKER, AttemptEnd, close_attempt, open_attempt
from marketing_pipeline.store.damaged_rows import DamagedRow
from marketing_pipeline.store.database import Database
from marketing_pipeline.store.effect_moves import E, Moves, changed
from marketing_pipeline.store.effect_rows import WAKING, readable_back
from marketing_pipeline.store.reconciliations import Reconciliations
from marketing_pipeline.store.tables import effects

DAMAGED_REST = timedelta(hours=1)
_log = logging.getLogger(__name__)


class EffectLedger(ABC, Generic[E]):
    """Writes the effects of one kind. Safe to share between threads and processes: the database decides every race."""

    kind: ClassVar[EffectKind]

    def __init__(
        self, database: Database, moves: Moves, approvals: Approvals, reconciliations: Reconciliations
    ) -> None:
        self.database = database
        self.moves = moves
        self.approvals = approvals
        self.reconciliations = reconciliations

    def require_reconciled(self) -> None:
        """Raise NotReconciled when the channels may hold what this database does not know."""
        self.reconciliations.require_none(self.database)

    @abstractmethod
    def get(self, connection: Connection, effect: EffectId) -> E:
        """The effect of that id. Raises NotFound."""

    @abstractmethod
    def move_within(
        self,
        connection: Connection,
        effect: E,
        to: EffectState,
        *,
        reason: str,
        actor: str = WORKER,
        attempt: AttemptEnd | None = None,
        columns: Mapping[str, Any] | None = None,
    ) -> E:
        """Take one step: effect, subject, the attempt's outcome and the audit rows together. Raises Fenced."""

    def move(
        self,
        effect: E,
        to: EffectState,
        *,
        reason: str,
        attempt: AttemptEnd | None = None,
        columns: Mapping[str, Any] | None = None,
    ) -> E:
        """Take one step in a transaction of its own; see `move_within`."""
        with self.database.write() as connection:
            return self.move_within(connection, effect, to, reason=reason, attempt=attempt, columns=columns)

    def claim_read_back(self, owner: str, lease: timedelta) -> E | None:
        """Take the unknown effect whose read-back is due longest; it stays unknown. None when none is due.

        A row that cannot be read is put off.
        """
        columns = {"read_backs": effects.c.read_backs + 1}
        while True:
            now = self.moves.now()
            wanted = readable_back(now, self.kind).limit(1)
            with self.database.read() as connection:
                found = connection.scalar(wanted)
            if found is None:
                return None
            try:
                with self.database.write() as connection:
                    return self._take(connection, wanted, owner, now + lease, columns)
            except (DamagedRow, Unauthorized) as damaged:
                self._put_off_damaged(EffectId(found), damaged)

    def save_progress(self, effect: E, progress: Mapping[str, Any], lease: timedelta) -> E:
        """Store what is proved so far, and renew the lease. Raises Fenced."""
        with self.database.write() as connection:
            now = self.moves.now()
            values = {"progress": dict(progress), "lease_until": now + lease, "updated_at": now}
            self.moves.write(connection, effect, values)
            return changed(effect, values)

    def open_attempt(
        self,
        effect: E,
        *,
        owner: str,
        request: Mapping[str, Any],
        progress: Mapping[str, Any],
        guard: Callable[[Connection], None],
    ) -> E:
        """Commit that a call is about to go out: claimed -> sending, with the attempt's row.

        `guard` runs in the same transaction and raises to stop it; so a hold or a revocation either came first and
        stops the call, or comes after and is too late. The audit log is anchored after it: no older copy of the
        database passes for whole once the call is out. Raises Fenced, AnchorDamaged, OSError.
        """
        with self.database.write() as connection:
            guard(connection)
            opened = open_attempt(connection, self.moves, effect, owner=owner, request=request, progress=progress)
        self.reconciliations.anchor(self.database)
        return opened

    def take_over(self, effect_id: EffectId) -> EffectState | None:
        """Put an effect of a lapsed lease where it belongs, and return its state; None when its worker lives.

        What was only claimed is queued again; what was sending is unknown. The higher fence shuts out the old worker,
        should it wake.
        """
        with self.database.write() as connection:
            effect, now = self.get(connection, effect_id), self.moves.now()
            if effect.lease_until is None or effect.lease_until > now:
                return None
            columns = {"fence": effect.fence + 1}
            if effect.state is EffectState.CLAIMED:
                reason = "its worker went away before anything was sent"
                return self.move_within(connection, effect, EffectState.QUEUED, reason=reason, columns=columns).state
            if effect.state is not EffectState.SENDING:
                return None
            reason = "its worker went away while the call may have been out"
            return self.move_within(
                connection,
                effect,
                EffectState.UNKNOWN,
                reason=reason,
                attempt=(AttemptOutcome.UNKNOWN, reason),
                columns={**columns, "not_before": now, "read_backs": 0},
            ).state

    def settling(
        self, connection: Connection, effect: EffectId, *, outcome: str, actor: str, source: str, note: str
    ) -> E:
        """A parked effect that a person settles by their word, after the audit row of that word.

        Raises RefusedTransition for an effect that is not parked, NotFound.
        """
        parked = self.get(connection, effect)
        if parked.state is not EffectState.PARKED:
            raise RefusedTransition(f"Effect {effect} is {parked.state}.", "Only what is parked can be resolved.")
        self.moves.audit.append(
            connection,
            actor=actor,
            action="effect.resolved",
            subject=effect,
            brand=parked.brand,
            detail={"outcome": outcome, "source": source, "note": note},
        )
        return parked

    def _put_off_damaged(self, found: EffectId, damaged: MarketingError) -> None:
        """Nothing can be made of the row, so that only its next look is written; the rest of the queue goes on."""
        _log.error("Effect %s is put off for %s", found, DAMAGED_REST, exc_info=damaged)
        now = self.moves.now()
        values = {"not_before": now + DAMAGED_REST, "state_reason": damaged.message, "updated_at": now}
        waits = effects.c.state.in_((*WAKING, EffectState.UNKNOWN))
        with self.database.write() as connection:
            connection.execute(update(effects).where(effects.c.id == found, waits).values(**values))

    def _end_attempt(self, connection: Connection, effect: E, attempt: AttemptEnd | None) -> None:
        if attempt is not None:
            close_attempt(connection, effect, attempt, self.moves.now())

    def _use_up(self, connection: Connection, effect: E, note: str, actor: str) -> None:
        """Write that the approval was used, unless it ended meanwhile."""
        if self.approvals.rows_of(connection, effect.approval)[-1].decision is Decision.APPROVE:
            self.approvals.record(connection, effect.approval, Decision.USED, actor=actor, source="system", note=note)

    def _take(
        self,
        connection: Connection,
        candidates: Select[str],
        owner: str,
        until: datetime,
        columns: Mapping[str, Any],
    ) -> E | None:
        won = connection.execute(
            update(effects)
            .where(effects.c.id == candidates.limit(1).scalar_subquery())
            .values(
                fence=effects.c.fence + 1,
                lease_owner=owner,
                lease_until=until,
                updated_at=self.moves.now(),
                **columns,
            )
            .returning(effects.c.id)
        ).scalar()
        return None if won is None else self.get(connection, EffectId(won))
