"""Row 40: requests that are to reach inner hosts, redirects to them, and bodies without end."""

import asyncio
import itertools
from collections import Counter
from collections.abc import Callable, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any

import httpx
import httpx2
from pydantic import SecretStr

from marketing_pipeline.agents.transport import MOST_BYTES as MOST_OF_MODEL
from marketing_pipeline.agents.transport import ModelTransport
from marketing_pipeline.channels.image_generation import Aspect, ImageRequest
from marketing_pipeline.channels.instagram import InstagramClient
from marketing_pipeline.channels.media_host import MediaHost
from marketing_pipeline.channels.notifications import Notifier, Tone
from marketing_pipeline.channels.openai_images import MOST_REPLY_BYTES, OpenAIImages, OpenAIImagesSettings
from marketing_pipeline.channels.picture_download import MOST_BYTES, download
from marketing_pipeline.channels.public_transport import AsyncPublicTransport, PublicTransport, pinned
from marketing_pipeline.domain.clock import SteppedClock
from marketing_pipeline.domain.errors import MarketingError
from marketing_pipeline.domain.identifiers import Sha256
from marketing_pipeline.settings import EndpointRefused
from marketing_pipeline.settings.address import public_address, require_public
from marketing_pipeline_tests.agents import tea_week as tea
from marketing_pipeline_tests.agents.scripted_messages import CallList
from marketing_pipeline_tests.faults.inner_hosts import LITERALS, NAMES, REDIRECTS, RESOLVED, Inside, inside
from marketing_pipeline_tests.faults.row import FaultRow, Figure

_SECONDS = 20.0
_IN_FLIGHT = 8_000_000
"""Bytes that a server may have sent and nobody has read: buffers of both sockets."""
_PUBLIC_NAME = "pictures.example"
Client = Callable[[str, Sequence[str]], object]


def _asks(answers: Sequence[str]) -> Callable[[str, int], Sequence[str]]:
    return lambda _host, _port: answers


async def _downloaded(url: str, answers: Sequence[str]) -> object:
    async def resolve(_host: str, _port: int) -> Sequence[str]:
        return answers

    return await download(url, timeout_seconds=2, allow_loopback=False, resolve=resolve)


def _by_download(url: str, answers: Sequence[str]) -> object:
    return asyncio.run(_downloaded(url, answers))


def _by_channel(url: str, answers: Sequence[str]) -> object:
    with httpx.Client(transport=PublicTransport(_asks(answers)), timeout=2) as client:
        return client.get(url)


def _by_image_service(url: str, answers: Sequence[str]) -> object:
    async def ask() -> object:
        async def resolve(_host: str, _port: int) -> Sequence[str]:
            return answers

        async with httpx.AsyncClient(transport=AsyncPublicTransport(resolve), timeout=2) as client:
            return await client.post(url, json={})

    return asyncio.run(ask())


def _by_model(url: str, answers: Sequence[str]) -> object:
    async def ask() -> object:
        async def resolve(_host: str, _port: int) -> Sequence[str]:
            return answers

        transport = ModelTransport(public_only=True, resolve=resolve)
        async with httpx2.AsyncClient(transport=transport, timeout=2) as client:
            return await client.post(url, json={})

    return asyncio.run(ask())


CLIENTS: dict[str, Client] = {
    "download of a picture": _by_download,
    "Instagram and media host": _by_channel,
    "image service": _by_image_service,
    "model": _by_model,
}
_REFUSED = (MarketingError, httpx.HTTPError, httpx.InvalidURL, httpx2.HTTPError, httpx2.InvalidURL)


def inner_hosts(tries: int, seed: int, folder: Path) -> Figure:
    """Row 40. Each inner address by each client, spelt out and from a hostile resolver: nothing connects."""
    broken, seen = Counter[str](), 0
    with inside() as server:
        port = server.server_address[1]
        for name, client in CLIENTS.items():
            for literal, scheme in itertools.product(LITERALS, ("http", "https")):
                # The resolver answers as the operating system would for each of these spellings.
                seen += 1
                broken[f"{name}: {literal}"] += _got(client, f"{scheme}://{literal}:{port}/", ("127.0.0.1",))
            for answers in RESOLVED:
                seen += 1
                broken[f"{name}: {answers}"] += _got(client, f"https://{_PUBLIC_NAME}/", answers)
        for spelt in (*LITERALS, *NAMES):
            seen += 1
            with suppress(EndpointRefused):
                public_address(f"https://{spelt}/v1", "ANTHROPIC_BASE_URL")
                broken[f"{spelt!a} is taken as a base address"] += 1
        broken["connections"] += len(server.asked)
    seen, broken = seen + 1, broken + Counter({"a rebound name": _rebinds()})
    return Figure(tries=seen, broken=broken.total(), note=_note(broken, "0 connections"))


def _got(client: Client, url: str, answers: Sequence[str]) -> int:
    try:
        client(url, answers)
    except _REFUSED:
        return 0
    return 1


def _rebinds() -> int:
    """A name that is public when it is looked up and inner a moment later: the connection goes where was looked."""
    answers = iter((("93.184.215.14",), ("127.0.0.1",)))
    asked = httpx.Request("GET", f"https://{_PUBLIC_NAME}/a.jpg")
    sent = pinned(asked, require_public(_PUBLIC_NAME, next(answers)))
    goes = sent.url.host, sent.headers["host"], sent.extensions["sni_hostname"]
    return int(goes != ("93.184.215.14", _PUBLIC_NAME, _PUBLIC_NAME) or len([*answers]) != 1)


def _note(broken: Counter[str], well: str) -> str:
    return "; ".join(f"{count} x {what}" for what, count in (+broken).most_common(4)) or well


def _pictures(url: str) -> OpenAIImages:
    content = {"base_url": url, "api_key": "k", "model": "m", "allow_loopback": True, "timeout_seconds": _SECONDS}
    return OpenAIImages(OpenAIImagesSettings.model_validate({**content, "busy_retries": 0}), SteppedClock(tea.NOW))


def _ask_model(url: str) -> None:
    from marketing_pipeline.agents.connection import ModelSettings
    from marketing_pipeline.agents.language_model import LanguageModel
    from marketing_pipeline_tests.faults.agent_desk import CASES, Words

    content: dict[str, Any] = {"base_url": url, "api_key": "k", "provider": "sandbox", "models": tea.MODELS}
    settings = ModelSettings.model_validate({**content, "timeout_seconds": _SECONDS, "transient_retries": 0})

    async def ask() -> None:
        async with LanguageModel(settings, SteppedClock(tea.NOW), CallList()) as model:
            await CASES[0].ask(model, Words())

    asyncio.run(ask())


def _ask_pictures(url: str) -> None:
    request = ImageRequest(prompt="tea", aspect=Aspect.PORTRAIT, idempotency_key="a-key-of-a-test")
    asyncio.run(_pictures(url).submit(request))


def _ask_instagram(url: str) -> None:
    client = InstagramClient(url, SecretStr("t"), SteppedClock(tea.NOW), _SECONDS)
    try:
        client.quota("17841400000000000")
    finally:
        client.close()


def _ask_media(url: str) -> None:
    host = MediaHost(url, _SECONDS)
    try:
        host.check(Sha256("0" * 64))
    finally:
        host.close()


def _ask_download(url: str) -> None:
    asyncio.run(download(f"{url}/a.jpg", timeout_seconds=_SECONDS, allow_loopback=True))


def _ask_notifier(url: str) -> None:
    Notifier((SecretStr(url.replace("http://", "json://")),)).send("a", "b", Tone.INFO)


_FETCHING: dict[str, tuple[Callable[[str], None], str, int]] = {
    "download of a picture": (_ask_download, "image/jpeg", MOST_BYTES),
    "media host": (_ask_media, "image/jpeg", 8_000_000),
    "Instagram": (_ask_instagram, "application/json", 2_000_000),
    "image service": (_ask_pictures, "application/json", MOST_REPLY_BYTES),
    "model": (_ask_model, "application/json", MOST_OF_MODEL),
}
"""Every client over loopback, as in the sandbox: how it is made to fetch, the type it expects, its cap in bytes."""


def redirects(tries: int, seed: int, folder: Path) -> Figure:
    """Row 40. A service that redirects inside, with every status: no client follows."""
    broken, seen = Counter[str](), 0
    followers = {name: fetch for name, (fetch, _, _) in _FETCHING.items()} | {"notifications": _ask_notifier}
    with inside() as outside, inside() as inner:
        outside.location = f"{inner.url}/latest/meta-data"
        for (name, fetch), status in itertools.product(followers.items(), REDIRECTS):
            outside.status, before, seen = status, len(outside.asked), seen + 1
            with suppress(MarketingError):
                fetch(outside.url)
            broken[f"{name} did not ask at all"] += len(outside.asked) == before
            broken[f"{name} follows {status}"] += len(inner.asked)
            inner.asked.clear()
    return Figure(tries=seen, broken=broken.total(), note=_note(broken, "0 connections"))


def endless(tries: int, seed: int, folder: Path) -> Figure:
    """Row 40. A body without end to each client: read up to its cap, in bounded time."""
    broken, most = Counter[str](), 0
    for name, (fetch, kind, cap) in _FETCHING.items():
        with inside() as server:
            server.endless, server.kind = True, kind
            broken[f"{name} took it"] += _takes(fetch, server)
            broken[f"{name} read {server.sent:,} bytes"] += server.sent > cap + _IN_FLIGHT
            broken[f"{name} did not ask at all"] += not server.asked
            most = max(most, server.sent)
    return Figure(tries=len(_FETCHING), broken=broken.total(), note=_note(broken, f"at most {most / 1e6:.0f} MB sent"))


def _takes(fetch: Callable[[str], None], server: Inside) -> bool:
    try:
        fetch(server.url)
    except MarketingError:
        return False
    return True


ROWS = (
    FaultRow("40 inner", "Request forgery to inner hosts", "request", 1, 1, inner_hosts),
    FaultRow("40 redirect", "Redirect to an inner host", "request", 1, 1, redirects),
    FaultRow("40 endless", "A body without end", "request", 1, 1, endless),
)
