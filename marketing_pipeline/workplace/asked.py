"""One approval request as it stood when it was read: what a person is shown before they decide."""

from abc import ABC, abstractmethod
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any

from marketing_pipeline.domain.approval import ApprovalRow, ApprovalState, Decision
from marketing_pipeline.domain.errors import MarketingError
from marketing_pipeline.domain.identifiers import ApprovalId, BrandId, Sha256
from marketing_pipeline.domain.local_time import moment

if TYPE_CHECKING:
    from marketing_pipeline.domain.brand import Brand
    from marketing_pipeline.domain.person import Person
    from marketing_pipeline.workplace.workplace import Workplace

Fact = tuple[str, object]
"""A name and a value; a value of None or of no text is not shown."""


class TooLate(MarketingError):
    """The decision is recorded, but the call may be out already."""


@dataclass(frozen=True)
class Settled:
    """What a decision came to. `too_late`: recorded, but the call may be out already; `next_step` says what to look at.

    `account` tells what the live ad account has now, `warning` why it could not be compared.
    """

    said: str
    state: ApprovalState
    too_late: bool = False
    next_step: str = ""
    account: str = ""
    warning: str = ""


@dataclass(frozen=True, kw_only=True)
class Asked(ABC):
    """A request with its rows, oldest first. `profile` is the brand's file, None where it cannot be followed."""

    rows: tuple[ApprovalRow, ...]
    state: ApprovalState
    profile: "Brand | None"

    @property
    def id(self) -> ApprovalId:
        """Id of the request."""
        return self.rows[0].id

    @property
    def kind(self) -> str:
        """What is asked for: publish_post, apply_ad_change, or a kind of proposal."""
        return self.rows[0].kind

    @property
    def subject(self) -> str:
        """Post, ad change, plan or rule that it is about."""
        return self.rows[0].subject

    @property
    def brand(self) -> BrandId:
        """Brand that it is about."""
        return self.rows[0].brand

    @property
    def fingerprint(self) -> Sha256:
        """What a decision is bound to."""
        return self.rows[0].fingerprint

    @property
    def proposer(self) -> str:
        """Who asks for it: a person, or a part of the program."""
        return self.rows[0].actor

    @property
    def why(self) -> str:
        """Why it is asked for."""
        return self.rows[0].note

    @property
    def expires_at(self) -> datetime:
        """Until when it, or the decision about it, counts."""
        return self.rows[-1].expires_at

    @property
    def title(self) -> str:
        """What it is, in a line with its id."""
        return f"{self.id}: {self.kind.replace('_', ' ')} of {self.subject}"

    @property
    def summary(self) -> str:
        """What would happen, in a line for lists and messages."""
        return self.title

    @property
    def refused_before(self) -> ApprovalRow | None:
        """Who said no to what may still be approved; None where nobody did."""
        return None

    @property
    def facts(self) -> tuple[Fact, ...]:
        """What a person looks at, in order; times as the brand's people read them."""
        return tuple(fact for fact in self._told() if fact[1] is not None and fact[1] != "")

    @abstractmethod
    def refusal(self, *, drop: bool) -> str:
        """What rejecting would do."""

    @abstractmethod
    def decide(
        self,
        place: "Workplace",
        person: "Person",
        decision: Decision,
        *,
        note: str,
        saw: ApprovalState,
        fingerprint: Sha256,
        drop: bool,
    ) -> Settled:
        """Decide it, naming the state and the fingerprint that the person saw; see `GateDesk.decide`."""

    def as_json(self) -> dict[str, Any]:
        """The request, what it covers, and its rows without their signatures."""
        return {
            "id": self.id,
            "kind": self.kind,
            "subject": self.subject,
            "brand": self.brand,
            "state": self.state,
            "fingerprint": self.fingerprint,
            "why": self.why,
            "expires_at": self.expires_at,
            **self._covered(),
            "rows": [row.model_dump(mode="json", exclude={"signature"}) for row in self.rows],
        }

    @abstractmethod
    def _told(self) -> Iterable[Fact]:
        """Every fact, in the order in which people look at them."""

    @abstractmethod
    def _covered(self) -> dict[str, Any]:
        """What the request is about, for programs."""

    def _time(self, at: datetime | None) -> str:
        return moment(at, self.profile)
