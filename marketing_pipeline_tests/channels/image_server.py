"""An image service on loopback whose every reply is chosen by the test, and small pictures for it."""

import base64
import io
import json
import threading
import time
from collections.abc import Generator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, cast

from PIL import Image


@dataclass(frozen=True)
class Reply:
    """One HTTP reply; `drop` closes the connection without any. `{base}` in a JSON body becomes the server's URL."""

    status: int = 200
    body: bytes = b""
    kind: str = "application/json"
    headers: dict[str, str] = field(default_factory=dict[str, str])
    delay: float = 0.0
    drop: bool = False


def picture(kind: str = "PNG", size: tuple[int, int] = (64, 96), mode: str = "RGB") -> bytes:
    """A small picture, in one colour; black in another mode."""
    out = io.BytesIO()
    Image.new(mode, size, (180, 90, 60) if mode == "RGB" else 0).save(out, kind)
    return out.getvalue()


def painted(**first: Any) -> Reply:
    """A reply with one picture, by default in base64."""
    content = first or {"b64_json": base64.b64encode(picture()).decode()}
    return Reply(body=json.dumps({"created": 1, "data": [content]}).encode(), headers={"x-request-id": "req_1"})


def error(status: int, code: str = "", text: str = "no", **headers: str) -> Reply:
    """An error as the service words it; header names with _ for -."""
    body = {"error": {"message": text, "type": "some_error", "code": code or None}}
    return Reply(status, json.dumps(body).encode(), headers={key.replace("_", "-"): headers[key] for key in headers})


class ImageServer(ThreadingHTTPServer):
    """Answers POSTs with `replies`, the last one again and again, and GETs with `files` by path."""

    daemon_threads = True

    def __init__(self, replies: Sequence[Reply], files: dict[str, Reply]) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.replies = list(replies)
        self.files = files
        self.posts: list[dict[str, Any]] = []
        self.gets: list[str] = []
        self.headers: list[dict[str, str]] = []
        self.lock = threading.Lock()
        self.in_flight = 0
        self.most_in_flight = 0

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_address[1]}"

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A client that hung up is part of the test."""


class _Handler(BaseHTTPRequestHandler):
    wbufsize = -1

    def do_POST(self) -> None:
        server = cast("ImageServer", self.server)
        body = json.loads(self.rfile.read(int(self.headers["content-length"])))
        with server.lock:
            server.posts.append({"path": self.path, **body})
            server.headers.append({name.lower(): value for name, value in self.headers.items()})
            reply = server.replies[min(len(server.posts), len(server.replies)) - 1]
            server.in_flight += 1
            server.most_in_flight = max(server.most_in_flight, server.in_flight)
        time.sleep(reply.delay)
        with server.lock:
            server.in_flight -= 1
        self._send(reply)

    def do_GET(self) -> None:
        server = cast("ImageServer", self.server)
        server.gets.append(self.path)
        server.headers.append({name.lower(): value for name, value in self.headers.items()})
        reply = server.files.get(self.path, Reply(404))
        time.sleep(reply.delay)
        self._send(reply)

    def _send(self, reply: Reply) -> None:
        if reply.drop:
            return
        server = cast("ImageServer", self.server)
        body = reply.body
        if reply.kind == "application/json":
            body = body.replace(b"{base}", server.url.encode())
        self.send_response(reply.status)
        self.send_header("content-type", reply.kind)
        self.send_header("content-length", str(len(body)))
        for name, value in reply.headers.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: Any) -> None:
        """Stay quiet."""


@contextmanager
def serving(*replies: Reply, files: dict[str, Reply] | None = None) -> Generator[ImageServer]:
    """The server on a free port, stopped at the end."""
    server = ImageServer(replies, files or {})
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    try:
        yield server
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
