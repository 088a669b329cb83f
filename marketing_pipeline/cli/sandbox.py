"""`marketing sandbox`: the local world alone."""

import os
import signal
import sys
import threading
from typing import Annotated

import typer

from marketing_pipeline.settings import Settings

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
    """Serve the Anthropic, Instagram and image APIs of the local world until Ctrl-C."""
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
    serve_world(config, Home(settings.home).clock())


def _end_with_parent() -> None:
    """A command that is killed closes the pipe to its sandbox: nobody is left serving to nobody."""
    sys.stdin.buffer.read()
    os.kill(os.getpid(), signal.SIGTERM)
