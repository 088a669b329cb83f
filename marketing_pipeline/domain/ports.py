"""What use cases and agents need from the layers beside them, as narrow protocols."""

from collections.abc import Sequence
from datetime import datetime
from typing import Protocol

from marketing_pipeline.domain.errors import MarketingError
from marketing_pipeline.domain.identifiers import BrandId, ModelCallId
from marketing_pipeline.domain.metrics import PostPerformance
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


class PerformanceReader(Protocol):
    """Reads what posts achieved."""

    def performance(self, brand: BrandId, until: datetime, days: int = 90) -> Sequence[PostPerformance]:
        """Posts published in the `days` before `until`, each with its newest snapshot taken by then."""
        ...
