"""What went wrong of late: calls to channels and to models that failed, newest first."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, select

from marketing_pipeline.domain.effect import AttemptOutcome
from marketing_pipeline.domain.identifiers import BrandId
from marketing_pipeline.domain.model_call import CallOutcome
from marketing_pipeline.store.tables import effect_attempts, effects, model_calls

_FAILED_ATTEMPT = (AttemptOutcome.NOT_DONE, AttemptOutcome.REFUSED, AttemptOutcome.UNKNOWN)
_CALL_WENT_WELL = (CallOutcome.OK, CallOutcome.IN_FLIGHT)


@dataclass(frozen=True)
class RecentError:
    """One failed call. `subject` is the post or ad change, or empty; `what` the channel or the agent."""

    at: datetime
    brand: BrandId
    what: str
    outcome: str
    subject: str
    detail: str


def recent_errors(
    connection: Connection, since: datetime, *, brands: frozenset[BrandId] | None = None, limit: int = 20
) -> list[RecentError]:
    """The newest `limit` failures since a moment, of these brands or all."""
    found = [*_attempts(connection, since, brands, limit), *_calls(connection, since, brands, limit)]
    return sorted(found, key=lambda error: error.at, reverse=True)[:limit]


def _attempts(
    connection: Connection, since: datetime, brands: frozenset[BrandId] | None, limit: int
) -> list[RecentError]:
    table = effect_attempts.c
    wanted = (
        select(effect_attempts, effects.c.brand, effects.c.channel, effects.c.subject)
        .join(effects, effects.c.id == table.effect)
        .where(table.updated_at >= since, table.outcome.in_(_FAILED_ATTEMPT))
        .order_by(table.updated_at.desc())
        .limit(limit)
    )
    rows = connection.execute(wanted if brands is None else wanted.where(effects.c.brand.in_(brands)))
    return [
        RecentError(row.started_at, BrandId(row.brand), row.channel, row.outcome, row.subject, row.detail)
        for row in rows
    ]


def _calls(connection: Connection, since: datetime, brands: frozenset[BrandId] | None, limit: int) -> list[RecentError]:
    table = model_calls.c
    wanted = (
        select(model_calls)
        .where(table.updated_at >= since, table.outcome.not_in(_CALL_WENT_WELL))
        .order_by(table.updated_at.desc())
        .limit(limit)
    )
    rows = connection.execute(wanted if brands is None else wanted.where(table.brand.in_(brands)))
    return [
        RecentError(row.started_at, BrandId(row.brand), row.agent, row.outcome, row.post or "", row.error or "")
        for row in rows
    ]
