"""A picture as an audience meets it: fetched over HTTP like Instagram does, judged by its pixels alone."""

import hashlib
import io
import warnings
from datetime import timedelta

import httpx
import numpy as np
from numpy.typing import NDArray
from PIL import Image, UnidentifiedImageError
from pydantic import BaseModel, ConfigDict

from marketing_pipeline.domain.clock import SystemClock
from marketing_pipeline.sandbox import graph_errors
from marketing_pipeline.sandbox.graph_errors import GraphError
from marketing_pipeline.settings.tls import tls

MOST_BYTES = 8 * 1024 * 1024
MOST_PIXELS = 50_000_000
RATIO_LOW, RATIO_HIGH = 0.8, 1.91
_RATIO_TOLERANCE = 0.005
_LOOPBACK = frozenset({"127.0.0.1", "localhost", "::1"})


class Picture(BaseModel):
    """What was received. Measures are 0 to 1: 0 for a flat grey or blurred picture, 1 for a strong one."""

    model_config = ConfigDict(frozen=True)

    sha256: str
    width: int
    height: int
    contrast: float
    sharpness: float
    colour: float

    @property
    def quality(self) -> float:
        """The mean of the measures, 0 to 1."""
        return (self.contrast + self.sharpness + self.colour) / 3


def downloader(seconds: float = 5.0) -> httpx.Client:
    """The client that pictures are fetched with: no redirects, no proxies, no connection kept for later."""
    limits = httpx.Limits(max_keepalive_connections=0)
    return httpx.Client(timeout=seconds, follow_redirects=False, trust_env=False, limits=limits, verify=tls())


def fetch(client: httpx.Client, url: str) -> bytes:
    """The bytes behind a public URL, within the client's time limit; here the public is the loopback interface.

    Raises GraphError with Meta's numbers: -2/2207003 slow, 9004/2207052 not reachable, 36000/2207004 too large.
    """
    content = bytearray()
    real = SystemClock()
    begun, patience = real.now(), timedelta(seconds=client.timeout.read or 0)
    try:
        if httpx.URL(url).host not in _LOOPBACK:
            raise GraphError(graph_errors.FETCH_FAILED)
        with client.stream("GET", url) as response:
            if response.status_code != 200:
                raise GraphError(graph_errors.FETCH_FAILED)
            for chunk in response.iter_bytes():
                content += chunk
                if real.now() - begun > patience:
                    raise GraphError(graph_errors.DOWNLOAD_TIMED_OUT)
                if len(content) > MOST_BYTES:
                    raise GraphError(graph_errors.IMAGE_TOO_LARGE)
    except httpx.TimeoutException as late:
        raise GraphError(graph_errors.DOWNLOAD_TIMED_OUT) from late
    except (httpx.HTTPError, httpx.InvalidURL) as failed:
        raise GraphError(graph_errors.FETCH_FAILED) from failed
    return bytes(content)


def look_at(content: bytes) -> Picture:
    """Check the picture against Instagram's rules and measure it.

    Raises GraphError: 9004/2207052 not a picture, 36001/2207005 not a whole JPEG, 36003/2207009 wrong ratio.
    """
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", Image.DecompressionBombWarning)
        try:
            image = Image.open(io.BytesIO(content))
        except (UnidentifiedImageError, Image.DecompressionBombError) as unknown:
            raise GraphError(graph_errors.FETCH_FAILED) from unknown
    if image.format != "JPEG" or image.width * image.height > MOST_PIXELS:
        raise GraphError(graph_errors.IMAGE_FORMAT)
    ratio = image.width / image.height
    if not RATIO_LOW - _RATIO_TOLERANCE <= ratio <= RATIO_HIGH + _RATIO_TOLERANCE:
        raise GraphError(graph_errors.IMAGE_RATIO)
    try:
        pixels = np.asarray(image.convert("RGB"), np.float32)
    except (OSError, SyntaxError) as broken:
        raise GraphError(graph_errors.IMAGE_FORMAT) from broken
    return Picture(
        sha256=hashlib.sha256(content).hexdigest(),
        width=image.width,
        height=image.height,
        contrast=_share(_luma(pixels).std(), 70),
        sharpness=_share(_steepest_step(_luma(pixels)), 60),
        colour=_share(_colourfulness(pixels[::4, ::4]), 70),
    )


def _share(value: float | np.floating, full: float) -> float:
    return round(min(float(value) / full, 1.0), 4)


def _luma(pixels: NDArray[np.float32]) -> NDArray[np.float32]:
    return pixels @ np.array([0.299, 0.587, 0.114], np.float32)


def _steepest_step(luma: NDArray[np.float32]) -> float:
    """The 99.5th percentile of the step between neighbours, in grey levels: blur takes it away."""
    return float(np.percentile(np.abs(np.diff(luma, axis=1))[::2, ::2], 99.5))


def _colourfulness(pixels: NDArray[np.float32]) -> float:
    """Hasler and Suesstrunk, 'Measuring colourfulness in natural images', 2003."""
    red, green, blue = pixels[..., 0], pixels[..., 1], pixels[..., 2]
    red_green, yellow_blue = red - green, (red + green) / 2 - blue
    spread = np.hypot(red_green.std(), yellow_blue.std())
    return float(spread + 0.3 * np.hypot(red_green.mean(), yellow_blue.mean()))
