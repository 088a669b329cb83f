"""What use cases and agents need from the layers beside them, as narrow protocols."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Annotated, Any, Protocol

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field

from marketing_pipeline.domain.ad_change import AdChangeProposal
from marketing_pipeline.domain.brand import Brand
from marketing_pipeline.domain.errors import MarketingError
from marketing_pipeline.domain.identifiers import BrandId, ModelCallId, PostId
from marketing_pipeline.domain.metrics import PostPerformance
from marketing_pipeline.domain.model_batch import BatchItem, ModelBatch
from marketing_pipeline.domain.model_call import ModelCall


class SpendCapReached(MarketingError):
    """The call would pass the brand's weekly model-spend cap; it was not made."""


class CallRecorder(Protocol):
    """Where model calls are written down, before and after."""

    def open_call(self, call: ModelCall, cap_micros: int, week_start: datetime, week_end: datetime) -> ModelCallId:
        """Reserve `call.reserved_micros` and store the row as in flight, in one transaction.

        The spend of a brand between week_start and week_end (real cost, or the reservation where the cost is not
        known) plus this reservation must stay within `cap_micros`. Raises SpendCapReached, storing nothing.
        """
        ...

    def close_call(self, call: ModelCall) -> None:
        """Store the outcome, tokens and cost of a call that was opened."""
        ...


class BatchRecorder(Protocol):
    """Where batches of model calls are written down, so that a killed run finds them again."""

    def find(self, question: str) -> tuple[BatchItem, ModelBatch, ModelCall] | None:
        """The item of a question, its batch, and the call that it was opened as."""
        ...

    def open(self, batch: ModelBatch, items: Sequence[BatchItem]) -> None:
        """Store a batch and its items before they are handed over."""
        ...

    def handed_over(self, batch: str, provider_id: str) -> ModelBatch:
        """Store the provider's id."""
        ...

    def end(self, batch: str, results: Mapping[ModelCallId, str]) -> None:
        """Store what came back; an item without a result has none."""
        ...

    def forget(self, batch: str) -> None:
        """The provider has not taken it: its questions may be asked anew, and what is still open cost nothing."""
        ...

    def provider_ids(self) -> frozenset[str]:
        """The provider's ids of every batch that is known."""
        ...


class PerformanceReader(Protocol):
    """Reads what posts achieved."""

    def performance(
        self, brand: BrandId, until: datetime, days: int = 90, most: int | None = None
    ) -> Sequence[PostPerformance]:
        """Posts published in the `days` before `until`, the newest `most`, each with its newest snapshot by then."""
        ...


class Proposed(BaseModel):
    """A proposal that now waits at the gate."""

    model_config = ConfigDict(frozen=True)

    request: Annotated[str, Field(description="Id of its approval request")]
    what: Annotated[str, Field(description="What would be done, in words")]
    state: str
    expires_at: AwareDatetime


class Proposals(Protocol):
    """Puts changes before people, for the person of a conversation. Nothing is done before somebody has approved.

    Each raises MarketingError where it could not be done, or the person may not ask for it.
    """

    def move_post(self, post: PostId, to: datetime, *, reason: str) -> Proposed:
        """Another time for a post."""
        ...

    def edit_post(
        self, post: PostId, *, caption: str | None, hashtags: Sequence[str] | None, alt_text: str | None, reason: str
    ) -> Proposed:
        """Other words for a post; None keeps what stands there."""
        ...

    def edit_plan(
        self, brand: BrandId, week: str, position: int, changes: Mapping[str, str], *, reason: str
    ) -> Proposed:
        """Another idea for one post of a week's plan."""
        ...

    def adopt_rule(self, brand: BrandId, statement: str, applies_to: str, *, reason: str) -> Proposed:
        """A rule that the agents obey from then on."""
        ...

    def change_ads(self, brand: Brand, proposal: AdChangeProposal) -> Proposed:
        """One change of one field of the ad account; a person decides, whatever the policy lets pass by itself."""
        ...


class SnapshotRows(Protocol):
    """What a query of the snapshot found. `truncated`: there were more rows than the limit."""

    @property
    def columns(self) -> Sequence[str]: ...
    @property
    def rows(self) -> Sequence[Sequence[Any]]: ...
    @property
    def truncated(self) -> bool: ...


class SnapshotReader(Protocol):
    """Reads the newest published snapshot of the warehouse."""

    def __call__(
        self, sql: str, *, brands: frozenset[BrandId] | None, parameters: Sequence[object] = (), row_limit: int = 200
    ) -> SnapshotRows:
        """Rows of one query, with only the rows of these brands in reach. Raises MarketingError."""
        ...
