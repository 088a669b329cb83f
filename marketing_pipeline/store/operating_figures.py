"""Figures of how the work goes, each from one query: for health, for monitoring, for alerts."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, Connection, Table, func, select

from marketing_pipeline.domain.alert import AlertState
from marketing_pipeline.domain.effect import AttemptOutcome, EffectState
from marketing_pipeline.domain.effect_kind import EffectKind
from marketing_pipeline.domain.identifiers import BrandId, EffectId
from marketing_pipeline.domain.model_call import CallOutcome
from marketing_pipeline.store.effect_rows import claimable, lapsed, readable_back
from marketing_pipeline.store.tables import alerts, effect_attempts, effects, model_calls, posts

_CALL_WENT_WELL = (CallOutcome.OK, CallOutcome.IN_FLIGHT)
_ATTEMPT_WENT_WELL = (AttemptOutcome.SUCCEEDED, AttemptOutcome.IN_FLIGHT)


@dataclass(frozen=True)
class Outcomes:
    """How calls ended. `most_often` names the commonest failure; empty where there is none."""

    total: int
    failed: int
    most_often: str


@dataclass(frozen=True)
class StandingEffect:
    """An effect that stands in a state, why, and since when."""

    id: EffectId
    brand: BrandId
    channel: str
    subject: str
    reason: str
    since: datetime


@dataclass(frozen=True)
class AgentCalls:
    """Model calls of one agent with one outcome, and their cost in USD micros (reserved where it is not known)."""

    agent: str
    outcome: str
    count: int
    micros: int


def oldest_due(connection: Connection, now: datetime) -> datetime | None:
    """Since when the effect has waited that has been due for longest; None where a drain could move nothing on."""
    ads = EffectKind.APPLY_AD_CHANGE
    since = func.coalesce(effects.c.not_before, effects.c.due_at)
    work = {
        since: (claimable(now),),
        effects.c.not_before: (readable_back(now), readable_back(now, ads)),
        effects.c.lease_until: (lapsed(now), lapsed(now, ads)),
    }
    moments = [
        connection.scalar(select(func.min(column)).where(effects.c.id.in_(ids.order_by(None))))
        for column, parts in work.items()
        for ids in parts
    ]
    found = [_moment(each) for each in moments if each is not None]
    return min(found, default=None)


def _moment(value: datetime | str) -> datetime:
    """A function over times of the database loses their type, and gives the text that they are kept as."""
    return value if isinstance(value, datetime) else datetime.fromisoformat(value)


def effects_in(connection: Connection, state: EffectState) -> list[StandingEffect]:
    """Effects in a state, the longest there first."""
    rows = connection.execute(select(effects).where(effects.c.state == state).order_by(effects.c.updated_at))
    return [
        StandingEffect(EffectId(row.id), BrandId(row.brand), row.channel, row.subject, row.state_reason, row.updated_at)
        for row in rows
    ]


def outcomes_since(connection: Connection, since: datetime) -> tuple[Outcomes, Outcomes]:
    """How calls to channels, and calls to models, ended that were begun since then."""
    return (
        _outcomes(connection, effect_attempts, since, _ATTEMPT_WENT_WELL),
        _outcomes(connection, model_calls, since, _CALL_WENT_WELL),
    )


def _outcomes(
    connection: Connection, table: Table, since: datetime, good: Sequence[AttemptOutcome | CallOutcome]
) -> Outcomes:
    # No row is older than its last change: the index of those finds the few.
    counted = _counted(connection, table.c.outcome, table.c.started_at >= since, table.c.updated_at >= since)
    failures = Counter({outcome: count for outcome, count in counted.items() if outcome not in good})
    commonest = failures.most_common(1)
    return Outcomes(sum(counted.values()), failures.total(), commonest[0][0] if commonest else "")


def effects_by_state(connection: Connection) -> Mapping[str, int]:
    """How many effects stand in each state."""
    return _counted(connection, effects.c.state)


def posts_by_state(connection: Connection) -> Mapping[str, int]:
    """How many posts stand in each state."""
    return _counted(connection, posts.c.state)


def attempts_by_outcome(connection: Connection) -> Mapping[str, int]:
    """How many calls to channels ended how."""
    return _counted(connection, effect_attempts.c.outcome)


def standing_alerts(connection: Connection) -> Mapping[str, int]:
    """How many alerts of each severity have not been resolved."""
    return _counted(connection, alerts.c.severity, alerts.c.state != AlertState.RESOLVED)


def calls_by_agent(connection: Connection) -> list[AgentCalls]:
    """Model calls with their cost, by agent and outcome."""
    cost = func.sum(func.coalesce(model_calls.c.cost_micros, model_calls.c.reserved_micros))
    rows = connection.execute(
        select(model_calls.c.agent, model_calls.c.outcome, func.count(), cost)
        .group_by(model_calls.c.agent, model_calls.c.outcome)
        .order_by(model_calls.c.agent, model_calls.c.outcome)
    )
    return [AgentCalls(agent, outcome, int(count), int(micros)) for agent, outcome, count, micros in rows]


def _counted(connection: Connection, column: ColumnElement[str], *where: ColumnElement[bool]) -> dict[str, int]:
    rows = connection.execute(select(column, func.count()).where(*where).group_by(column))
    return {str(value): int(count) for value, count in rows}
