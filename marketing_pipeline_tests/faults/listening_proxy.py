"""Stands between the product and the sandbox, passes every call on, and keeps what was said, save the credentials' own
header."""

from collections.abc import Generator
from contextlib import closing, contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import httpx

from marketing_pipeline_tests.faults.serving import serving

_OF_THE_WIRE = {"connection", "content-length", "transfer-encoding", "host", "content-encoding"}
_FOR_CREDENTIALS = {"authorization", "x-api-key"}


class ListeningProxy(ThreadingHTTPServer):
    """Forwards to `target`; `said` is every request: method, address, headers and body."""

    daemon_threads = True

    def __init__(self, target: str) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.said: list[str] = []
        self.onward = httpx.Client(base_url=target, timeout=60, trust_env=False)

    @property
    def url(self) -> str:
        """Its address."""
        return f"http://127.0.0.1:{self.server_address[1]}"

    def handle_error(self, request: object, client_address: object) -> None:
        """A sandbox that hangs up on purpose hangs up here, too."""


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    wbufsize = -1

    def do_POST(self) -> None:
        proxy = self.server
        assert isinstance(proxy, ListeningProxy)
        body = self.rfile.read(int(self.headers.get("content-length") or 0))
        told = "\n".join(
            f"{name}: {text}" for name, text in self.headers.items() if name.lower() not in _FOR_CREDENTIALS
        )
        proxy.said.append(f"{self.command} {self.path}\n{told}\n{body.decode(errors='replace')}")
        headers = {name: text for name, text in self.headers.items() if name.lower() not in _OF_THE_WIRE}
        answer = proxy.onward.request(self.command, self.path, content=body, headers=headers)
        self.send_response(answer.status_code)
        for name, text in answer.headers.items():
            if name.lower() not in _OF_THE_WIRE:
                self.send_header(name, text)
        self.send_header("content-length", str(len(answer.content)))
        self.end_headers()
        self.wfile.write(answer.content)

    def do_GET(self) -> None:
        self.do_POST()

    def do_DELETE(self) -> None:
        self.do_POST()

    def log_message(self, format: str, *args: object) -> None:
        pass


@contextmanager
def listening_proxy(target: str) -> Generator[ListeningProxy]:
    """One in front of `target`."""
    with serving(ListeningProxy(target)) as proxy, closing(proxy.onward):
        yield proxy
