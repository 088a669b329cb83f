"""One local world: what it is made from, and its parts wired behind one HTTP application."""

from collections.abc import Mapping
from pathlib import Path
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field
from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.middleware.trustedhost import TrustedHostMiddleware
from starlette.routing import Mount, Router
from starlette.types import Receive, Scope, Send

from marketing_pipeline.domain.brand import Brand
from marketing_pipeline.domain.clock import Clock
from marketing_pipeline.sandbox.accounts import Accounts
from marketing_pipeline.sandbox.connections import Connections
from marketing_pipeline.sandbox.control import Control
from marketing_pipeline.sandbox.faults import FaultDesk
from marketing_pipeline.sandbox.feed_page import FeedPage
from marketing_pipeline.sandbox.image_api import ImageApi
from marketing_pipeline.sandbox.instagram import Instagram
from marketing_pipeline.sandbox.journal import Journal
from marketing_pipeline.sandbox.market import Market
from marketing_pipeline.sandbox.media_host import MediaHost
from marketing_pipeline.sandbox.picture import downloader
from marketing_pipeline.sandbox.publishing import Publishing
from marketing_pipeline.sandbox.tastes import Tastes
from marketing_pipeline.sandbox.world import World

HOST = "127.0.0.1"


class Latencies(BaseModel):
    """Real seconds before an answer, for benchmarks; `vision` is a model call with pictures.

    `batch` and `container` are clock time: until a batch of model calls has ended, and while Instagram works on a
    picture; None: 2 to 6 seconds, by chance.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    model: Annotated[float, Field(ge=0, le=300)] = 0.0
    vision: Annotated[float, Field(ge=0, le=300)] = 0.0
    image: Annotated[float, Field(ge=0, le=300)] = 0.0
    batch: Annotated[float, Field(ge=0, le=86_400)] = 0.0
    container: Annotated[float | None, Field(ge=0, le=300)] = None


class SandboxConfig(BaseModel):
    """What a local world is made from."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    home: Annotated[Path, Field(description="The home; state is kept in its folder `sandbox`")]
    seed: int
    port: Annotated[int, Field(ge=0, le=65_535, description="0: any free port")] = 0
    brands: tuple[Brand, ...] = ()
    media: Annotated[Path | None, Field(description="Folder that /media serves; None: `media` in the home")] = None
    latencies: Latencies = Latencies()


class _ModelService:
    """The Messages API, loaded when the first model call arrives: the sandbox starts in a moment without it."""

    def __init__(self, config: SandboxConfig, clock: Clock) -> None:
        self._config = config
        self._clock = clock
        self._router: Router | None = None

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a request on."""
        if self._router is None:
            from marketing_pipeline.sandbox import messages

            waits = self._config.latencies
            latency = messages.Latencies(model=waits.model, vision=waits.vision, batch=waits.batch)
            self._router = Router(messages.routes(self._config.seed, latency, self._clock))
        await self._router(scope, receive, send)


class Sandbox:
    """One local world: its parts, wired, and the HTTP application in front of them."""

    def __init__(
        self,
        config: SandboxConfig,
        clock: Clock,
        tastes: Mapping[str, Tastes] | None = None,
    ) -> None:
        self.world = World(config.home / "sandbox", clock)
        self.market = Market(config.seed, config.brands, tastes)
        journal = Journal(self.world)
        self.desk = FaultDesk(self.world, journal)
        self._pictures = downloader()
        takes = config.latencies.container
        self._publishing = Publishing(self.world, journal, self.desk, self.market, self._pictures, config.seed, takes)
        accounts = Accounts(self.world, journal, self.market)
        images = ImageApi(self.world, journal, self.desk, config.seed, config.latencies.image)
        self.connections = Connections()
        self.app = Starlette(
            routes=[
                Mount(
                    "/instagram", routes=FeedPage(self.world).routes() + Instagram(self._publishing, accounts).routes()
                ),
                Mount("/images/v1", routes=images.routes()),
                Mount("/media", routes=MediaHost(config.media or config.home / "media", self.desk).routes()),
                Mount("/sandbox", routes=Control(self._publishing, self.connections).routes()),
                Mount("/anthropic", app=_ModelService(config, clock)),
            ],
            middleware=[Middleware(TrustedHostMiddleware, allowed_hosts=[HOST, "localhost"])],
        )

    @property
    def journal(self) -> Journal:
        """The journal, once everything that is due has happened."""
        self._publishing.settle()
        return self._publishing.journal

    def close(self) -> None:
        """Let go of files and connections."""
        self._pictures.close()
        self.world.close()
