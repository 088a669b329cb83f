"""What may happen to one post on its way out: orders drawn from the sandbox's whole catalogue of publishing faults."""

import random
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

Order = Mapping[str, Any]
_CALLS = ("read_quota", "create_container", "read_container", "list_media", "read_media")
_RATE_LIMITS = (4, 17, 32, 613, 80002)
_PASSING_AT_CREATION = ((9004, 2207052), (-2, 2207003), (-1, 2207001), (-1, 2207032), (24, 2207008), (1, None))
_UNCLEAR_AT_THE_CALL = ((-1, 2207001), (1, None), (2, None), (24, 2207008), (100, 33), (987, None))
_LIVE_ALL_THE_SAME = ((4, 2207051), (20, 1772107), (987, None))
# The three may come together; an outcome is read back for 900 s.
_LATEST_COMMIT, _LATEST_STATUS, _LATEST_LIST = 400.0, 200.0, 200.0
_LIKELY = 0.6


@dataclass(frozen=True)
class Injury:
    """Orders for one post. `blinds`: from the call on, nothing can be read back. `unprovable`: nothing can prove it."""

    orders: tuple[Order, ...]
    blinds: bool = False
    unprovable: bool = False


def draw(chance: random.Random) -> Injury:
    """Up to two faults around the call, up to one at it, and the worst world: a container may publish twice."""
    orders: list[Order] = [{"name": "publishes_twice", "times": 9}]
    for name, latest in (("late_published", _LATEST_STATUS), ("media_list_lag", _LATEST_LIST)):
        if chance.random() < 0.2:
            orders.append({"name": name, "seconds": chance.uniform(1, latest)})
    orders += [_around_the_call(chance) for _ in range(chance.choice((0, 0, 1, 1, 2)))]
    if chance.random() < 0.01:
        restricted: Order = {"name": "error", "operation": "publish", "code": 4, "subcode": 2207051}
        return Injury((*orders, restricted), unprovable=True)
    if chance.random() < 0.01:
        lost: Order = {"name": chance.choice(("drop_after", "drop_before")), "operation": "publish"}
        return Injury((*orders, lost), blinds=True, unprovable=True)
    if chance.random() < _LIKELY:
        orders.append(_at_the_call(chance))
    return Injury(tuple(orders))


def _around_the_call(chance: random.Random) -> Order:
    operation, times = chance.choice(_CALLS), chance.choice((1, 1, 2))
    at_creation = chance.choice(_PASSING_AT_CREATION)
    return chance.choice(
        (
            {"name": "drop_before", "operation": operation, "times": times},
            {"name": "drop_after", "operation": operation, "times": times},
            {"name": "half_json", "operation": operation, "times": times},
            {"name": "html", "operation": operation, "effect": chance.random() < 0.5, "http_status": 502},
            {"name": "html", "operation": operation, "effect": True, "http_status": 200},
            {"name": "error", "operation": operation, "code": 2, "subcode": None, "http_status": 500, "times": times},
            _rate_limited(chance, operation),
            {"name": "slow", "operation": operation, "seconds": 0.02},
            {"name": "drop_before", "operation": "serve_media", "times": times},
            {"name": "error", "operation": "create_container", "code": at_creation[0], "subcode": at_creation[1]},
            {"name": "container_unreadable", "times": chance.randint(1, 3)},
            {"name": "container_stuck", "status": chance.choice(("ERROR", "EXPIRED", "IN_PROGRESS"))},
            {"name": "quota_total", "total": 0, "times": times},
            {"name": "token_expired", "operation": operation},
        )
    )


def _at_the_call(chance: random.Random) -> Order:
    unclear, live = chance.choice(_UNCLEAR_AT_THE_CALL), chance.choice(_LIVE_ALL_THE_SAME)
    return chance.choice(
        (
            {"name": "drop_before", "operation": "publish"},
            {"name": "drop_after", "operation": "publish"},
            {"name": "half_json", "operation": "publish"},
            {"name": "html", "operation": "publish", "effect": True, "http_status": chance.choice((200, 502))},
            {"name": "html", "operation": "publish", "effect": False, "http_status": 503},
            {"name": "late_commit", "seconds": chance.uniform(1, _LATEST_COMMIT)},
            {"name": "error_after", "operation": "publish", "code": live[0], "subcode": live[1]},
            {"name": "error", "operation": "publish", "code": unclear[0], "subcode": unclear[1]},
            {"name": "error", "operation": "publish", "code": 9007, "subcode": 2207027},
            {"name": "error", "operation": "publish", "code": 9, "subcode": 2207042},
            _rate_limited(chance, "publish"),
            {"name": "slow", "operation": "publish", "seconds": 0.02},
            {"name": "token_expired", "operation": "publish"},
        )
    )


def _rate_limited(chance: random.Random, operation: str) -> Order:
    code, minutes = chance.choice(_RATE_LIMITS), chance.choice((0, 7, 42))
    return {"name": "error", "operation": operation, "code": code, "subcode": None, "regain_minutes": minutes}
