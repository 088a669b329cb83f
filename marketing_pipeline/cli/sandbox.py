"""`marketing sandbox`: the local world alone."""

import os
import signal
import sys
import threading
from collections.abc import Sequence
from contextlib import ExitStack
from typing import TYPE_CHECKING, Annotated

import typer

from marketing_pipeline.domain.brand import Brand
from marketing_pipeline.domain.clock import Clock
from marketing_pipeline.settings import Service, ServiceMode, Settings, google_ads_installed

if TYPE_CHECKING:
    from marketing_pipeline.sandbox.google_ads.server import GoogleAdsSandbox

sandbox_app = typer.Typer(no_args_is_help=True, help="The local world that stands in for every outside service.")


@sandbox_app.callback()
def sandbox() -> None:
    """The local world that stands in for every outside service."""


@sandbox_app.command(epilog="Example: marketing sandbox serve --port 8801")
def serve(
    port: Annotated[int, typer.Option(help="Port on 127.0.0.1; 0 takes any free one.")] = 0,
    model_seconds: Annotated[float, typer.Option(help="Wait this long before each model answer.")] = 0.0,
    vision_seconds: Annotated[float, typer.Option(help="The same, for answers about pictures.")] = 0.0,
    image_seconds: Annotated[float, typer.Option(help="The same, for painted pictures.")] = 0.0,
    with_parent: Annotated[bool, typer.Option(hidden=True, help="End when standard input is closed.")] = False,
) -> None:
    """Serve the Anthropic, Instagram, image and Google Ads APIs of the local world until Ctrl-C."""
    from marketing_pipeline.sandbox.server import Latencies, SandboxConfig
    from marketing_pipeline.sandbox.server import serve as serve_world
    from marketing_pipeline.store.brand_folder import load_brands
    from marketing_pipeline.store.home import Home

    settings = Settings.from_environment()
    config = SandboxConfig(
        home=settings.home,
        seed=settings.sandbox_seed,
        port=port,
        brands=load_brands(settings.brands),
        latencies=Latencies(model=model_seconds, vision=vision_seconds, image=image_seconds),
    )
    if with_parent:
        threading.Thread(target=_end_with_parent, daemon=True).start()
    clock = Home(settings.home).clock()
    with ExitStack() as stack:
        ads = _google_ads(settings, config.brands, clock)
        if ads is not None:
            stack.enter_context(ads)
        serve_world(config, clock)


def _google_ads(settings: Settings, brands: Sequence[Brand], clock: Clock) -> "GoogleAdsSandbox | None":
    """The sandbox's Google Ads with an account for each brand that has one; None where nobody would call it."""
    with_account = [(brand, brand.channels.google_ads) for brand in brands]
    if settings.modes[Service.GOOGLE_ADS] is not ServiceMode.SANDBOX or not google_ads_installed():
        return None
    # Seconds of imports, which only a sandbox with ad accounts pays.
    from marketing_pipeline.sandbox.google_ads.account_plan import AdsAccount

    accounts = {
        channel.customer_id: AdsAccount(
            customer_id=channel.customer_id, name=brand.name, currency=brand.currency, time_zone=brand.time_zone
        )
        for brand, channel in with_account
        if channel is not None
    }
    if not accounts:
        return None
    from marketing_pipeline.sandbox.google_ads.server import AdsSandboxConfig, GoogleAdsSandbox

    config = AdsSandboxConfig(home=settings.home, seed=settings.sandbox_seed, accounts=tuple(accounts.values()))
    return GoogleAdsSandbox(config, clock)


def _end_with_parent() -> None:
    """A command that is killed closes the pipe to its sandbox: nobody is left serving to nobody."""
    while os.read(sys.stdin.fileno(), 4096):
        pass
    os.kill(os.getpid(), signal.SIGTERM)
