"""Rows of a week: its plan, what was known going into it, the model calls made for it."""

import random
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, Table, insert

from marketing_pipeline.domain.brand import Brand
from marketing_pipeline.domain.learning import Factor, Learnings
from marketing_pipeline.domain.week import Week
from marketing_pipeline.store import tables

_AGENTS = {"strategist": 41_000, "copywriter": 23_000, "composer": 17_000, "evaluator": 64_000, "analyst": 12_000}


def put(connection: Connection, table: Table, **row: Any) -> Mapping[str, Any]:
    """Insert one row and return it."""
    connection.execute(insert(table).values(**row))
    return row


def planning_of(brand: Brand, week: Week) -> datetime:
    """When a week is planned: two days before it begins."""
    return week.start(brand.zone) - timedelta(days=2)


def put_plan(connection: Connection, brand: Brand, week: Week, learnings: Learnings) -> None:
    """The plan of one week, with the mix that was learnt."""
    put(
        connection,
        tables.plans,
        id=f"{brand.id}-{week.key}-v1",
        brand=brand.id,
        week=week.key,
        version=1,
        strategy_version="a1b2c3",
        theme=f"Theme of {week.key}",
        rationale="Garden posts did best, so there are more of them.",
        mix={factor.value: shares for factor, shares in learnings.mix.items()},
        created_at=planning_of(brand, week),
    )


def put_learnings(connection: Connection, brand: Brand, week: Week, learnings: Learnings) -> None:
    """What was known going into the week; nothing in the first."""
    for effect in learnings.effects if learnings.posts else ():
        put(
            connection,
            tables.learnings,
            id=f"{brand.id}-{week.key}-{effect.factor}-{effect.level}",
            brand=brand.id,
            week=week.key,
            factor=effect.factor,
            level=effect.level,
            log_effect=effect.log_effect,
            log_sd=effect.log_sd,
            low=effect.low,
            multiple=effect.multiple,
            high=effect.high,
            known=effect.known,
            posts=effect.posts,
            recommended_share=learnings.mix[effect.factor][effect.level],
            evidence=list(effect.evidence),
            statement=effect.sentence() if effect.factor is Factor.PILLAR else None,
            why="People save what they can use at home." if effect.factor is Factor.PILLAR else None,
            recommendation="Give it more room." if effect.factor is Factor.PILLAR else None,
            computed_at=learnings.computed_at,
            updated_at=learnings.computed_at,
        )


def put_calls(connection: Connection, brand: Brand, week: Week, dice: random.Random) -> None:
    """Three calls of each agent, one a repair, one of an unknown price, one failed."""
    for agent, cost in _AGENTS.items():
        for number in range(1, 4):
            at = planning_of(brand, week) + timedelta(minutes=number)
            put(
                connection,
                tables.model_calls,
                id=f"{brand.id}-{week.key}-{agent}-{number}",
                brand=brand.id,
                week=week.key,
                agent=agent,
                attempt=1 if number < 3 else 2,
                provider="sandbox",
                model="claude-sonnet-5",
                prompt=f"{agent}.md",
                prompt_sha256="a" * 64,
                schema_sha256="b" * 64,
                outcome="ok" if number > 1 or agent != "copywriter" else "invalid_output",
                reserved_micros=90_000,
                cost_micros=None if (agent, number) == ("analyst", 3) else round(cost * dice.uniform(0.7, 1.3)),
                input_tokens=3000,
                output_tokens=700,
                latency_ms=dice.uniform(900, 5000),
                started_at=at,
                updated_at=at,
            )


def put_operations(connection: Connection, now: datetime) -> None:
    """An alert that was sent, a mute that ended, and a restore that was reconciled."""
    put(
        connection,
        tables.alerts,
        **{name: f"the {name}" for name in ("id", "subject", "title", "detail", "mend")},
        **dict.fromkeys(("first_at", "last_at", "notified_at", "updated_at"), now),
        kind="effect_parked",
        severity="critical",
        state="open",
        occurrences=1,
        notify_attempts=1,
    )
    put(connection, tables.alert_mutes, actor="ana", note="a trade fair", since=now - timedelta(days=1), until=now)
    put(
        connection,
        tables.reconciliations,
        **dict.fromkeys(("since", "started_at", "finished_at"), now),
        reason="restored from a copy",
        actor="ana",
        found={},
    )
