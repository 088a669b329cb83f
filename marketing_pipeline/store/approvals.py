"""Approval rows: requests and decisions about one fingerprint, append-only, signed with a key outside the database."""

import hmac
from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, bindparam, func, insert, select

from marketing_pipeline.domain.approval import ApprovalRow, ApprovalState, Decision
from marketing_pipeline.domain.audit import AuditAppender
from marketing_pipeline.domain.clock import Clock, aware
from marketing_pipeline.domain.errors import NotFound
from marketing_pipeline.domain.identifiers import ApprovalId, BrandId, Sha256
from marketing_pipeline.store.approval_request import ApprovalRequest, approval_requests, approval_row
from marketing_pipeline.store.signature import sign
from marketing_pipeline.store.tables import approvals, audit_log


class Approvals:
    """Writes and reads approval rows within the caller's transaction. `key` is MARKETING_AUDIT_KEY as bytes."""

    def __init__(self, key: bytes, audit: AuditAppender, clock: Clock) -> None:
        self._key = key
        self._audit = audit
        self._clock = clock

    def request(
        self,
        connection: Connection,
        *,
        kind: str,
        subject: str,
        brand: BrandId,
        fingerprint: Sha256,
        expires_at: datetime,
        actor: str,
        why: str,
        identity: ApprovalId | None = None,
    ) -> ApprovalId:
        """Open a request. The id is the subject and a number, readable and new, unless the caller has one."""
        asked = select(func.count(approvals.c.id.distinct())).where(approvals.c.subject == subject)
        number = (connection.scalar(asked) or 0) + 1
        content = {"kind": kind, "subject": subject, "brand": brand, "fingerprint": fingerprint}
        request = identity or ApprovalId(f"{subject}-a{number}")
        self._write(connection, request, 1, content, Decision.REQUESTED, actor, "system", why, expires_at)
        return request

    def record(
        self,
        connection: Connection,
        request: ApprovalId,
        decision: Decision,
        *,
        actor: str,
        source: str,
        note: str,
        expires_at: datetime | None = None,
    ) -> ApprovalRow:
        """Append one decision to a request, with the same fingerprint; the caller has judged that it may be made.

        `expires_at` None keeps the request's. Raises NotFound for an id that names nothing.
        """
        last = self.rows_of(connection, request)[-1]
        content = last.model_dump(include={"kind", "subject", "brand", "fingerprint"})
        lives = expires_at or last.expires_at
        return self._write(connection, request, last.sequence + 1, content, decision, actor, source, note, lives)

    def withdraw(self, connection: Connection, request: ApprovalId, *, reason: str, actor: str) -> None:
        """Close a request that nobody needs to decide any more; what was approved under it counts no longer."""
        if self.rows_of(connection, request)[-1].decision not in (Decision.REJECT, Decision.USED):
            self.record(connection, request, Decision.REJECT, actor=actor, source="system", note=f"withdrawn: {reason}")

    def note_loser(
        self,
        connection: Connection,
        row: ApprovalRow,
        decision: Decision,
        *,
        actor: str,
        source: str,
        saw: ApprovalState,
        found: ApprovalState,
    ) -> None:
        """Write the audit row of a decision that came after another one, and so decided nothing."""
        detail = {"decision": decision, "saw": saw, "found": found, "source": source}
        self._audit.append(
            connection, actor=actor, action="approval.decision_lost", subject=row.id, brand=row.brand, detail=detail
        )

    def rows_of(self, connection: Connection, request: ApprovalId) -> tuple[ApprovalRow, ...]:
        """Every row of a request, in sequence. Raises NotFound."""
        rows = tuple(approval_row(row) for row in connection.execute(_ROWS, {"request": request}))
        if not rows:
            raise NotFound(f"There is no approval request {request}.", "`marketing approvals list` shows them.")
        return rows

    def signatures_hold(self, rows: Sequence[ApprovalRow]) -> bool:
        """Whether each row was written by this system and none before the last was taken away."""
        signed = [hmac.compare_digest(row.signature, self._signature(row)) for row in rows]
        return all(signed) and [row.sequence for row in rows] == list(range(1, len(rows) + 1))

    def nothing_is_cut(self, connection: Connection, rows: Sequence[ApprovalRow]) -> bool:
        """Whether the audit log knows of no decision after the last of a request's `rows`.

        Without this a rejection could be taken away, and the approval before it would stand again.
        """
        return (connection.scalar(_TOLD, {"request": rows[0].id}) or 0) <= len(rows)

    def newest_for(self, connection: Connection, subject: str, fingerprint: Sha256) -> tuple[ApprovalRow, ...]:
        """The rows of the request made last for exactly this content; empty when there was none."""
        newest = connection.scalar(
            select(approvals.c.id)
            .where(approvals.c.subject == subject, approvals.c.fingerprint == fingerprint, approvals.c.sequence == 1)
            .order_by(approvals.c.decided_at.desc(), func.length(approvals.c.id).desc(), approvals.c.id.desc())
            .limit(1)
        )
        return () if newest is None else self.rows_of(connection, ApprovalId(newest))

    def list_requests(
        self,
        connection: Connection,
        *,
        brand: BrandId | None = None,
        state: ApprovalState | None = None,
        subject: str | None = None,
    ) -> list[ApprovalRequest]:
        """Requests, oldest first, each with the state it is in now."""
        return approval_requests(connection, aware(self._clock.now()), brand=brand, state=state, subject=subject)

    def _write(
        self,
        connection: Connection,
        request: ApprovalId,
        sequence: int,
        content: dict[str, Any],
        decision: Decision,
        actor: str,
        source: str,
        note: str,
        expires_at: datetime,
    ) -> ApprovalRow:
        unsigned = ApprovalRow(
            id=request,
            sequence=sequence,
            **content,
            decision=decision,
            actor=actor,
            source=source,
            note=note,
            decided_at=aware(self._clock.now()),
            expires_at=aware(expires_at),
            signature="",
        )
        row = unsigned.model_copy(update={"signature": self._signature(unsigned)})
        connection.execute(_ADD, row.model_dump())
        self._audit.append(
            connection,
            actor=actor,
            action=f"approval.{_PARTICIPLE[decision]}",
            subject=request,
            brand=row.brand,
            detail={"fingerprint": row.fingerprint, "source": source, "note": note, "sequence": sequence},
        )
        return row

    def _signature(self, row: ApprovalRow) -> str:
        content = row.model_dump(mode="json", exclude={"signature", "decided_at", "expires_at"})
        times = {"decided_at": row.decided_at.isoformat(), "expires_at": row.expires_at.isoformat()}
        return sign(self._key, "approval", {**content, **times})


_PARTICIPLE = {
    Decision.REQUESTED: "requested",
    Decision.APPROVE: "approved",
    Decision.REJECT: "rejected",
    Decision.REVOKE: "revoked",
    Decision.USED: "used",
}
# Each effect asks these several times: they are put together once.
_ROWS = select(approvals).where(approvals.c.id == bindparam("request")).order_by(approvals.c.sequence)
_TOLD = select(func.count()).where(
    audit_log.c.subject == bindparam("request"),
    audit_log.c.action.in_([f"approval.{word}" for word in _PARTICIPLE.values()]),
)
_ADD = insert(approvals)
