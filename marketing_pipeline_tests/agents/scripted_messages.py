"""A Messages server on loopback whose every reply is chosen by the test, and a recorder that keeps calls in a list."""

import json
import threading
import time
from collections.abc import Generator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, cast

from marketing_pipeline.domain.identifiers import ModelCallId
from marketing_pipeline.domain.model_call import CallOutcome, ModelCall
from marketing_pipeline.domain.ports import SpendCapReached

Json = dict[str, Any]


@dataclass(frozen=True)
class Reply:
    """One HTTP reply; `drop` closes the connection without any, `trickle` is the pause after each byte.

    The first `at_once` bytes are sent without pauses.
    """

    status: int = 200
    body: bytes = b""
    kind: str = "application/json"
    headers: dict[str, str] = field(default_factory=dict[str, str])
    delay: float = 0.0
    drop: bool = False
    trickle: float = 0.0
    at_once: int = 0


def message(text: str = "", **changes: Any) -> Reply:
    """A complete Message with one text block, with top-level changes; a change to None leaves the field out."""
    body: Json = {
        "id": "msg_1",
        "type": "message",
        "role": "assistant",
        "model": "claude-sonnet-5-5",
        "content": [{"type": "text", "text": text}],
        "stop_reason": "end_turn",
        "stop_sequence": None,
        "usage": {"input_tokens": 1000, "output_tokens": 200, "cache_read_input_tokens": 3000},
        **changes,
    }
    return Reply(body=json.dumps({key: value for key, value in body.items() if value is not None}).encode())


def error(status: int, kind: str = "api_error", text: str = "no", **headers: str) -> Reply:
    """An error as the API words it; header names with _ for -."""
    body = {"type": "error", "error": {"type": kind, "message": text}, "request_id": "req_e"}
    return Reply(
        status, json.dumps(body).encode(), headers={name.replace("_", "-"): value for name, value in headers.items()}
    )


class ScriptedServer(ThreadingHTTPServer):
    """Answers requests with `replies`, the last one again and again."""

    daemon_threads = True

    def __init__(self, replies: Sequence[Reply]) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.replies = list(replies)
        self.requests: list[Json] = []
        self.headers: list[dict[str, str]] = []
        self.arrived = threading.Event()
        self.in_flight = 0
        self.most_in_flight = 0
        self.lock = threading.Lock()

    @property
    def base_url(self) -> str:
        return f"http://127.0.0.1:{self.server_address[1]}"

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A client that hung up is part of the test."""


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    wbufsize = -1  # headers and body in one packet: two would wait for each other

    def do_POST(self) -> None:
        server = cast("ScriptedServer", self.server)
        body = json.loads(self.rfile.read(int(self.headers["content-length"])))
        with server.lock:
            server.requests.append(body)
            server.headers.append({name.lower(): value for name, value in self.headers.items()})
            reply = server.replies[min(len(server.requests), len(server.replies)) - 1]
            server.in_flight += 1
            server.arrived.set()
            server.most_in_flight = max(server.most_in_flight, server.in_flight)
        time.sleep(reply.delay)
        with server.lock:
            server.in_flight -= 1
        if reply.drop:
            self.close_connection = True
            return
        self.send_response(reply.status)
        self.send_header("content-type", reply.kind)
        self.send_header("content-length", str(len(reply.body)))
        self.send_header("request-id", f"req_{len(server.requests)}")
        for name, value in reply.headers.items():
            self.send_header(name, value)
        self.end_headers()
        at_once = reply.at_once if reply.trickle else len(reply.body)
        self.wfile.write(reply.body[:at_once])
        self.wfile.flush()
        for byte in reply.body[at_once:]:
            self.wfile.write(bytes([byte]))
            self.wfile.flush()
            time.sleep(reply.trickle)

    def log_message(self, format: str, *args: Any) -> None:
        """Stay quiet."""


@contextmanager
def serving(*replies: Reply) -> Generator[ScriptedServer]:
    """The server on a free port, stopped at the end."""
    server = ScriptedServer(replies)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    try:
        yield server
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


class CallList:
    """A recorder that keeps what it is told, and holds the cap as the store does."""

    def __init__(self) -> None:
        self.calls: dict[ModelCallId, ModelCall] = {}
        self.opened: list[ModelCall] = []
        self.windows: list[tuple[datetime, datetime]] = []

    def open_call(self, call: ModelCall, cap_micros: int, week_start: datetime, week_end: datetime) -> ModelCallId:
        spent = sum(
            row.reserved_micros if row.cost_micros is None else row.cost_micros
            for row in self.calls.values()
            if week_start <= row.started_at < week_end
        )
        if spent + call.reserved_micros > cap_micros:
            raise SpendCapReached("The cap is reached.", "Raise it in brand.yaml.")
        self.calls[call.id] = call
        self.opened.append(call)
        self.windows.append((week_start, week_end))
        return call.id

    def close_call(self, call: ModelCall) -> None:
        assert self.calls[call.id].outcome is CallOutcome.IN_FLIGHT
        self.calls[call.id] = call

    @property
    def rows(self) -> list[ModelCall]:
        """All calls, as they were closed."""
        return list(self.calls.values())

    @property
    def outcomes(self) -> list[str]:
        """Their outcomes in order."""
        return [row.outcome.value for row in self.rows]
