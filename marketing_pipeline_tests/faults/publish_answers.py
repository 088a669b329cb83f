"""Rows 3 to 8: answers that are lost, late or wrong, read-backs that fail, and containers that die."""

import random
from collections.abc import Callable, Mapping
from functools import partial
from pathlib import Path
from typing import Any

from marketing_pipeline.domain.alert import AlertKind
from marketing_pipeline.domain.effect import Effect, EffectState
from marketing_pipeline.domain.post import PostState
from marketing_pipeline.execution.steps import Step
from marketing_pipeline_tests.faults.agency import Agency, open_agency
from marketing_pipeline_tests.faults.blind import blind_client
from marketing_pipeline_tests.faults.raised_alerts import raised
from marketing_pipeline_tests.faults.row import FaultRow, Figure

Order = Mapping[str, Any]
_TWICE: Order = {"name": "publishes_twice", "times": 9}
_LOST_REPLIES: tuple[Order, ...] = (
    {"name": "drop_after", "operation": "publish"},
    {"name": "half_json", "operation": "publish"},
    {"name": "html", "operation": "publish", "effect": True, "http_status": 502},
    {"name": "html", "operation": "publish", "effect": True, "http_status": 200},
)
_LATEST_COMMIT = 800.0
"""Seconds; the window in which an outcome is read back is 900."""


def _published(
    tries: int, folder: Path, orders: Callable[[int], tuple[Order, ...]], *, calls: int = 1, blind: bool = False
) -> Figure:
    """One post each under the faults ordered for it; more than `calls` publish calls count as broken."""
    with open_agency(folder, tries) as agency:
        queued = [agency.queue(brand) for brand in agency.fresh_brands(tries)]
        for number, effect in enumerate(queued):
            agency.order(effect, *map(dict, orders(number)))
        others = {"client_for": partial(blind_client, agency)} if blind else {}
        agency.settle(agency.executor(**others))
        too_many = sum(agency.calls(effect) > calls for effect in queued)
        return agency.figure(queued) + Figure(tries=0, broken=too_many)


def reply_lost(tries: int, seed: int, folder: Path, *, blind: bool = False) -> Figure:
    """Row 3. The post is live and the reply does not arrive whole: no second call."""

    def orders(number: int) -> tuple[Order, ...]:
        return (_LOST_REPLIES[number % len(_LOST_REPLIES)], _TWICE)

    return _published(tries, folder, orders, blind=blind)


def late_commit(tries: int, seed: int, folder: Path) -> Figure:
    """Row 4. No reply, and the post goes live 30 s (and up to 800 s) later."""
    chance = random.Random(seed)

    def orders(number: int) -> tuple[Order, ...]:
        seconds = 30.0 if number % 2 else chance.uniform(1, _LATEST_COMMIT)
        return ({"name": "late_commit", "seconds": seconds}, _TWICE)

    return _published(tries, folder, orders)


def error_although_live(tries: int, seed: int, folder: Path) -> Figure:
    """Row 5. 4/2207051 (and other errors) although the post is live."""
    numbers = ((4, 2207051), (4, 2207051), (20, 1772107), (987, None))

    def orders(number: int) -> tuple[Order, ...]:
        code, subcode = numbers[number % len(numbers)]
        return ({"name": "error_after", "operation": "publish", "code": code, "subcode": subcode}, _TWICE)

    return _published(tries, folder, orders)


def read_back_broken(tries: int, seed: int, folder: Path) -> Figure:
    """Row 6. After the call every look at the container fails with 100/33: parked with one alert, whatever happened."""
    with open_agency(folder, tries, shared_time=True) as agency:
        queued = list[Effect]()
        for number, brand in enumerate(agency.fresh_brands(tries)):
            queued.append(effect := agency.queue(brand))
            agency.order(effect, {"name": "drop_after" if number % 2 else "drop_before", "operation": "publish"})
            agency.settle(agency.executor(on_step=_at(Step.ATTEMPT_OPENED, partial(_break_reads, agency, effect))))
        not_parked = agency.require_standing(queued, EffectState.PARKED)
        too_many = sum(agency.calls(effect) > 1 for effect in queued)
        told = raised(agency, AlertKind.EFFECT_PARKED)
        wrongly_told = sum(told[effect.id] != 1 for effect in queued)
        broken = not_parked + too_many + wrongly_told
        return agency.figure(queued, unprovable=tries, note="1 alert each") + Figure(tries=0, broken=broken)


def _at(moment: Step, act: Callable[[], None]) -> Callable[[Step], None]:
    def on_step(step: Step) -> None:
        if step is moment:
            act()

    return on_step


def _break_reads(agency: Agency, effect: Effect) -> None:
    agency.order(effect, {"name": "container_unreadable", "times": 1000})


def container_dies(tries: int, seed: int, folder: Path) -> Figure:
    """Row 7. ERROR or EXPIRED: before any call or after one that did nothing, a new container; else never again."""
    parked = 0
    with open_agency(folder, tries) as agency:
        queued = list[Effect]()
        for number, brand in enumerate(agency.fresh_brands(tries)):
            queued.append(effect := agency.queue(brand))
            status, case = ("ERROR", "EXPIRED")[number % 2], number // 2 % 3
            agency.order(effect, dict(_TWICE))
            if case == 0:
                agency.order(effect, {"name": "container_stuck", "status": status})
                agency.settle()
                continue
            lost = ("drop_before", "drop_after")[case - 1]
            agency.order(effect, {"name": lost, "operation": "publish"})
            parked += lost == "drop_after"
            die = partial(_kill_container, agency, effect, status)
            agency.executor(on_step=_at(Step.READ_BACK_CLAIMED, die)).drain()
            agency.settle()
        return agency.figure(queued, unprovable=parked)


def _kill_container(agency: Agency, effect: Effect, status: str) -> None:
    """Every container that the account has by now says so from now on."""
    with agency.server.world.transaction() as connection:
        connection.execute(
            "UPDATE containers SET forced_status = ?, published_at = NULL WHERE account = ?",
            (status, effect.payload.account_id),
        )


def permalink_unreadable(tries: int, seed: int, folder: Path) -> Figure:
    """Row 8. The read after the success fails: the success and the media id stand, the address comes later."""
    with open_agency(folder, tries) as agency:
        queued = [agency.queue(brand) for brand in agency.fresh_brands(tries)]
        for effect in queued:
            agency.order(effect, {"name": "drop_before", "operation": "read_media", "times": 2})
        agency.executor().drain()
        posts = [agency.plane.posts.find(brand=effect.brand)[0] for effect in queued]
        wrong = sum(post.state is not PostState.PUBLISHED or post.media_id is None for post in posts)
        agency.settle()
        return agency.figure(queued) + Figure(tries=0, lost=wrong)


ROWS = (
    FaultRow("3", "Reply lost after the platform committed", "publish", 8, 200, reply_lost),
    FaultRow("4", "Late commit: time-out, then commit up to 800 s later", "publish", 6, 200, late_commit),
    FaultRow("5", "Error returned although the post is live", "publish", 4, 100, error_although_live),
    FaultRow("6", "Read-back broken (100/33)", "publish", 2, 50, read_back_broken),
    FaultRow("7", "Container EXPIRED or ERROR", "publish", 6, 60, container_dies),
    FaultRow("8", "Permalink read fails after publishing", "publish", 2, 50, permalink_unreadable),
)
