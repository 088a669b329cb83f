"""Batches of model calls, written down before they are handed over: a killed run finds them and pays nothing twice."""

from collections.abc import Mapping, Sequence
from datetime import timedelta

from sqlalchemy import delete, func, select, update

from marketing_pipeline.domain.errors import MarketingError
from marketing_pipeline.domain.identifiers import BrandId, ModelCallId
from marketing_pipeline.domain.model_batch import BatchItem, BatchState, ModelBatch
from marketing_pipeline.domain.model_call import CallOutcome, ModelCall
from marketing_pipeline.store.database import Database
from marketing_pipeline.store.model_calls import get_call
from marketing_pipeline.store.tables import model_batch_items, model_batches, model_calls
from marketing_pipeline.store.upsert import insert_new

ANSWERS_KEPT = timedelta(days=14)
"""An answer is of use for as long as its week is made."""
OPEN = (BatchState.SUBMITTING, BatchState.SUBMITTED)


class AskedTwice(MarketingError):
    """Two processes put the same question in a batch at once; this one did not."""


class ModelBatchBook:
    """The `BatchRecorder` of the control plane."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def find(self, question: str) -> tuple[BatchItem, ModelBatch, ModelCall] | None:
        """The item of a question, its batch, and the call that it was opened as."""
        with self._database.read() as connection:
            query = select(model_batch_items).where(model_batch_items.c.question == question)
            row = connection.execute(query).mappings().first()
            if row is None:
                return None
            item = BatchItem.model_validate(dict(row))
            batch = connection.execute(select(model_batches).where(model_batches.c.id == item.batch)).mappings().one()
            return item, ModelBatch.model_validate(dict(batch)), get_call(connection, item.call)

    def open(self, batch: ModelBatch, items: Sequence[BatchItem]) -> None:
        """Store a batch and its items in one transaction. Raises AskedTwice, storing nothing."""
        now = self._database.clock.now()
        old = select(model_batches.c.id).where(
            model_batches.c.brand == batch.brand, model_batches.c.ended_at < now - ANSWERS_KEPT
        )
        with self._database.write() as connection:
            done = (model_batch_items.c.batch.in_(old), model_batch_items.c.result.is_not(None))
            connection.execute(update(model_batch_items).where(*done).values(result=None))
            insert_new(connection, model_batches, {**batch.model_dump(), "updated_at": now})
            for item in items:
                if not insert_new(connection, model_batch_items, item.model_dump()):
                    raise AskedTwice(
                        f"{batch.week} of {batch.brand} is being worked on by another process.",
                        "Wait for that run; this one has paid for nothing.",
                    )

    def handed_over(self, batch: str, provider_id: str) -> ModelBatch:
        """Store the provider's id."""
        changes = {"provider_id": provider_id, "state": BatchState.SUBMITTED}
        with self._database.write() as connection:
            row = (
                connection.execute(
                    update(model_batches)
                    .where(model_batches.c.id == batch)
                    .values(**changes, updated_at=self._database.clock.now())
                    .returning(*model_batches.c)
                )
                .mappings()
                .one()
            )
            return ModelBatch.model_validate(dict(row))

    def end(self, batch: str, results: Mapping[ModelCallId, str]) -> None:
        """Store what came back, once; an item without a result has none."""
        now = self._database.clock.now()
        with self._database.write() as connection:
            ended = connection.execute(
                update(model_batches)
                .where(model_batches.c.id == batch, model_batches.c.state.in_(OPEN))
                .values(state=BatchState.ENDED, ended_at=now, updated_at=now)
            )
            for call, result in results.items() if ended.rowcount else ():
                here = (model_batch_items.c.batch == batch, model_batch_items.c.call == call)
                connection.execute(update(model_batch_items).where(*here).values(result=result))

    def forget(self, batch: str) -> None:
        """The provider has not taken it: its questions may be asked anew, and what is still open cost nothing."""
        now = self._database.clock.now()
        with self._database.write() as connection:
            calls = select(model_batch_items.c.call).where(model_batch_items.c.batch == batch)
            connection.execute(
                update(model_calls)
                .where(
                    model_calls.c.id.in_(calls),
                    model_calls.c.outcome.in_((CallOutcome.IN_FLIGHT, CallOutcome.ABANDONED)),
                )
                .values(
                    outcome=CallOutcome.CONNECTION,
                    cost_micros=0,
                    error="The batch that it stood in never reached the provider.",
                    updated_at=now,
                )
            )
            connection.execute(delete(model_batch_items).where(model_batch_items.c.batch == batch))
            connection.execute(
                update(model_batches)
                .where(model_batches.c.id == batch)
                .values(state=BatchState.ENDED, ended_at=now, updated_at=now)
            )

    def provider_ids(self) -> frozenset[str]:
        """The provider's ids of every batch that is known."""
        with self._database.read() as connection:
            return frozenset(filter(None, connection.scalars(select(model_batches.c.provider_id))))

    def reserved(self, batch: str) -> int:
        """USD micros set aside for what is open in a batch, at half the price: waiting saves as much at most."""
        calls = select(model_batch_items.c.call).where(model_batch_items.c.batch == batch)
        unanswered = model_calls.c.outcome.in_((CallOutcome.IN_FLIGHT, CallOutcome.ABANDONED))
        query = select(func.sum(model_calls.c.reserved_micros)).where(model_calls.c.id.in_(calls), unanswered)
        with self._database.read() as connection:
            return int(connection.scalar(query) or 0)

    def waiting(self, brand: BrandId | None = None, week: str | None = None) -> tuple[ModelBatch, ...]:
        """Batches that have not ended, the oldest first."""
        query = select(model_batches).where(model_batches.c.state.in_(OPEN)).order_by(model_batches.c.started_at)
        query = query if brand is None else query.where(model_batches.c.brand == brand)
        query = query if week is None else query.where(model_batches.c.week == week)
        with self._database.read() as connection:
            return tuple(ModelBatch.model_validate(dict(row)) for row in connection.execute(query).mappings())
