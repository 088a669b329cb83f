"""Object storage of the tests' own, on loopback: moto's server, once a session, and one that fails as it is told."""

import itertools
import logging
from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread

from moto.server import ThreadedMotoServer
from pydantic import SecretStr

from marketing_pipeline.settings.object_storage import ObjectStorage
from marketing_pipeline.store.media_bucket import client_of

KEY_ID, SECRET = "AKIATESTSONLY0000000", "tests-only-secret-tests-only-secret"


def storage_at(endpoint: str) -> ObjectStorage:
    """How the server at that address is reached."""
    return ObjectStorage(key_id=SecretStr(KEY_ID), secret=SecretStr(SECRET), endpoint=endpoint)


@dataclass(frozen=True)
class ObjectStorageServer:
    """A running server."""

    storage: ObjectStorage
    _numbers: "itertools.count[int]" = field(default_factory=itertools.count)

    def new_bucket(self) -> str:
        """A bucket of its own, empty; its name."""
        name = f"pictures-{next(self._numbers)}"
        client_of(self.storage).create_bucket(Bucket=name)
        return name


@contextmanager
def object_storage_server() -> Generator[ObjectStorageServer]:
    """S3 on a free port of this machine."""
    logging.getLogger("werkzeug").setLevel(logging.ERROR)
    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    try:
        host, port = server.get_host_and_port()
        yield ObjectStorageServer(storage_at(f"http://{host}:{port}"))
    finally:
        server.stop()


@dataclass
class Answers:
    """What the failing server says: `status` and `code` while `times` lasts, then `content` with 200."""

    status: int = 200
    code: str = ""
    times: int = 1_000
    content: bytes = b""
    asked: list[str] = field(default_factory=list[str])


@contextmanager
def failing_storage(answers: Answers) -> Generator[ObjectStorage]:
    """Object storage that answers as it is told, whatever it is asked."""

    class Handler(BaseHTTPRequestHandler):
        def _answer(self) -> None:
            self.rfile.read(int(self.headers.get("content-length", 0)))
            answers.asked.append(f"{self.command} {self.path}")
            answers.times -= 1
            failing = answers.status != 200 and answers.times >= 0
            words = f"<Error><Code>{answers.code}</Code><Message>{KEY_ID} {SECRET}</Message></Error>".encode()
            body = words if failing else answers.content
            self.send_response(answers.status if failing else 200)
            self.send_header("content-length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def do_GET(self) -> None:
            self._answer()

        def do_PUT(self) -> None:
            self._answer()

        def log_message(self, format: str, *args: object) -> None:
            del format, args

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True).start()
        try:
            yield storage_at(f"http://127.0.0.1:{server.server_address[1]}")
        finally:
            server.shutdown()
