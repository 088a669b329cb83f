"""Processes that apply an ad change through the genuine client, and are ended by force at a named step."""

import multiprocessing
from pathlib import Path

from marketing_pipeline.execution.steps import Step
from marketing_pipeline.store.home import Home
from marketing_pipeline_tests.execution.ad_desk import AdDesk
from marketing_pipeline_tests.execution.crashing import dying_at

PRELOADED = [
    __name__,
    "google.ads.googleads.client",
    "google.ads.googleads.v26.services.services.google_ads_service",
    "marketing_pipeline.channels.google_ads.client",
]


def open_desk(root: Path, seconds: float = 5) -> AdDesk:
    """The desk of a home in which a sandbox has written down how to reach it."""
    from marketing_pipeline.channels.google_ads.client import AdsClient
    from marketing_pipeline.channels.google_ads.connection import AdsConnection
    from marketing_pipeline.settings.google_ads import access_of_sandbox

    home = Home(root)
    clock = home.clock()
    client = AdsClient(AdsConnection(access_of_sandbox(root), clock, seconds=seconds))
    return AdDesk(home.open_database(), clock, client)


def apply_and_die(root: Path, change: str, fatal: Step) -> None:
    """The body of a child."""
    open_desk(root).executor(on_step=dying_at(fatal)).apply(change)


def apply_in_a_child(root: Path, change: str, fatal: Step) -> int | None:
    """Apply in a child that dies at `fatal`; its exit code."""
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload(PRELOADED)
    child = context.Process(target=apply_and_die, args=(root, change, fatal))
    child.start()
    child.join(120)
    return child.exitcode
