"""Where the fault rows keep their control planes: files in their homes, or databases of a PostgreSQL server."""

from collections.abc import Generator
from contextlib import contextmanager
from contextvars import ContextVar
from pathlib import Path
from uuid import uuid4

from marketing_pipeline.store.home import Home

_SERVER: ContextVar[str] = ContextVar("server", default="")
_NOTE = "control_plane.url"


def use_server(url: str) -> None:
    """From now on every control plane of this process is a database of its own on the server at that address."""
    _SERVER.set(url)


@contextmanager
def on_server(url: str) -> Generator[None]:
    """The same inside the block."""
    token = _SERVER.set(url)
    try:
        yield
    finally:
        _SERVER.reset(token)


def home_at(root: Path) -> Home:
    """The home in a folder, as any process finds it."""
    note = root / _NOTE
    return Home(root, note.read_text(encoding="utf-8") if note.exists() else "")


def new_home(root: Path) -> Home:
    """A home in a folder that is there; where its control plane is on a server, a note in the folder says so."""
    server = _SERVER.get()
    if server:
        import psycopg

        name = f"faults_{uuid4().hex}"
        with psycopg.connect(server, autocommit=True) as connection:
            connection.execute(f"CREATE DATABASE {name}".encode())
        url = f"{server.rpartition('/')[0]}/{name}".replace("postgresql://", "postgresql+psycopg://")
        (root / _NOTE).write_text(url, encoding="utf-8")
    return home_at(root)
