"""Model calls that are handed to the provider together: cheaper, and answered within a day rather than at once."""

from datetime import datetime, timedelta
from enum import StrEnum
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

from marketing_pipeline.domain.errors import MarketingError
from marketing_pipeline.domain.identifiers import BrandId, ModelCallId

LONGEST = timedelta(hours=24)
"""A batch that the provider has not ended by then expires."""
ROOM_AFTERWARDS = timedelta(hours=24)
"""Kept free before the first slot of a week: for what comes after the calls, people's decisions among it."""


class ModelBatches(StrEnum):
    """Whether a brand's weekly runs wait for their model calls, at half the price, where the first slot is far away."""

    NEVER = "never"
    WHEN_NOT_URGENT = "when_not_urgent"


class BatchState(StrEnum):
    """How far a batch is."""

    SUBMITTING = "submitting"
    """Written down, and perhaps handed over: whether the provider has it is read back."""
    SUBMITTED = "submitted"
    ENDED = "ended"


class ModelBatch(BaseModel):
    """One batch of a brand's week."""

    model_config = ConfigDict(frozen=True)

    id: str
    provider_id: str | None = None
    brand: BrandId
    week: str
    state: BatchState = BatchState.SUBMITTING
    calls: Annotated[int, Field(ge=1)]
    started_at: datetime
    needed_by: datetime
    ended_at: datetime | None = None


class BatchItem(BaseModel):
    """One question in a batch. `result` is the provider's answer as JSON, once the batch has ended."""

    model_config = ConfigDict(frozen=True)

    question: str
    call: ModelCallId
    batch: str
    result: str | None = None


class WaitsForBatch(MarketingError):
    """The answers are not there yet. Nothing is wrong: whoever asks again later finds them, and pays nothing twice."""

    def __init__(self, batch: ModelBatch) -> None:
        super().__init__(
            f"The week of {batch.week} of {batch.brand} waits for a batch of {batch.calls} model calls, handed over at "
            f"{batch.started_at:%Y-%m-%d %H:%M} UTC.",
            "Nothing is to be done: the schedule asks again each hour, and uses what has come.",
        )
        self.batch = batch


def batch_deadline(first_slot: datetime, now: datetime) -> datetime | None:
    """By when a batch handed over now must have ended; None where there is not time enough to wait for one."""
    latest = first_slot - ROOM_AFTERWARDS
    return None if latest - now < LONGEST else now + LONGEST
