"""Calls to language models, written down before and after: what was asked, what it cost, and the weekly cap."""

from collections.abc import Mapping
from datetime import datetime, timedelta

from sqlalchemy import Connection, RowMapping, func, select, update

from marketing_pipeline.domain.errors import MarketingError, NotFound
from marketing_pipeline.domain.identifiers import BrandId, ModelCallId
from marketing_pipeline.domain.model_batch import BatchState
from marketing_pipeline.domain.model_call import CallOutcome, CallSubject, ModelCall, TokenUse
from marketing_pipeline.domain.money import MICROS
from marketing_pipeline.domain.ports import SpendCapReached
from marketing_pipeline.store.database import Database
from marketing_pipeline.store.tables import model_batch_items, model_batches, model_calls
from marketing_pipeline.store.upsert import insert_new

_OPEN = (CallOutcome.IN_FLIGHT, CallOutcome.ABANDONED)
_COUNTED = func.coalesce(model_calls.c.cost_micros, model_calls.c.reserved_micros)


class CallClosedTwice(MarketingError):
    """A call was closed with one outcome and then with another."""


class ModelCalls:
    """The `CallRecorder` of the control plane."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def open_call(self, call: ModelCall, cap_micros: int, week_start: datetime, week_end: datetime) -> ModelCallId:
        """Reserve and store a call in one transaction. Raises SpendCapReached, storing nothing.

        The call counts in the week in which it starts. Opening the same call again reserves nothing more.
        """
        with self._database.write() as connection:
            if _stored(connection, call.id) is not None:
                return call.id
            spent = _spent(connection, call.subject.brand, week_start, week_end)
            if spent + call.reserved_micros > cap_micros:
                raise SpendCapReached(
                    f"{call.subject.brand} has spent {_usd(spent)} of {_usd(cap_micros)} on models this week; the next "
                    f"call may cost {_usd(call.reserved_micros)}.",
                    "Raise policies.model_spend_per_week_usd in brand.yaml, or wait for the next week.",
                )
            insert_new(connection, model_calls, {**_row(call), "updated_at": self._database.clock.now()})
            return call.id

    def close_call(self, call: ModelCall) -> None:
        """Store how a call ended. Closing it again alike changes nothing; otherwise raises CallClosedTwice.

        A call that was given up as abandoned and then answered takes its real outcome and cost. Raises NotFound for
        one that was never opened.
        """
        with self._database.write() as connection:
            stored = _stored(connection, call.id)
            if stored is None:
                raise NotFound(f"The model call {call.id} was never opened.", "Open it before it is sent.")
            if stored.outcome in _OPEN:
                connection.execute(
                    update(model_calls)
                    .where(model_calls.c.id == call.id)
                    .values(**_row(call), updated_at=self._database.clock.now())
                )
            elif stored != call:
                raise CallClosedTwice(
                    f"The model call {call.id} has ended as {stored.outcome} already, not as {call.outcome}.",
                    "Each attempt is a call of its own, with an id of its own.",
                )

    def sweep(self, older_than: timedelta) -> int:
        """Mark calls in flight for longer than that as abandoned; how many. Their reservations stay counted as cost.

        Calls in a batch that has not ended wait for as long as it does.
        """
        now = self._database.clock.now()
        waiting = (
            select(model_batch_items.c.call)
            .join(model_batches, model_batches.c.id == model_batch_items.c.batch)
            .where(model_batches.c.state != BatchState.ENDED)
        )
        with self._database.write() as connection:
            return connection.execute(
                update(model_calls)
                .where(
                    model_calls.c.outcome == CallOutcome.IN_FLIGHT,
                    model_calls.c.started_at < now - older_than,
                    model_calls.c.id.not_in(waiting),
                )
                .values(
                    outcome=CallOutcome.ABANDONED,
                    error="The process that made it ended before the answer came.",
                    updated_at=now,
                )
            ).rowcount

    def spend(self, brand: BrandId, start: datetime, end: datetime) -> int:
        """USD micros of a brand's calls begun in [start, end); the reservation where the cost is unknown."""
        with self._database.read() as connection:
            return _spent(connection, brand, start, end)

    def spends(self, spans: Mapping[BrandId, tuple[datetime, datetime]]) -> dict[BrandId, int]:
        """The same of many brands, each in its own [start, end); a brand without a call is not named."""
        found: dict[BrandId, int] = {}
        with self._database.read() as connection:
            for start, end in set(spans.values()):
                # By a copy of the name: grouped by the column itself, the whole table is read along its index.
                brand = model_calls.c.brand.concat("").label("spender")
                query = select(brand, func.sum(_COUNTED)).where(
                    model_calls.c.started_at >= start,
                    model_calls.c.started_at < end,
                    # No row is older than its last change: the index of those finds the few.
                    model_calls.c.updated_at >= start,
                )
                rows = connection.execute(query.group_by("spender"))
                spent = {BrandId(name): int(micros) for name, micros in rows}
                found |= {name: spent[name] for name, span in spans.items() if span == (start, end) and name in spent}
        return found

    def of_week(self, brand: BrandId, week: str) -> tuple[ModelCall, ...]:
        """All calls made for a brand's week, in the order in which they started."""
        query = select(model_calls).where(model_calls.c.brand == brand, model_calls.c.week == week)
        with self._database.read() as connection:
            rows = connection.execute(query.order_by(model_calls.c.started_at, model_calls.c.id)).mappings()
            return tuple(_call(row) for row in rows)


def get_call(connection: Connection, call: ModelCallId) -> ModelCall:
    """One call. Raises NotFound."""
    stored = _stored(connection, call)
    if stored is None:
        raise NotFound(f"There is no model call {call}.", "See `marketing trace` for those of a post.")
    return stored


def last_answer_of(connection: Connection, brand: BrandId, agent: str) -> datetime | None:
    """When the call of an agent that was answered last for a brand began; None before the first."""
    newest = select(func.max(model_calls.c.started_at)).where(
        model_calls.c.brand == brand, model_calls.c.agent == agent, model_calls.c.outcome == CallOutcome.OK
    )
    return connection.scalar(newest)


def _spent(connection: Connection, brand: BrandId, start: datetime, end: datetime) -> int:
    query = select(func.coalesce(func.sum(_COUNTED), 0)).where(
        model_calls.c.brand == brand, model_calls.c.started_at >= start, model_calls.c.started_at < end
    )
    return int(connection.scalar(query) or 0)


def _stored(connection: Connection, call: ModelCallId) -> ModelCall | None:
    row = connection.execute(select(model_calls).where(model_calls.c.id == call)).mappings().first()
    return None if row is None else _call(row)


def _row(call: ModelCall) -> dict[str, object]:
    row = call.model_dump(exclude={"subject", "use", "price_as_of"})
    tokens = {f"{name}_tokens": count for name, count in call.use.model_dump().items()}
    as_of = None if call.price_as_of is None else call.price_as_of.isoformat()
    return {**row, **call.subject.model_dump(), **tokens, "price_as_of": as_of}


def _call(row: RowMapping) -> ModelCall:
    use = TokenUse.model_validate({name: row[f"{name}_tokens"] for name in TokenUse.model_fields})
    return ModelCall.model_validate({**row, "subject": CallSubject.model_validate(dict(row)), "use": use})


def _usd(micros: int) -> str:
    return f"{micros / MICROS:.2f} USD"
