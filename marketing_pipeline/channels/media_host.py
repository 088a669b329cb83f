"""Where Instagram fetches pictures from: a public address for each, and a look at it before Instagram looks."""

import hashlib
import time
from collections.abc import Callable
from enum import StrEnum

import httpx

from marketing_pipeline.domain.errors import MarketingError
from marketing_pipeline.domain.identifiers import Sha256
from marketing_pipeline.settings.tls import tls

Addresses = Callable[[Sha256], str]
"""The address of each picture: signed ones differ from one moment to the next, and are secrets behind their ?."""

# "At most 8 MB" by the guide, "8 MiB" by the error text: the smaller.
MOST_BYTES = 8_000_000
_MEND = "Check that MARKETING_MEDIA_BASE_URL is reachable from outside and serves the pictures, without redirects."


class MediaProblem(StrEnum):
    """What is wrong with a public picture."""

    UNREACHABLE = "unreachable"
    """No usable answer: may pass by itself."""
    NOT_SERVED = "not_served"
    """A clear answer that is not the picture: status, redirect or type."""
    CHANGED = "changed"
    """Other bytes than those approved, or too many."""


class MediaFailure(MarketingError):
    """The picture's public address does not give what was approved."""

    def __init__(self, problem: MediaProblem, message: str) -> None:
        super().__init__(message, _MEND)
        self.problem = problem


class MediaHost:
    """Pictures in public: each is `<sha256>.jpg` under a base URL, or at an address of its own.

    `timeout_seconds` bounds a whole fetch.
    """

    def __init__(
        self, base: str | Addresses, timeout_seconds: float = 20.0, transport: httpx.BaseTransport | None = None
    ) -> None:
        self._base = base.rstrip("/") if isinstance(base, str) else base
        self._seconds = timeout_seconds
        self._http = httpx.Client(
            timeout=timeout_seconds,
            transport=transport or httpx.HTTPTransport(verify=tls()),
            follow_redirects=False,
            trust_env=False,
        )

    def close(self) -> None:
        """Let go of the connections."""
        self._http.close()

    def public_url(self, sha256: Sha256) -> str:
        """Where the picture can be fetched from. Raises what the giver of its own addresses raises."""
        return f"{self._base}/{sha256}.jpg" if isinstance(self._base, str) else self._base(sha256)

    def check(self, sha256: Sha256) -> None:
        """Fetch the public address as Instagram would. Raises MediaFailure unless it gives exactly that JPEG."""
        address = self.public_url(sha256)
        url = address.partition("?")[0]
        try:
            digest = self._digest(address, url)
        except httpx.HTTPError as error:
            raise MediaFailure(MediaProblem.UNREACHABLE, f"{url} gives no answer: {type(error).__name__}.") from None
        if digest != sha256:
            raise MediaFailure(MediaProblem.CHANGED, f"{url} serves another file than the one approved.")

    def _digest(self, address: str, url: str) -> str:
        ends, received, digest = time.monotonic() + self._seconds, 0, hashlib.sha256()
        with self._http.stream("GET", address) as response:
            kind = response.headers.get("content-type", "").split(";")[0].strip()
            if response.status_code >= 500:
                raise MediaFailure(MediaProblem.UNREACHABLE, f"{url} answers with status {response.status_code}.")
            if response.status_code != 200:
                raise MediaFailure(MediaProblem.NOT_SERVED, f"{url} answers with status {response.status_code}.")
            if kind != "image/jpeg":
                raise MediaFailure(MediaProblem.NOT_SERVED, f"{url} is served as {kind or 'nothing'}, not image/jpeg.")
            for part in response.iter_bytes():
                received += len(part)
                digest.update(part)
                if received > MOST_BYTES:
                    raise MediaFailure(MediaProblem.CHANGED, f"{url} is larger than {MOST_BYTES:,} bytes.")
                # httpx bounds each read; a file that trickles is bounded here.
                if time.monotonic() > ends:
                    raise httpx.ReadTimeout("the picture trickles in too slowly")
        return digest.hexdigest()
