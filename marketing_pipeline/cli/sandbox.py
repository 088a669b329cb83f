"""`marketing sandbox`: the local world alone."""

import socket
from collections.abc import Sequence
from contextlib import ExitStack, suppress
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from marketing_pipeline.cli.with_parent import end_with_parent
from marketing_pipeline.domain.brand import Brand
from marketing_pipeline.domain.clock import Clock
from marketing_pipeline.settings import Service, ServiceMode, Settings, google_ads_installed

if TYPE_CHECKING:
    from marketing_pipeline.sandbox.google_ads.server import GoogleAdsSandbox

PORT_FILE = "port"
sandbox_app = typer.Typer(no_args_is_help=True, help="The local world that stands in for every outside service.")


@sandbox_app.callback()
def sandbox() -> None:
    """The local world that stands in for every outside service."""


@sandbox_app.command(epilog="Example: marketing sandbox serve --port 8801")
def serve(
    port: Annotated[int, typer.Option(help="Port on 127.0.0.1; 0 takes the one of last time, or any free one.")] = 0,
    model_seconds: Annotated[float, typer.Option(help="Wait this long before each model answer.")] = 0.0,
    vision_seconds: Annotated[float, typer.Option(help="The same, for answers about pictures.")] = 0.0,
    image_seconds: Annotated[float, typer.Option(help="The same, for painted pictures.")] = 0.0,
    container_seconds: Annotated[
        float | None, typer.Option(help="How long Instagram works on a picture; default: 2 to 6.", show_default=False)
    ] = None,
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
        port=port or _port_of_last_time(settings.home),
        brands=load_brands(settings.brands),
        latencies=Latencies(
            model=model_seconds, vision=vision_seconds, image=image_seconds, container=container_seconds
        ),
    )
    if with_parent:
        end_with_parent()
    clock = Home(settings.home).clock()

    def ready(url: str) -> None:
        typer.echo(f"The sandbox listens on {url}; Ctrl-C stops it.")
        # Permalinks of posts name the address: they stay alive as long as the next sandbox has the same one.
        (settings.home / "sandbox" / PORT_FILE).write_text(url.rpartition(":")[2], encoding="utf-8")

    with ExitStack() as stack:
        ads = _google_ads(settings, config.brands, clock)
        if ads is not None:
            stack.enter_context(ads)
        serve_world(config, clock, ready=ready)


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


def _port_of_last_time(home: Path) -> int:
    """The port that this home's sandbox had, if nobody else listens there now; else 0, which takes any free one."""
    with suppress(OSError, ValueError, OverflowError):
        port = int((home / "sandbox" / PORT_FILE).read_text(encoding="utf-8"))
        with socket.socket() as trial:
            trial.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            trial.bind(("127.0.0.1", port))
        return port
    return 0
