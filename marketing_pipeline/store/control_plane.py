"""The control plane put together: who writes what, wired once."""

from dataclasses import dataclass
from pathlib import Path
from typing import Self

from marketing_pipeline.store.ad_decisions import AdDecisions
from marketing_pipeline.store.ad_ledger import AdLedger
from marketing_pipeline.store.ad_proposals import AdProposals
from marketing_pipeline.store.approvals import Approvals
from marketing_pipeline.store.audit import AuditLog
from marketing_pipeline.store.database import Database
from marketing_pipeline.store.decisions import Decisions
from marketing_pipeline.store.effect_moves import Moves
from marketing_pipeline.store.holds import Holds
from marketing_pipeline.store.ledger import Ledger
from marketing_pipeline.store.posts import Posts
from marketing_pipeline.store.proposals import Proposals
from marketing_pipeline.store.publish_queue import PublishQueue
from marketing_pipeline.store.reconciliations import Reconciliations


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
    ad_proposals: AdProposals
    proposals: Proposals
    reconciliations: Reconciliations

    @classmethod
    def of(cls, database: Database, key: bytes, anchor: Path | None = None) -> Self:
        """Wire the writers. `key` is MARKETING_AUDIT_KEY: it signs audit and approval rows.

        `anchor` is the file of the audit log's anchored heads: without it an old copy of the database goes unseen.
        """
        clock = database.clock
        audit = AuditLog(key, clock)
        posts = Posts(database, audit)
        approvals = Approvals(key, audit, clock)
        moves = Moves(audit, posts, clock)
        reconciliations = Reconciliations(audit, clock, anchor)
        ledger = Ledger(database, moves, approvals, reconciliations)
        ad_ledger = AdLedger(database, moves, approvals, reconciliations)
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
            ad_proposals=AdProposals(ad_ledger),
            proposals=Proposals(database, approvals, audit),
            reconciliations=reconciliations,
        )
