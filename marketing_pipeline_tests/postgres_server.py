"""A real PostgreSQL of the tests' own: made in a folder, on loopback, ended with whoever started it."""

import os
import shutil
import socket
import subprocess
import tempfile
from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path

import psycopg
import pytest

from marketing_pipeline.domain.clock import SystemClock

PATIENCE_S = 30
_REQUIRED = "MARKETING_TESTS_REQUIRE_POSTGRES"
# No test cuts the power, so nothing waits for the disk.
_OPTIONS = ("fsync=off", "synchronous_commit=off", "full_page_writes=off", "max_connections=200", "timezone=UTC")
_USER = "postgres"


@dataclass(frozen=True)
class PostgresServer:
    """A running server that trusts whoever comes over loopback."""

    port: int
    process: "subprocess.Popen[bytes]"
    _numbers: "count[int]" = field(default_factory=count)

    def url(self, database: str) -> str:
        """The address of a database, as PostgreSQL itself writes it."""
        return f"postgresql://{_USER}@127.0.0.1:{self.port}/{database}"

    def sqlalchemy_url(self, database: str) -> str:
        """The same as MARKETING_DATABASE_URL wants it."""
        return self.url(database).replace("postgresql://", "postgresql+psycopg://")

    def new_database(self, template: str = "template0") -> str:
        """A database of its own, a copy of `template`, to which nobody may be connected; its name."""
        name = f"test_{next(self._numbers)}"
        self._run(f'CREATE DATABASE "{name}" TEMPLATE "{template}" STRATEGY FILE_COPY')
        return name

    def drop(self, database: str) -> None:
        """Take a database away, with whoever is connected to it."""
        self._run(f'DROP DATABASE IF EXISTS "{database}" WITH (FORCE)')

    def _run(self, statement: str) -> None:
        with psycopg.connect(self.url("postgres"), autocommit=True) as connection:
            connection.execute(statement.encode())


@contextmanager
def postgres_server() -> Generator[PostgresServer]:
    """A server with a folder of its own in memory; it ends, and the folder goes, when the block is left."""
    programs = _programs()
    parent = "/dev/shm" if os.access("/dev/shm", os.W_OK) else None
    folder = Path(tempfile.mkdtemp(prefix="postgres-", dir=parent))
    # The server refuses to be run by root.
    user = _USER if os.geteuid() == 0 else None
    try:
        if user:
            shutil.chown(folder, user)
        data = folder / "data"
        cluster = ["--auth=trust", f"--username={_USER}", "--encoding=UTF8", "--locale=C", "--no-sync", data]
        subprocess.run([programs / "initdb", *cluster], check=True, stdout=subprocess.DEVNULL, user=user, cwd=folder)
        port = _free_port()
        settings = [word for option in _OPTIONS for word in ("-c", option)]
        command = [programs / "postgres", "-D", data, "-h", "127.0.0.1", "-p", str(port), "-k", folder, *settings]
        with (
            (folder / "log").open("wb") as log,
            subprocess.Popen(command, stdout=log, stderr=log, user=user, cwd=folder) as process,
        ):
            try:
                yield _ready(PostgresServer(port, process), folder / "log")
            finally:
                # SIGINT: it ends its connections and stops at once.
                process.send_signal(2)
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _programs() -> Path:
    """The folder of the server's programs: Debian keeps them off the path, a folder for each version."""
    found = shutil.which("postgres")
    places = [Path(found).resolve().parent] if found else []
    places += sorted(Path("/usr/lib/postgresql").glob("*/bin"), key=lambda place: float(place.parent.name))[::-1]
    for place in places:
        if (place / "initdb").exists():
            return place
    words = "POSTGRESQL IS MISSING: nothing was tried on it. Install Debian's package `postgresql`."
    if os.environ.get(_REQUIRED):
        pytest.fail(words)
    pytest.skip(words)


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def _ready(server: PostgresServer, log: Path) -> PostgresServer:
    for _ in range(20 * PATIENCE_S):
        if server.process.poll() is not None:
            break
        try:
            psycopg.connect(server.url("postgres")).close()
        except psycopg.OperationalError:
            SystemClock().sleep(0.05)
        else:
            return server
    raise RuntimeError(f"PostgreSQL did not start:\n{log.read_text(errors='replace')[-2000:]}")
