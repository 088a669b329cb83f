"""The control plane put together: who writes what, wired once."""

from dataclasses import dataclass
from typing import Self

from marketing_pipeline.store.ad_decisions import AdDecisions
from marketing_pipeline.store.ad_ledger import AdLedger
from marketing_pipeline.store.approvals import Approvals
from marketing_pipeline.store.audit import AuditLog
from marketing_pipeline.store.database import Database
from marketing_pipeline.store.decisions import Decisions
from marketing_pipeline.store.effect_moves import Moves
from marketing_pipeline.store.holds import Holds
from marketing_pipeline.store.ledger import Ledger
from marketing_pipeline.store.posts import Posts
from marketing_pipeline.store.publish_queue import PublishQueue


@dataclass(frozen=True)
class ControlPlane:
    """Every writer of one database, with one audit log among them."""

    database: Database
    audit: AuditLog
    posts: Posts
    approvals: Approvals
    holds: Holds
    ledger: Ledger
    queue: PublishQueue
    decisions: Decisions
    ad_ledger: AdLedger
    ad_decisions: AdDecisions

    @classmethod
    def of(cls, database: Database, key: bytes) -> Self:
        """Wire the writers. `key` is MARKETING_AUDIT_KEY: it signs audit and approval rows."""
        clock = database.clock
        audit = AuditLog(key, clock)
        posts = Posts(database, audit)
        approvals = Approvals(key, audit, clock)
        moves = Moves(audit, posts, clock)
        ledger, ad_ledger = Ledger(database, moves, approvals), AdLedger(database, moves, approvals)
        return cls(
            database=database,
            audit=audit,
            posts=posts,
            approvals=approvals,
            holds=Holds(audit, clock),
            ledger=ledger,
            queue=PublishQueue(ledger),
            decisions=Decisions(ledger),
            ad_ledger=ad_ledger,
            ad_decisions=AdDecisions(ad_ledger),
        )
