"""Fetches a picture from an address that somebody else named: nothing private is reached, nothing huge is read."""

import asyncio
import io
import ipaddress
from urllib.parse import SplitResult, urlsplit

import httpx

from marketing_pipeline.channels.image_generation import PictureType, Timeout, Transient, UnusablePicture
from marketing_pipeline.settings.address import AsyncResolver, is_public, resolve_in_loop
from marketing_pipeline.settings.tls import tls

MOST_BYTES = 25_000_000
MOST_PIXELS = 40_000_000
PICTURE_TYPES: dict[str, PictureType] = {"JPEG": "image/jpeg", "PNG": "image/png", "WEBP": "image/webp"}
_HTTPS = 443


async def download(
    url: str, *, timeout_seconds: float, allow_loopback: bool, resolve: AsyncResolver = resolve_in_loop
) -> bytes:
    """The bytes at `url`, of a picture type and at most MOST_BYTES long.

    HTTPS on its own port only, save that `allow_loopback` (the sandbox) lets plain HTTP reach this machine. All
    addresses of the host must be public; the connection goes to the one that was checked. Redirects, proxies and
    compressed replies are refused. Raises UnusablePicture, Transient and Timeout.
    """
    try:
        async with asyncio.timeout(timeout_seconds):
            parts = _parts(url)
            address = await _checked_address(parts, allow_loopback, resolve)
            return await _read(parts, address, timeout_seconds)
    except (TimeoutError, httpx.TimeoutException):
        raise Timeout("The picture could not be downloaded in time.") from None
    except httpx.InvalidURL:
        raise UnusablePicture("The picture's address is no plain web address.") from None
    except httpx.HTTPError as error:
        raise Transient(f"The picture could not be downloaded: {type(error).__name__}.", painted=True) from None


def opened(content: bytes) -> tuple[PictureType, int, int]:
    """Type, width and height of a picture, after decoding it whole. Raises UnusablePicture."""
    from PIL import Image, UnidentifiedImageError

    try:
        with Image.open(io.BytesIO(content), formats=list(PICTURE_TYPES)) as picture:
            if picture.width * picture.height > MOST_PIXELS:
                raise UnusablePicture(f"The picture has {picture.width} x {picture.height} pixels.")
            picture.load()
            return PICTURE_TYPES[str(picture.format)], picture.width, picture.height
    except (UnidentifiedImageError, Image.DecompressionBombError, OSError, SyntaxError, ValueError):
        raise UnusablePicture("The service's picture does not open as JPEG, PNG or WebP.") from None


def _parts(url: str) -> SplitResult:
    try:
        parts = urlsplit(url)
        plain = bool(parts.hostname) and parts.netloc.isascii() and parts.username is None and parts.port != 0
    except ValueError:
        raise UnusablePicture("The picture's address is no plain web address.") from None
    if not plain or parts.scheme not in ("http", "https"):
        raise UnusablePicture("The picture's address is no plain web address.")
    return parts


async def _checked_address(parts: SplitResult, allow_loopback: bool, resolve: AsyncResolver) -> str:
    port = parts.port or (_HTTPS if parts.scheme == "https" else 80)
    try:
        found = await resolve(str(parts.hostname), port)
    except (OSError, UnicodeError):
        raise UnusablePicture(f"{parts.hostname} is not known.") from None
    addresses = [address.partition("%")[0] for address in found]
    if not addresses:
        raise UnusablePicture(f"{parts.hostname} has no address.")
    if allow_loopback and all(ipaddress.ip_address(address).is_loopback for address in addresses):
        return addresses[0]
    if parts.scheme != "https" or port != _HTTPS:
        raise UnusablePicture("The picture's address is not served over HTTPS.")
    if not all(map(is_public, addresses)):
        raise UnusablePicture(f"{parts.hostname} leads to an address that is not public.")
    return addresses[0]


async def _read(parts: SplitResult, address: str, timeout_seconds: float) -> bytes:
    host = f"[{address}]" if ":" in address else address
    pinned = parts._replace(netloc=host if parts.port is None else f"{host}:{parts.port}", fragment="")
    async with (
        httpx.AsyncClient(trust_env=False, follow_redirects=False, timeout=timeout_seconds, verify=tls()) as client,
        client.stream(
            "GET",
            pinned.geturl(),
            headers={"host": parts.netloc, "accept-encoding": "identity"},
            extensions={"sni_hostname": parts.hostname},
        ) as response,
    ):
        _check_head(response)
        content = bytearray()
        async for chunk in response.aiter_raw():
            content += chunk
            if len(content) > MOST_BYTES:
                raise UnusablePicture(f"The picture is larger than {MOST_BYTES} bytes.")
        return bytes(content)


def _check_head(response: httpx.Response) -> None:
    if response.status_code != 200:
        raise UnusablePicture(f"The picture's address answers with status {response.status_code}.")
    kind = response.headers.get("content-type", "").partition(";")[0].strip().lower()
    if kind not in PICTURE_TYPES.values():
        raise UnusablePicture(f"The picture's address answers with {kind or 'no type'}.")
    if response.headers.get("content-encoding", "identity") != "identity":
        raise UnusablePicture("The picture's address answers with a compressed reply.")
