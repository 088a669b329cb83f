"""Weeks that wait for a batch of model calls: since when, until when at most, and what that saves."""

from dataclasses import dataclass

from marketing_pipeline.console.desk import Desk
from marketing_pipeline.domain.model_batch import ModelBatch
from marketing_pipeline.domain.week import Week
from marketing_pipeline.store.model_batches import ModelBatchBook


@dataclass(frozen=True)
class PatientWeek:
    """One batch that a week waits for. `saves_micros`: USD at most; calls in a batch are reserved at half the price."""

    batch: ModelBatch
    week: Week
    saves_micros: int


def patient_weeks(desk: Desk, week: Week | None = None) -> tuple[PatientWeek, ...]:
    """Those of the brands that the page is about, the oldest first; of one week where it is given."""
    book = ModelBatchBook(desk.place.database)
    only = desk.brand.brand_id if desk.brand else None
    waiting = book.waiting(only, week.key if week else None)
    shown = [batch for batch in waiting if batch.brand in desk.shown_brands]
    return tuple(PatientWeek(batch, Week.parse(batch.week), book.reserved(batch.id)) for batch in shown)
