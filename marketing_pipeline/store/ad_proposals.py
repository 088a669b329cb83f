"""Proposals of ad changes: each is stored, asks at the gate and ends what it replaces, in one transaction."""

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import Connection

from marketing_pipeline.domain.ad_change import OPEN, AdChangeProposal, AdChangeState
from marketing_pipeline.domain.brand import Brand
from marketing_pipeline.store.ad_change_row import AdChange, ad_change_of, get_ad_change, rivals_of
from marketing_pipeline.store.ad_gate import AdGate
from marketing_pipeline.store.ad_ledger import AdLedger

ACTOR = "ads_analyst"
_A = AdChangeState
_UNDER_WAY = frozenset({_A.APPLYING, _A.UNKNOWN, _A.PARKED})


@dataclass(frozen=True)
class Recorded:
    """What became of some proposals: ids of those stored, of live ones that say the same, of older ones replaced."""

    stored: tuple[str, ...] = ()
    repeated: tuple[str, ...] = ()
    superseded: tuple[str, ...] = ()


class AdProposals:
    """The one way in for ad changes."""

    def __init__(self, ledger: AdLedger) -> None:
        self.ledger = ledger
        self._gate = AdGate(ledger)

    def record(
        self,
        proposals: Sequence[AdChangeProposal],
        brand: Brand,
        *,
        actor: str = ACTOR,
        always_a_person: bool = False,
    ) -> Recorded:
        """Store proposals and ask about them. One that says what an open one says is left out.

        `always_a_person`: the policy lets none of them pass by itself.

        One of the same field ends what is open: its effect is superseded and its approval withdrawn.
        """
        stored: list[str] = []
        repeated: list[str] = []
        superseded: list[str] = []
        with self.ledger.database.write() as connection:
            for proposal in proposals:
                rivals = self._rivals(connection, proposal)
                same = [change.id for change in rivals if change.fingerprint == proposal.fingerprint]
                if same:
                    repeated.append(same[0])
                    continue
                superseded += [change.id for change in rivals if change.state in OPEN]
                self.store_within(connection, proposal, brand, actor=actor, always_a_person=always_a_person)
                stored.append(proposal.id)
        return Recorded(tuple(stored), tuple(repeated), tuple(superseded))

    def store_within(
        self,
        connection: Connection,
        proposal: AdChangeProposal,
        brand: Brand,
        *,
        actor: str,
        always_a_person: bool = False,
    ) -> AdChange:
        """Store one proposal and ask about it, and end what is open for the same field."""
        for change in self._rivals(connection, proposal):
            if change.state in OPEN:
                self.ledger.supersede_within(connection, change, by=proposal.id, actor=actor)
        detail = {} if proposal.rolls_back is None else {"rolls_back": proposal.rolls_back}
        change = self.ledger.changes.insert_within(connection, proposal, actor=actor, detail=detail)
        self._gate.ask(connection, change, brand, actor=actor, always_a_person=always_a_person)
        return get_ad_change(connection, change.id)

    def _rivals(self, connection: Connection, proposal: AdChangeProposal) -> list[AdChange]:
        """Live changes that a new one repeats or replaces; those whose time is over are ended on the way."""
        live: list[AdChange] = []
        for row in connection.execute(rivals_of(proposal)).all():
            change = ad_change_of(row)
            if change.state in OPEN and change.expires_at <= proposal.proposed_at:
                self.ledger.expire_within(connection, change, reason="nobody decided and applied it in time")
            elif change.state in OPEN | _UNDER_WAY or change.id == proposal.id:
                live.append(change)
        return live
