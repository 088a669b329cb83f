"""The sandbox's model behind a real socket, and requests for it."""

import base64
import io
import socket
import threading
import time
from collections.abc import Mapping
from types import TracebackType
from typing import Any, Self, cast

import anthropic
import uvicorn
from anthropic.types import Message
from PIL import Image
from starlette.applications import Starlette
from starlette.routing import Mount

from marketing_pipeline.sandbox.messages import Latencies, routes

MODEL = "claude-sonnet-5-5"
OPEN_SCHEMA: dict[str, Any] = {"type": "object", "properties": {"verdicts": {"type": "string"}}}
HEADERS = {"authorization": "Bearer sandbox", "anthropic-version": "2026-10-21"}


class ModelService:
    """The routes served from a thread under /anthropic, as the sandbox mounts them."""

    def __init__(self, seed: int = 7, latency: Latencies | None = None) -> None:
        app = Starlette(routes=[Mount("/anthropic", routes=routes(seed, latency))])
        self._socket = socket.create_server(("127.0.0.1", 0))
        config = uvicorn.Config(app, log_level="warning", ws="none", lifespan="off", access_log=False)
        self._server = uvicorn.Server(config)
        self._thread = threading.Thread(target=self._server.run, kwargs={"sockets": [self._socket]}, daemon=True)

    @property
    def url(self) -> str:
        """Base address of the API."""
        return f"http://127.0.0.1:{self._socket.getsockname()[1]}/anthropic"

    def client(self, **options: Any) -> anthropic.Anthropic:
        """The genuine client."""
        given: dict[str, Any] = {"api_key": "sandbox", "max_retries": 0, **options}
        return anthropic.Anthropic(base_url=self.url, **given)

    def __enter__(self) -> Self:
        self._thread.start()
        while not self._server.started:
            time.sleep(0.005)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._server.should_exit = True
        self._thread.join(10)
        self._socket.close()


def ask(client: anthropic.Anthropic, request: dict[str, Any], **headers: str) -> Message:
    """One call for a whole message. `headers` are written with _ for -."""
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return cast(Message, client.messages.create(**request, extra_headers=named))


def picture(width: int = 320, height: int = 400, kind: str = "JPEG") -> str:
    """A plain picture, base64."""
    out = io.BytesIO()
    Image.new("RGB", (width, height), "#F5F0E6").save(out, kind)
    return base64.b64encode(out.getvalue()).decode()


def image_block(data: str, media_type: str = "image/jpeg") -> dict[str, Any]:
    """An image as it stands in a user turn."""
    return {"type": "image", "source": {"type": "base64", "media_type": media_type, "data": data}}


def body(**changes: Any) -> dict[str, Any]:
    """A request that is fine, with changes; a field changed to ... is left out."""
    fields: Mapping[str, Any] = {
        "model": MODEL, "max_tokens": 200, "messages": [{"role": "user", "content": "Hello"}], **changes,
    }  # fmt: skip
    return {name: value for name, value in fields.items() if value is not ...}
