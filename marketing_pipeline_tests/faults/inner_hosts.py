"""Addresses that lead inside, however they are written, and servers on loopback that note who comes."""

from collections.abc import Generator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from marketing_pipeline_tests.faults.serving import serving

LITERALS = (
    "127.0.0.1", "127.1", "127.0.1", "0.0.0.0", "0", "2130706433", "0x7f000001", "0x7f.1", "0177.0.0.1", "017700000001",
    "10.0.0.1", "172.16.0.1", "192.168.1.1", "100.64.0.1", "169.254.169.254", "2852039166", "0xa9fea9fe", "192.0.0.192",
    "198.18.0.1", "224.0.0.1", "255.255.255.255", "[::1]", "[::]", "[::ffff:127.0.0.1]", "[::ffff:a9fe:a9fe]",
    "[::127.0.0.1]", "[64:ff9b::7f00:1]", "[64:ff9b::a9fe:a9fe]", "[2002:7f00:1::]", "[2001:0:7f00:1::]", "[fe80::1]",
    "[fc00::1]", "[fd00:ec2::254]", "[ff02::1]",
)  # fmt: skip
NAMES = (
    "localhost", "localhost.", "LOCALHOST", "a.localhost", "metadata.google.internal", "printer.local", "router.lan",
    "intranet", "wiki.corp", "ip6-localhost", "user@api.example", "api.example@127.0.0.1", "\uff11\uff12\uff17.1",
    "127\u30020\u30020\u30021", "\u2460\u2461\u2466.0.0.1", "t\u0435a.example",
)  # fmt: skip
"""Names that are refused where they are configured, before anything is looked up."""
RESOLVED = (
    ("127.0.0.1",), ("10.1.2.3",), ("169.254.169.254",), ("::1",), ("::ffff:127.0.0.1",), ("64:ff9b::7f00:1",),
    ("fe80::1%eth0",), ("2002:7f00:1::",), ("100.100.100.200",), ("93.184.215.14", "127.0.0.1"), ("0.0.0.0",), (),
    ("::127.0.0.1",), ("not an address",), ("192.0.2.1",), ("fd00::1",),
)  # fmt: skip
"""What a name of the public network may be answered with by a hostile resolver."""
REDIRECTS = (301, 302, 303, 307, 308)
_PIECE = b"\0" * 262_144


class Inside(ThreadingHTTPServer):
    """Notes every request. `status`, `location` and `kind` are what it answers; `endless` never stops sending."""

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.asked: list[str] = []
        self.status, self.location = 200, ""
        self.endless, self.kind = False, "image/jpeg"
        self.sent = 0

    @property
    def url(self) -> str:
        """Its address."""
        return f"http://127.0.0.1:{self.server_address[1]}"

    def handle_error(self, request: object, client_address: object) -> None:
        """A client that hangs up is what is asked for."""


class _Handler(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        server = self.server
        assert isinstance(server, Inside)
        server.asked.append(self.path)
        self.rfile.read(int(self.headers.get("content-length") or 0))
        self.send_response(server.status)
        self.send_header("content-type", server.kind)
        if server.location:
            self.send_header("location", server.location)
        if not server.endless:
            self.send_header("content-length", "2")
        self.end_headers()
        if not server.endless:
            self.wfile.write(b"{}")
        while server.endless:
            self.wfile.write(_PIECE)
            server.sent += len(_PIECE)

    def do_POST(self) -> None:
        self.do_GET()

    def log_message(self, format: str, *args: object) -> None:
        pass


@contextmanager
def inside() -> Generator[Inside]:
    """Such a server."""
    with serving(Inside()) as server:
        yield server
