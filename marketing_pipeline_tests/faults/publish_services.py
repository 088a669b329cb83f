"""Rows 32 to 34: dead tokens, limits, and answers that are broken, slow or missing."""

import random
from collections.abc import Mapping
from datetime import timedelta
from itertools import product
from pathlib import Path
from typing import Any

from marketing_pipeline.domain.clock import SystemClock
from marketing_pipeline.domain.effect import EffectState
from marketing_pipeline.sandbox.journal import Kind
from marketing_pipeline_tests.faults.agency import PATIENCE, POSTS, Agency, account_of, open_agency
from marketing_pipeline_tests.faults.row import FaultRow, Figure

Order = Mapping[str, Any]
_BEFORE_THE_POST_IS_LIVE = ("read_quota", "create_container", "read_container", "list_media", "publish")
_CALLS = (*_BEFORE_THE_POST_IS_LIVE, "read_media")
_QUOTA, _WINDOW = 3, timedelta(hours=24)
_PATIENCE_SECONDS, _TRICKLE_SECONDS, _BOUND_SECONDS = 0.25, 1.5, 5.0
_BROKEN_ANSWERS: tuple[Order, ...] = (
    {"name": "error", "code": 2, "subcode": None, "http_status": 500},
    {"name": "drop_before"},
    {"name": "drop_after"},
    {"name": "slow", "seconds": _TRICKLE_SECONDS},
    {"name": "half_json"},
    {"name": "html", "effect": True, "http_status": 502},
    {"name": "html", "effect": False, "http_status": 503},
    {"name": "html", "effect": True, "http_status": 200},
)
BROKEN: tuple[Order, ...] = tuple({**answer, "operation": call} for call, answer in product(_CALLS, _BROKEN_ANSWERS))


def dead_token(tries: int, seed: int, folder: Path) -> Figure:
    """Row 32, first half. Error 190 in mid-run: one call met it, the account stops, and the post goes out later."""
    broken = 0
    with open_agency(folder, tries) as agency:
        queued = [agency.queue(brand) for brand in agency.fresh_brands(tries)]
        for number, effect in enumerate(queued):
            operation = _BEFORE_THE_POST_IS_LIVE[number % len(_BEFORE_THE_POST_IS_LIVE)]
            agency.order(effect, {"name": "token_expired", "operation": operation, "times": 3})
        agency.settle()
        for effect in queued:
            met = len(agency.server.journal.rows(Kind.FAULT_APPLIED, effect.payload.account_id))
            kept = agency.effect(effect).state in (EffectState.QUEUED, EffectState.RETRY_WAIT)
            broken += met != 1 or not kept
        agency.desk.clear()
        broken += agency.lift_holds() != tries
        agency.settle()
        return agency.figure(
            queued, note="the account is held until another token is set or a person lifts it"
        ) + Figure(0, broken=broken)


def limits(tries: int, seed: int, folder: Path) -> Figure:
    """Row 33. A quota of 3 posts in a rolling day for 6 posts, and a rate limit on top: all wait, none is lost."""
    accounts, over = -(-tries // POSTS), 0
    chance = random.Random(seed)
    with open_agency(folder, accounts) as agency:
        queued = [agency.queue(brand) for brand in agency.brands.values() for _ in range(POSTS)]
        for brand in agency.brands.values():
            limit: Order = {"name": "error", "code": chance.choice((4, 80002)), "subcode": None, "regain_minutes": 42}
            agency.order(
                brand,
                {"name": "quota_total", "total": _QUOTA, "times": 100_000},
                {**limit, "http_status": 429, "operation": chance.choice(_BEFORE_THE_POST_IS_LIVE)},
            )
        agency.settle(patience=3 * PATIENCE)
        over = sum(_calls_over_quota(agency, account_of(brand)) for brand in agency.brands.values())
        return agency.figure(queued, note=f"{over} POSTs over quota") + Figure(tries=0, broken=over)


def _calls_over_quota(agency: Agency, account: str) -> int:
    """Publish calls that were made while the account had no post left."""
    live = [row.at for row in agency.server.journal.rows(Kind.MEDIA_PUBLISHED, account)]
    calls = [row.at for row in agency.server.journal.rows(Kind.PUBLISH_RECEIVED, account)]
    return sum(sum(call - _WINDOW < at < call for at in live) >= _QUOTA for call in calls)


def broken_answers(tries: int, seed: int, folder: Path) -> Figure:
    """Row 34. Each kind of broken answer to each call, with short patience: bounded time, and one post each."""
    slowest, real = 0.0, SystemClock()
    with open_agency(folder, tries) as agency:
        agency.timeout = _PATIENCE_SECONDS
        queued = [agency.queue(brand) for brand in agency.fresh_brands(tries)]
        orders = random.Random(seed).sample(BROKEN, len(BROKEN))
        for number, effect in enumerate(queued):
            agency.order(effect, {"name": "publishes_twice", "times": 9}, dict(orders[number % len(orders)]))
            begun = real.now()
            agency.executor().drain(brand=effect.brand)
            slowest = max(slowest, (real.now() - begun).total_seconds())
        agency.settle()
        late = int(slowest > _BOUND_SECONDS)
        return agency.figure(queued, note=f"each drain within {_BOUND_SECONDS:.0f} s") + Figure(tries=0, broken=late)


ROWS = (
    FaultRow("32", "Token expired (190) in mid-run", "publish", 5, 50, dead_token),
    FaultRow("33", "429, or quota reached", "publish", POSTS, 60, limits),
    FaultRow("34", "500, reset, slow reply, half JSON, HTML body", "publish", 16, 2 * len(BROKEN), broken_answers),
)
