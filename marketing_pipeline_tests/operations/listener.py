"""A service that people are told through, for real over HTTP: it keeps what it is sent, and can refuse or hang."""

import json
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Self

from pydantic import SecretStr

CANARY = "canary-8f2e1c"


class Listener:
    """Serves Apprise's json:// on loopback. `status` is what it answers; None lets the caller wait."""

    def __init__(self) -> None:
        self.heard: list[dict[str, Any]] = []
        self.status: int | None = 200
        self._release = threading.Event()
        listener = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                content = json.loads(self.rfile.read(int(self.headers["content-length"])))
                if listener.status is None:
                    listener._release.wait(30)
                    return
                if listener.status == 200:
                    listener.heard.append(content)
                self.send_response(listener.status)
                self.end_headers()

            def log_message(self, format: str, *args: object) -> None:
                pass

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._server.daemon_threads = True
        self._thread = threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)

    @property
    def url(self) -> SecretStr:
        """Its Apprise URL, with a secret in it."""
        return SecretStr(f"json://user:{CANARY}@127.0.0.1:{self._server.server_port}/{CANARY}")

    @property
    def titles(self) -> list[str]:
        """What was heard, by its titles."""
        return [message["title"] for message in self.heard]

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._release.set()
        self._server.shutdown()
        self._server.server_close()
        self._thread.join(5)
