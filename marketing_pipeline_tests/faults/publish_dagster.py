"""Rows 11 to 14: what Dagster may repeat, lose or leave behind never reaches the ledger's promise."""

import os
import threading
from collections.abc import Generator, Mapping
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path

import dagster as dg

from marketing_pipeline import automation
from marketing_pipeline.assets.partitions import partition_key
from marketing_pipeline.definitions import defs
from marketing_pipeline.domain.clock import SystemClock
from marketing_pipeline.domain.effect import Effect
from marketing_pipeline.operations.orphaned_runs import end_orphaned_runs
from marketing_pipeline.sandbox.journal import Kind
from marketing_pipeline.settings import Settings
from marketing_pipeline.store.brand_folder import load_brand
from marketing_pipeline.workplace import Workplace
from marketing_pipeline_tests.faults.agency import A_LEASE, KEY, POSTS, Agency, open_agency
from marketing_pipeline_tests.faults.dagster_children import (
    CRASHES,
    drain_job,
    instance_in,
    killed_in_its_run,
    ticked,
)
from marketing_pipeline_tests.faults.row import FaultRow, Figure
from marketing_pipeline_tests.fixtures import SHIPPED_BRANDS
from marketing_pipeline_tests.store.planned_week import WEEK

_A_MINUTE = timedelta(minutes=1)


@contextmanager
def _named(**names: str) -> Generator[None]:
    """Name the home in the environment, where Dagster's runs look for it."""
    before = {name: os.environ.get(name) for name in names}
    os.environ.update(names)
    try:
        yield
    finally:
        for name, value in before.items():
            os.environ.pop(name) if value is None else os.environ.update({name: value})


@contextmanager
def _shop(folder: Path) -> Generator[Agency]:
    """The shipped brand, found by Dagster's runs through the environment."""
    brand = load_brand(SHIPPED_BRANDS / "upscale_print")
    names = {
        "MARKETING_HOME": str(folder / "home"),
        "MARKETING_BRANDS": str(SHIPPED_BRANDS),
        "MARKETING_AUDIT_KEY": KEY.decode(),
    }
    with _named(**names), open_agency(folder / "home", {brand.brand_id: brand}, shared_time=True) as agency:
        (agency.home.sandbox / "url").write_text(agency.url, encoding="utf-8")
        yield agency


def _week_of(agency: Agency) -> dg.MultiPartitionKey:
    [brand] = agency.brands
    return partition_key(brand, WEEK)


def repeated(tries: int, seed: int, folder: Path) -> Figure:
    """Row 11. A done effect's run is retried, re-executed, and its partition backfilled."""
    figure = Figure(tries=0)
    for home in range(-(-tries // POSTS)):
        with _shop(folder / str(home)) as agency, instance_in(agency.home.dagster) as instance:
            queued = [agency.queue(brand) for brand in agency.brands.values() for _ in range(min(tries, POSTS))]
            first = drain_job().execute_in_process(instance=instance)
            went = agency.live()
            drain_job().execute_in_process(instance=instance, tags={"dagster/retry_number": "1"})
            again = dg.ReexecutionOptions(parent_run_id=first.run_id)
            with dg.execute_job(dg.reconstructable(drain_job), instance, reexecution_options=again) as redone:
                succeeded = redone.success
            materialized = dg.materialize(
                [asset for asset in defs.assets or () if isinstance(asset, dg.AssetsDefinition)],
                selection="published_posts",
                partition_key=_week_of(agency),
                instance=instance,
                resources=dict(defs.resources or {}),
                tags={"dagster/backfill": "again"},
            )
            broken = int(not (first.success and succeeded and materialized.success) or agency.live() != went)
            figure += agency.figure(queued) + Figure(tries=0, broken=broken)
    return figure + Figure(tries=0, note="each retried, re-executed and backfilled")


def run_killed(tries: int, seed: int, folder: Path) -> Figure:
    """Row 12. kill -9 while the call is out: the run is ended as failed, the ledger goes on."""
    broken, queued = 0, list[Effect]()
    with _shop(folder) as agency, instance_in(agency.home.dagster) as instance:
        [brand] = agency.brands.values()
        for number in range(tries):
            queued.append(agency.queue(brand))
            agency.order(brand, {"name": "publishes_twice", "times": 9})
            agency.order(brand, {"name": "slow", "operation": "publish", "seconds": 8.0})
            with _told_of_the_call(agency, folder / f"call-{number}") as call_is_out:
                killed_in_its_run(agency.home.dagster, call_is_out)
            ended = end_orphaned_runs(instance)
            left = instance.get_runs(dg.RunsFilter(statuses=[dg.DagsterRunStatus.STARTED]))
            broken += len(ended) != 1 or bool(left)
            agency.clock.sleep(A_LEASE.total_seconds())
            agency.settle()
        return agency.figure(queued) + Figure(tries=0, broken=broken)


@contextmanager
def _told_of_the_call(agency: Agency, file: Path) -> Generator[Path]:
    """The file appears when one more publish call has reached the sandbox."""
    ended, before = threading.Event(), len(agency.server.journal.rows(Kind.PUBLISH_RECEIVED))

    def watch() -> None:
        while not ended.is_set():
            if len(agency.server.journal.rows(Kind.PUBLISH_RECEIVED)) > before:
                file.touch()
                return
            SystemClock().sleep(0.02)

    watcher = threading.Thread(target=watch)
    watcher.start()
    try:
        yield file
    finally:
        ended.set()
        watcher.join()


def cursor_lost(tries: int, seed: int, folder: Path) -> Figure:
    """Row 13. The sensor is asked without a cursor and with 0, and what it asked for is run each time."""
    queued, missed = list[Effect](), 0
    with _shop(folder) as agency, instance_in(agency.home.dagster) as instance:
        [brand] = agency.brands.values()
        for _ in range(tries):
            queued.append(agency.queue(brand))
            asked = [_asked(instance, cursor) for cursor in (None, "0")]
            missed += sum(request is None for request in asked)
            for request in asked:
                drain_job().execute_in_process(instance=instance, tags=_tags(request))
            missed += _asked(instance, "0") is not None
        return agency.figure(queued) + Figure(tries=0, broken=missed)


def _asked(instance: dg.DagsterInstance, cursor: str | None) -> dg.RunRequest | None:
    context = dg.build_sensor_context(instance=instance, cursor=cursor)
    with Workplace.open(Settings.from_environment()) as workplace:
        found = automation.due_effects(context, workplace=workplace)  # pyright: ignore[reportCallIssue]
    return found if isinstance(found, dg.RunRequest) else None


def _tags(request: dg.RunRequest | None) -> Mapping[str, str]:
    return {"dagster/run_key": (request.run_key or "") if request else ""}


def daemon_killed(tries: int, seed: int, folder: Path) -> Figure:
    """Row 14. The daemon is killed within its tick, before or after it made the run; another daemon goes on."""
    figure, deaths, minutes = Figure(tries=0), 0, 0
    for home in range(-(-tries // POSTS)):
        with _shop(folder / str(home)) as agency:
            [brand] = agency.brands.values()
            queued = list[Effect]()
            for _ in range(min(POSTS, tries - figure.tries)):
                queued.append(agency.queue(brand))
                deaths += ticked(agency.home.dagster, minutes := minutes + 2, CRASHES[len(queued) % len(CRASHES)])
                for _ in range(2):
                    agency.clock.sleep(_A_MINUTE.total_seconds() * 6)
                    ticked(agency.home.dagster, minutes := minutes + 2, None)
            figure += agency.figure(queued)
    return figure + Figure(tries=0, note=f"{deaths} deaths of the daemon")


ROWS = (
    FaultRow("11", "Dagster retry, re-execute or backfill of a done effect", "publish", 1, 12, repeated),
    FaultRow("12", "Run worker killed", "publish", 1, 6, run_killed),
    FaultRow("13", "Sensor cursor lost or replayed", "publish", 1, 6, cursor_lost),
    FaultRow("14", "Daemon killed between run creation and cursor write", "publish", 1, 50, daemon_killed),
)
