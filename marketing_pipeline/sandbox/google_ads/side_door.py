"""Plain HTTP on loopback beside the API: access tokens for the client; journal, calls and faults for people."""

import json
import threading
from collections.abc import Callable, Mapping
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

from marketing_pipeline.sandbox.google_ads.certificates import write_private
from marketing_pipeline.sandbox.google_ads.faults import UnknownFault
from marketing_pipeline.sandbox.google_ads.gate import ACCESS_TOKEN

HOST = "127.0.0.1"
_TOKEN_LIFE_SECONDS = 3600
_LONGEST_BODY = 65_536
Answer = Callable[[Mapping[str, str], str], Any]
"""From query parameters and body to what is answered as JSON."""


class SideDoor:
    """Serves from a thread until it is closed."""

    def __init__(self, answers: Mapping[tuple[str, str], Answer], port: int = 0) -> None:
        routes: dict[tuple[str, str], Answer] = {("POST", "/token"): _token, **answers}

        class Handler(_Handler):
            """Knows the routes of this door."""

            answers = routes

        self._server = ThreadingHTTPServer((HOST, port), Handler)
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.02,), daemon=True)
        self._thread.start()

    @property
    def url(self) -> str:
        """Such as http://127.0.0.1:8124."""
        return f"http://{HOST}:{self._server.server_address[1]}"

    def close(self) -> None:
        """Stop serving and let go of the port."""
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()


def write_service_account(path: Path, private_key: str, token_uri: str) -> None:
    """A service account file with which a genuine client gets its access tokens."""
    document = {
        "type": "service_account",
        "project_id": "sandbox",
        "private_key_id": "1",
        "private_key": private_key,
        "client_email": "sandbox@sandbox.invalid",
        "client_id": "1",
        "token_uri": token_uri,
    }
    write_private(path, json.dumps(document).encode())


def _token(parameters: Mapping[str, str], body: str) -> dict[str, Any]:
    return {"access_token": ACCESS_TOKEN, "expires_in": _TOKEN_LIFE_SECONDS, "token_type": "Bearer"}


class _Handler(BaseHTTPRequestHandler):
    answers: Mapping[tuple[str, str], Answer] = {}

    def do_GET(self) -> None:
        """Answer a question."""
        self._reply("GET")

    def do_POST(self) -> None:
        """Take an order."""
        self._reply("POST")

    def do_DELETE(self) -> None:
        """Forget something."""
        self._reply("DELETE")

    def log_message(self, format: str, *args: Any) -> None:
        """Keep quiet."""

    def _reply(self, method: str) -> None:
        parts = urlsplit(self.path)
        answer = self.answers.get((method, parts.path))
        length = int(self.headers.get("content-length") or 0)
        if answer is None or length > _LONGEST_BODY:
            self._send(404, {"error": f"There is no {method} {parts.path}."})
            return
        parameters = {name: values[-1] for name, values in parse_qs(parts.query).items()}
        try:
            self._send(200, answer(parameters, self.rfile.read(length).decode()))
        except (UnknownFault, ValueError) as refused:
            self._send(400, {"error": str(refused)})

    def _send(self, status: int, content: Any) -> None:
        body = json.dumps(content).encode()
        self.send_response(status)
        self.send_header("content-type", "application/json")
        self.send_header("content-length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)
