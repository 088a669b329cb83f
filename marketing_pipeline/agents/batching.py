"""Questions that may wait: those that a run asks at once are handed over as one batch, at half the price."""

import asyncio
import uuid
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from marketing_pipeline.agents.batch_result import judged_result
from marketing_pipeline.agents.batch_wire import BatchRefused, BatchWire, Standing
from marketing_pipeline.agents.call_book import CallBook, CallRequest
from marketing_pipeline.agents.exchange import Exchange, failed_exchange
from marketing_pipeline.agents.prices import BATCH_SHARE
from marketing_pipeline.agents.question import Answer, Question, Turn
from marketing_pipeline.domain.brand import Brand
from marketing_pipeline.domain.clock import Clock
from marketing_pipeline.domain.identifiers import ModelCallId
from marketing_pipeline.domain.model_batch import BatchItem, BatchState, ModelBatch, WaitsForBatch
from marketing_pipeline.domain.model_call import CallOutcome, CallSubject, ModelCall, TokenUse
from marketing_pipeline.domain.ports import BatchRecorder

QUIET_SECONDS = 3.0
"""A batch is handed over once no question has been added for so long."""
FIRST_LOOK_SECONDS = 5.0
LONGEST_LOOK_SECONDS = 60.0
PATIENCE = timedelta(minutes=10)
"""A run that has waited for so long ends: it takes up a place, and whoever asks again finds the batch."""
SETTLED = timedelta(minutes=10)
"""After it a batch that was written down and has no id of the provider's is nobody's work in hand any more."""
_NOTHING = Exchange[Any](CallOutcome.INTERNAL)
_OPEN = (CallOutcome.IN_FLIGHT, CallOutcome.ABANDONED)


@dataclass(frozen=True)
class BatchTerms:
    """Where batches are written down, and by when one handed over now must have ended.

    `needed_by` None: no new one is made, those on their way are used. `patient` False: nor are those waited for; what
    they have is used, the rest is cancelled and asked directly.
    """

    recorder: BatchRecorder
    needed_by: datetime | None
    patient: bool = True


@dataclass(frozen=True)
class _Asked:
    """One question on its way into a batch."""

    item: str
    call: ModelCall
    parameters: Mapping[str, Any]


class Batching:
    """The batches of one run. For one event loop."""

    def __init__(self, wire: BatchWire, clock: Clock, book: CallBook, terms: BatchTerms) -> None:
        self._wire = wire
        self._clock = clock
        self._book = book
        self._recorder = terms.recorder
        self._terms = terms
        self._gathered: list[_Asked] = []
        self._leaving: asyncio.Task[ModelBatch | BatchRefused] | None = None
        self._tasks: set[asyncio.Task[Any]] = set()
        self._followed: dict[str, asyncio.Task[Mapping[ModelCallId, str]]] = {}
        self._sought: dict[str, asyncio.Task[ModelBatch | None]] = {}

    async def ask(
        self, question: Question[Answer], request: CallRequest, subject: CallSubject, brand: Brand
    ) -> tuple[ModelCall, Exchange[Answer]] | None:
        """What a batch answers: one that was handed over before, also by a run that was killed, or a new one.

        None where this question is in none and no new one may be made. Raises SpendCapReached before anything is
        handed over, and WaitsForBatch for answers that are still to come.
        """
        item = question.own_key(subject.model_dump_json())
        found = self._recorder.find(item)
        if found is not None:
            kept, batch, call = found
            batch = batch if batch.state is not BatchState.SUBMITTING else await self._seek(batch)
            if batch is not None:
                result = kept.result if batch.state is BatchState.ENDED else (await self._follow(batch)).get(call.id)
                return self._close(call, judged_result(result, question))
        if self._terms.needed_by is None:
            return None
        opened = self._book.open(replace(request, share=BATCH_SHARE), subject=subject, brand=brand)
        self._gathered.append(_Asked(item, opened, Turn.first(question).request(opened.model)))
        if self._leaving is None:
            self._leaving = asyncio.create_task(self._hand_over(self._terms.needed_by))
            self._tasks.add(self._leaving)
        left = await asyncio.shield(self._leaving)
        if isinstance(left, BatchRefused):
            return opened, failed_exchange(left.error, Exchange[Answer](CallOutcome.INTERNAL))
        return self._close(opened, judged_result((await self._follow(left)).get(opened.id), question))

    async def close(self) -> None:
        """Stop waiting; what was handed over stays on its way."""
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    def _close(self, call: ModelCall, exchange: Exchange[Answer]) -> tuple[ModelCall, Exchange[Answer]]:
        """Put the outcome in the books; a call whose answer is taken once more is there already."""
        if call.outcome not in _OPEN:
            return call, exchange
        waited = (self._clock.now() - call.started_at).total_seconds() * 1000
        return self._book.close(call, exchange, waited), exchange

    async def _hand_over(self, needed_by: datetime) -> ModelBatch | BatchRefused:
        """Wait until no more is added, write it all down, hand it over. Raises WaitsForBatch where that is unclear."""
        count = 0
        while count != len(self._gathered):
            count = len(self._gathered)
            await self._clock.pause(QUIET_SECONDS)
        leaving, self._gathered, self._leaving = self._gathered, [], None
        first = leaving[0].call.subject
        batch = ModelBatch(
            id=f"batch-{uuid.uuid4().hex}",
            brand=first.brand,
            week=first.week,
            calls=len(leaving),
            started_at=self._clock.now(),
            needed_by=needed_by,
        )
        items = [BatchItem(question=each.item, call=each.call.id, batch=batch.id) for each in leaving]
        self._recorder.open(batch, items)
        try:
            name = await self._wire.hand_over({each.call.id: each.parameters for each in leaving})
        except BatchRefused as refused:
            for each in leaving:
                self._close(each.call, replace(failed_exchange(refused.error, _NOTHING), use=TokenUse()))
            self._recorder.forget(batch.id)
            return refused
        if name is None:
            raise WaitsForBatch(batch)
        return self._recorder.handed_over(batch.id, name)

    async def _seek(self, batch: ModelBatch) -> ModelBatch | None:
        """What `_read_back` finds, for all whose questions stand in the batch."""
        if batch.id not in self._sought:
            self._sought[batch.id] = asyncio.create_task(self._read_back(batch))
            self._tasks.add(self._sought[batch.id])
        return await asyncio.shield(self._sought[batch.id])

    async def _read_back(self, batch: ModelBatch) -> ModelBatch | None:
        """The batch as the provider has it; None where the provider never took it, so that it may be asked anew."""
        if self._clock.now() < batch.started_at + SETTLED:
            raise WaitsForBatch(batch)
        found = await self._wire.read_back(batch, self._recorder.provider_ids())
        if found is None:
            raise WaitsForBatch(batch)
        if found:
            return self._recorder.handed_over(batch.id, found[0])
        self._recorder.forget(batch.id)
        return None

    async def _follow(self, batch: ModelBatch) -> Mapping[ModelCallId, str]:
        """Its results, read once for all who wait."""
        if batch.id not in self._followed:
            self._followed[batch.id] = asyncio.create_task(self._results(batch))
            self._tasks.add(self._followed[batch.id])
        return await asyncio.shield(self._followed[batch.id])

    async def _results(self, batch: ModelBatch) -> Mapping[ModelCallId, str]:
        """Look until it has ended. Past its time, or once nobody wants to wait, it is cancelled.

        What is missing then is for others to ask.
        """
        wait, cancelled = FIRST_LOOK_SECONDS, False
        gives_up = self._clock.now() + PATIENCE
        while True:
            results = await self._read(batch)
            if results is not None:
                self._recorder.end(batch.id, results)
                return results
            now = self._clock.now()
            if not cancelled and (now >= batch.needed_by or not self._terms.patient):
                await self._wire.cancel(batch)
                cancelled, gives_up, wait = True, now + PATIENCE, FIRST_LOOK_SECONDS
            elif now >= gives_up:
                if cancelled:
                    return {}
                raise WaitsForBatch(batch)
            await self._clock.pause(wait)
            wait = min(2 * wait, LONGEST_LOOK_SECONDS)

    async def _read(self, batch: ModelBatch) -> Mapping[ModelCallId, str] | None:
        standing = await self._wire.standing(batch)
        if standing is Standing.GONE:
            return {}
        return await self._wire.results(batch) if standing is Standing.ENDED else None
