"""One HTTP call to the Graph API: bounded in time and size, never repeated, its answer parsed or classified."""

import json
import time
from collections.abc import Mapping
from datetime import datetime
from email.utils import parsedate_to_datetime
from typing import Any, TypeVar

import httpx
from pydantic import BaseModel, SecretStr, ValidationError

from marketing_pipeline.channels.instagram_errors import (
    InstagramFailure,
    Phase,
    is_known,
    meaning_of,
    rate_limited,
    transient,
)
from marketing_pipeline.channels.instagram_limits import told_wait
from marketing_pipeline.settings.tls import tls

VERSION = "v26.0"
_MOST_BYTES = 2_000_000
Answer = TypeVar("Answer", bound=BaseModel)


class GraphWire:
    """Sends calls with the token in the Authorization header: a URL ends up in logs, a header does not."""

    def __init__(
        self,
        base_url: str,
        token: SecretStr,
        timeout_seconds: float,
        transport: httpx.BaseTransport | None,
    ) -> None:
        self._token = token
        self._seconds = timeout_seconds
        self.told_time: datetime | None = None
        """The channel's own time, to the second, at its last answer; None where that told none."""
        self._http = httpx.Client(
            base_url=base_url.rstrip("/"),
            timeout=timeout_seconds,
            transport=transport or httpx.HTTPTransport(verify=tls(), retries=0),
            follow_redirects=False,
            trust_env=False,
        )

    def close(self) -> None:
        """Let go of the connections."""
        self._http.close()

    def call(self, phase: Phase, method: str, path: str, parameters: Mapping[str, str], answer: type[Answer]) -> Answer:
        """Make the call once and return its answer as a model. Raises InstagramFailure for everything else.

        `path` starts with the version, save for the calls that have none. Parameters travel in the body of a POST and
        in the query of a GET.
        """
        try:
            status, headers, body = self._exchange(method, path, parameters)
        except httpx.HTTPError as error:
            raise transient(phase, type(error).__name__) from None
        content = _json_object(body)
        if status >= 400 or (content is not None and "error" in content):
            failure = _failure(phase, status, content)
            failure.regain = told_wait(headers, self.told_time)
            raise failure
        if content is None or not 200 <= status < 300:
            raise transient(phase, f"status {status} with a body that is no JSON object")
        try:
            return answer.model_validate(content)
        except ValidationError:
            raise transient(phase, "JSON of another shape than documented") from None

    def _exchange(self, method: str, path: str, parameters: Mapping[str, str]) -> tuple[int, httpx.Headers, bytes]:
        ends = time.monotonic() + self._seconds
        query, form = (parameters, None) if method == "GET" else (None, parameters)
        bearer = {"Authorization": f"Bearer {self._token.get_secret_value()}"}
        received = bytearray()
        with self._http.stream(method, path, params=query, data=form, headers=bearer) as response:
            self.told_time = _time_of(response.headers)
            for part in response.iter_bytes():
                received += part
                if len(received) > _MOST_BYTES:
                    raise httpx.ReadError("the answer is too large")
                # httpx bounds each read; a reply that trickles is bounded here.
                if time.monotonic() > ends:
                    raise httpx.ReadTimeout("the answer trickles in too slowly")
            return response.status_code, response.headers, bytes(received)


def graph_time(value: object) -> object:
    """Meta writes +0000 where ISO 8601 has +00:00."""
    return value[:-2] + ":" + value[-2:] if isinstance(value, str) and value[-5:-4] in ("+", "-") else value


def _time_of(headers: Mapping[str, str]) -> datetime | None:
    try:
        told = parsedate_to_datetime(headers["date"])
    except (KeyError, ValueError):
        return None
    return told if told.tzinfo is not None else None


def _json_object(body: bytes) -> dict[str, Any] | None:
    try:
        content: Any = json.loads(body)
    except ValueError:
        return None
    return content if isinstance(content, dict) else None  # pyright: ignore[reportUnknownVariableType]


class _Error(BaseModel):
    code: int
    error_subcode: int | None = None


def _failure(phase: Phase, status: int, content: dict[str, Any] | None) -> InstagramFailure:
    try:
        error = _Error.model_validate((content or {}).get("error"))
    except ValidationError:
        if status == 401:
            return meaning_of(190, None, phase)
        if status == 429:
            return rate_limited(phase, "HTTP status 429")
        if 400 <= status < 500 and status != 408 and content is not None:
            return meaning_of(0, None, phase)
        return transient(phase, f"HTTP status {status}")
    if status >= 500 and (phase is Phase.PUBLISH or not is_known(error.code, error.error_subcode)):
        return transient(phase, f"HTTP status {status}, error {error.code}")
    return meaning_of(error.code, error.error_subcode, phase)
