"""Where the model is reached: settings, and one client for each event loop that asks."""

import asyncio
from collections.abc import AsyncGenerator, Callable, Mapping
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Annotated
from weakref import WeakKeyDictionary

from pydantic import BaseModel, ConfigDict, Field, SecretStr

from marketing_pipeline.settings.loop_client import LoopClient

if TYPE_CHECKING:  # importing the SDK takes seconds: only `_client` does it
    from anthropic import AsyncAnthropic

CONNECT_SECONDS = 5.0
SANDBOX = "sandbox"


class ModelSettings(BaseModel):
    """How to reach the model service, which model each agent uses, and how hard to try."""

    model_config = ConfigDict(frozen=True)

    base_url: Annotated[str, Field(pattern=r"^https?://", description="Without the /v1/messages")]
    api_key: Annotated[SecretStr, Field(min_length=1)]
    provider: Annotated[str, Field(description="sandbox or anthropic; stands on every recorded call")]
    models: Annotated[Mapping[str, str], Field(description="Model id of each agent")]
    concurrency: Annotated[int, Field(ge=1, le=64, description="Calls in flight at once in one event loop")] = 4
    timeout_seconds: Annotated[float, Field(gt=0, le=1800, description="For one whole call")] = 180.0
    transient_retries: Annotated[int, Field(ge=0, le=5)] = 2
    backoff_seconds: Annotated[float, Field(ge=0, description="First wait; each next one is four times longer")] = 2.0
    longest_wait_seconds: Annotated[
        float, Field(ge=0, description="A longer wait, also one asked for by the service, is not accepted")
    ] = 60.0

    def model_for(self, agent: str) -> str:
        """The model id that an agent uses. Raises KeyError for an agent without one."""
        return self.models[agent]


class Connections:
    """Lets so many calls of one asker through at once, on the client of the event loop that it asks in.

    A `kept` client is shared with other askers and stays open after them; without one, each loop has its own.
    """

    def __init__(self, settings: ModelSettings, kept: "LoopClient[AsyncAnthropic] | None" = None) -> None:
        self._settings = settings
        self._client = kept or model_client(lambda: settings)
        self._is_kept = kept is not None
        self._places: WeakKeyDictionary[asyncio.AbstractEventLoop, asyncio.Semaphore] = WeakKeyDictionary()

    @asynccontextmanager
    async def client(self) -> AsyncGenerator["AsyncAnthropic"]:
        """The running loop's client, once one of its `concurrency` places is free."""
        loop = asyncio.get_running_loop()
        async with self._places.setdefault(loop, asyncio.Semaphore(self._settings.concurrency)):
            yield self._client.here()

    async def close(self) -> None:
        """Close the running loop's client, if it has one of its own."""
        if not self._is_kept:
            await self._client.close()


def model_client(settings: Callable[[], ModelSettings]) -> "LoopClient[AsyncAnthropic]":
    """Clients of the model service, their owner's to close in each loop. `settings` are read at the first call."""
    return LoopClient(lambda: _client(settings()), lambda client: client.close())


def _client(settings: ModelSettings) -> "AsyncAnthropic":
    """A client from explicit settings alone. The SDK's own retries are off: each try is reserved and recorded."""
    import anthropic

    from marketing_pipeline.agents.transport import ModelTransport

    transport = ModelTransport(public_only=settings.provider != SANDBOX)
    timeout = anthropic.Timeout(settings.timeout_seconds, connect=CONNECT_SECONDS)
    return anthropic.AsyncAnthropic(
        api_key=settings.api_key.get_secret_value(),
        base_url=settings.base_url,
        timeout=timeout,
        max_retries=0,
        open_telemetry=False,
        # A key never follows a redirect, and passes no proxy that a machine's settings happen to name.
        http_client=anthropic.DefaultAsyncHttpxClient(
            transport=transport, trust_env=False, follow_redirects=False, timeout=timeout
        ),
    )
