"""The OpenAI Images protocol, which gateways and local servers speak too: one POST, the picture in the reply."""

import asyncio
import base64
import binascii
import time
from collections.abc import AsyncGenerator, Callable
from contextlib import asynccontextmanager
from typing import Annotated, Any
from weakref import WeakKeyDictionary

import httpx
from pydantic import BaseModel, ConfigDict, Field, SecretStr

from marketing_pipeline.channels.image_generation import (
    Aspect,
    ImageJob,
    ImageRequest,
    ImageResult,
    RateLimited,
    Timeout,
    Transient,
    UnusablePicture,
)
from marketing_pipeline.channels.openai_images_errors import failure_of, json_object
from marketing_pipeline.channels.picture_download import MOST_BYTES, download, opened
from marketing_pipeline.channels.public_transport import AsyncPublicTransport
from marketing_pipeline.domain.clock import Clock
from marketing_pipeline.domain.identifiers import short_hash
from marketing_pipeline.settings.loop_client import LoopClient
from marketing_pipeline.settings.tls import tls

PROVIDER = "openai_images"
MOST_REPLY_BYTES = 2 * MOST_BYTES
CONNECT_SECONDS = 5.0
IDLE_SECONDS = 2.0
"""How long an unused connection is kept. Shorter than servers do: when one closes it just as an order goes out, nobody
knows whether the picture was painted, and it is not ordered again."""


class OpenAIImagesSettings(BaseModel):
    """How to reach the service. The model name is configuration: models are retired often."""

    model_config = ConfigDict(frozen=True)

    base_url: Annotated[str, Field(pattern=r"^https?://", description="Up to and with /v1")]
    api_key: Annotated[SecretStr, Field(min_length=1)]
    model: str
    sizes: tuple[tuple[int, int], ...] = ((1024, 1024), (1024, 1536), (1536, 1024))
    timeout_seconds: Annotated[float, Field(gt=0, le=900)] = 180.0
    concurrency: Annotated[int, Field(ge=1, le=32)] = 4
    # A 429 and a connection that never opened prove that nothing was painted. A 5xx does not: each retry may pay twice.
    busy_retries: Annotated[int, Field(ge=0, le=5)] = 2
    server_error_retries: Annotated[int, Field(ge=0, le=3)] = 0
    backoff_seconds: Annotated[float, Field(ge=0)] = 5.0
    longest_wait_seconds: Annotated[float, Field(ge=0)] = 60.0
    cost_micros_per_picture: Annotated[int, Field(ge=0, description="Micros of USD")] | None = None
    allow_loopback: Annotated[bool, Field(description="Sandbox: the service, and pictures, may be on this machine")] = (
        False
    )


class OpenAIImages:
    """Paints through `POST /images/generations`. Every job is ready at birth: only a picture by URL becomes one.

    A `kept` client is its owner's to close; without one, each order has its own.
    """

    def __init__(
        self, settings: OpenAIImagesSettings, clock: Clock, kept: LoopClient[httpx.AsyncClient] | None = None
    ) -> None:
        self._settings = settings
        self._clock = clock
        self._kept = kept
        self._places: WeakKeyDictionary[asyncio.AbstractEventLoop, asyncio.Semaphore] = WeakKeyDictionary()

    async def submit(self, request: ImageRequest) -> ImageJob | ImageResult:
        """Ask for one picture; again only after errors that `busy_retries` and `server_error_retries` allow."""
        refused = {"busy": 0, "server": 0}
        while True:
            try:
                return await self._submit_once(request)
            except (RateLimited, Transient) as failure:
                await self._wait_or_raise(failure, refused)

    async def poll(self, job: ImageJob) -> ImageJob:
        """The job itself: this protocol has no pictures in the making."""
        return job

    async def fetch(self, job: ImageJob) -> ImageResult:
        """Download the picture of a job from its address, which is not trusted."""
        if job.result_url is None:
            raise UnusablePicture(f"Job {job.id} has no address to fetch from.")
        started = time.perf_counter()
        content = await download(
            job.result_url,
            timeout_seconds=self._settings.timeout_seconds,
            allow_loopback=self._settings.allow_loopback,
        )
        return await self._result(content, job.model, job.id, job.revised_prompt, time.perf_counter() - started)

    async def _submit_once(self, request: ImageRequest) -> ImageJob | ImageResult:
        started = time.perf_counter()
        async with self._place():
            status, headers, body = await self._post(request)
        content = json_object(body)
        if status != 200:
            raise failure_of(status, headers.get("retry-after"), content, self._settings.api_key)
        picture = _first_picture(content)
        request_id = headers.get("x-request-id") or short_hash(request.idempotency_key)
        revised = picture.get("revised_prompt")
        revised_prompt = revised if isinstance(revised, str) else None
        match picture:
            case {"b64_json": str(encoded)}:
                seconds = time.perf_counter() - started
                return await self._result(_decoded(encoded), self._settings.model, request_id, revised_prompt, seconds)
            case {"url": str(url)}:
                return ImageJob(
                    provider=PROVIDER,
                    id=request_id,
                    model=self._settings.model,
                    idempotency_key=request.idempotency_key,
                    submitted_at=self._clock.now(),
                    result_url=url,
                    revised_prompt=revised_prompt,
                )
            case _:
                raise UnusablePicture("The image service's reply holds neither a picture nor its address.")

    async def _post(self, request: ImageRequest) -> tuple[int, httpx.Headers, bytes]:
        settings = self._settings
        width, height = self._size(request.aspect)
        body = {
            "model": settings.model,
            "prompt": request.instruction(),
            "size": f"{width}x{height}",
            "quality": request.quality,
            "n": 1,
        }
        headers = {
            "authorization": f"Bearer {settings.api_key.get_secret_value()}",
            "idempotency-key": request.idempotency_key,
        }
        try:
            async with (
                asyncio.timeout(settings.timeout_seconds),
                self._client() as client,
                client.stream("POST", self._address(), json=body, headers=headers) as response,
            ):
                return response.status_code, response.headers, await _limited(response)
        except (httpx.ConnectError, httpx.ConnectTimeout):
            raise Transient("The image service cannot be reached.", painted=False) from None
        except (TimeoutError, httpx.TimeoutException):
            raise Timeout("The image service did not answer in time.") from None
        except httpx.HTTPError as error:
            raise Transient(f"The image service broke off: {type(error).__name__}.") from None

    async def _wait_or_raise(self, failure: RateLimited | Transient, refused: dict[str, int]) -> None:
        settings = self._settings
        proved = isinstance(failure, RateLimited) or failure.painted is False
        kind, most = ("busy", settings.busy_retries) if proved else ("server", settings.server_error_retries)
        asked_for = failure.retry_after if isinstance(failure, RateLimited) else None
        wait = settings.backoff_seconds * 2 ** sum(refused.values()) if asked_for is None else asked_for
        if refused[kind] >= most or wait > settings.longest_wait_seconds:
            raise failure
        refused[kind] += 1
        await self._clock.pause(wait)

    async def _result(
        self, content: bytes, model: str, request_id: str, revised_prompt: str | None, seconds: float
    ) -> ImageResult:
        mime, width, height = await asyncio.to_thread(opened, content)
        return ImageResult(
            content=content,
            mime=mime,
            width=width,
            height=height,
            provider=PROVIDER,
            model=model,
            request_id=request_id,
            revised_prompt=revised_prompt,
            cost_micros=self._settings.cost_micros_per_picture,
            latency_seconds=seconds,
        )

    def _size(self, aspect: Aspect) -> tuple[int, int]:
        """The allowed size that loses least when it is cropped to the aspect."""
        return min(self._settings.sizes, key=lambda size: abs(size[0] / size[1] - aspect.ratio))

    @asynccontextmanager
    async def _client(self) -> AsyncGenerator[httpx.AsyncClient]:
        if self._kept is not None:
            yield self._kept.here()
            return
        async with _client(self._settings) as client:
            yield client

    def _address(self) -> str:
        return f"{self._settings.base_url.rstrip('/')}/images/generations"

    def _place(self) -> asyncio.Semaphore:
        return self._places.setdefault(asyncio.get_running_loop(), asyncio.Semaphore(self._settings.concurrency))


def image_client(settings: Callable[[], OpenAIImagesSettings]) -> LoopClient[httpx.AsyncClient]:
    """Clients of the image service, their owner's to close in each loop. `settings` are read at the first order."""
    return LoopClient(lambda: _client(settings()), lambda client: client.aclose())


def _client(settings: OpenAIImagesSettings) -> httpx.AsyncClient:
    limits = httpx.Limits(max_connections=100, keepalive_expiry=IDLE_SECONDS)
    local = httpx.AsyncHTTPTransport(verify=tls(), limits=limits) if settings.allow_loopback else None
    return httpx.AsyncClient(
        timeout=httpx.Timeout(settings.timeout_seconds, connect=CONNECT_SECONDS),
        follow_redirects=False,
        trust_env=False,
        transport=local or AsyncPublicTransport(limits=limits),
    )


async def _limited(response: httpx.Response) -> bytes:
    body = bytearray()
    async for chunk in response.aiter_bytes():
        body += chunk
        if len(body) > MOST_REPLY_BYTES:
            raise UnusablePicture(f"The image service's reply is larger than {MOST_REPLY_BYTES} bytes.")
    return bytes(body)


def _first_picture(content: dict[str, Any] | None) -> dict[str, Any]:
    match content:
        case {"data": [{**first}, *_]}:
            return first
        case _:
            raise UnusablePicture("The image service answered with something else than pictures.")


def _decoded(encoded: str) -> bytes:
    try:
        return base64.b64decode(encoded, validate=True)
    except (binascii.Error, ValueError):
        raise UnusablePicture("The image service's picture is not base64.") from None
