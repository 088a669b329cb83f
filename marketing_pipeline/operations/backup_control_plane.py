"""The copy of a control plane in a backup: SQLite's online backup of a file, or `pg_dump` of a database on a server."""

import os
import shutil
import sqlite3
import subprocess
from collections.abc import Sequence
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote

from sqlalchemy import URL, Connection, create_engine, make_url, select, text

from marketing_pipeline.domain.effect_kind import EffectKind
from marketing_pipeline.domain.errors import MarketingError
from marketing_pipeline.domain.identifiers import Sha256
from marketing_pipeline.store.home import Home
from marketing_pipeline.store.media_references import referenced_media
from marketing_pipeline.store.tables import audit_log, creatives, effects

CONTROL_PLANE = "control_plane.sqlite"
DUMP = "control_plane.dump"
_WAIT_S = 60.0


class ServerToolFailed(MarketingError):
    """PostgreSQL's own program is missing or has failed."""


@dataclass(frozen=True)
class CopiedControlPlane:
    """What the copy says of itself. `named` are pictures that posts name for certain, `referenced` all that might."""

    schema_version: str
    audit_rows: int
    audit_head: str
    named: frozenset[str]
    referenced: frozenset[Sha256]


def is_on_a_server(home: Home) -> bool:
    """Whether the control plane is on PostgreSQL."""
    return make_url(home.control_plane_url).get_backend_name() == "postgresql"


def copy_control_plane(home: Home, part: Path) -> CopiedControlPlane:
    """Copy it at one consistent moment into the folder `part`, while others write.

    Raises OSError, sqlite3.Error, ServerToolFailed, and what opening the database raises.
    """
    if is_on_a_server(home):
        return _dump(home, part / DUMP)
    file = make_url(home.control_plane_url).database or ""
    copy_database(Path(file), part / CONTROL_PLANE)
    engine = create_engine(f"sqlite:///{part / CONTROL_PLANE}")
    try:
        with engine.connect() as connection:
            return _described(connection)
    finally:
        engine.dispose()


def copy_database(source: Path, target: Path) -> None:
    """One consistent moment of a SQLite file that others write, as a single file."""
    target.parent.mkdir(parents=True, exist_ok=True)
    address = f"file:{quote(str(source.absolute()))}?mode=ro"
    with (
        closing(sqlite3.connect(address, uri=True, timeout=_WAIT_S)) as live,
        closing(sqlite3.connect(target)) as copy,
    ):
        live.backup(copy)
        copy.execute("PRAGMA journal_mode = DELETE").close()


def run_server_tool(program: str, url: URL, arguments: Sequence[str]) -> None:
    """Run pg_dump or pg_restore on a database. The password goes by the environment: arguments can be seen by all.

    Raises ServerToolFailed.
    """
    found = shutil.which(program)
    if found is None:
        raise ServerToolFailed(
            f"{program} is not on this machine: the control plane is on a PostgreSQL server, and is copied by it.",
            "Install PostgreSQL's client programs (Debian: postgresql-client), not older than the server.",
        )
    password = {"PGPASSWORD": url.password} if url.password else {}
    place = url.set(drivername="postgresql", password=None).render_as_string()
    ended = subprocess.run(
        [found, "--no-password", *arguments, f"--dbname={place}"],
        env={**os.environ, **password},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        check=False,
    )
    if ended.returncode:
        words = " ".join(ended.stderr.decode(errors="replace").split())[:500]
        raise ServerToolFailed(
            f"{program} failed: {words}.", "The user of MARKETING_DATABASE_URL must own the database."
        )


def _dump(home: Home, target: Path) -> CopiedControlPlane:
    database = home.open_database()
    try:
        # The program sees the very moment that this transaction sees: what is said of the copy is true of it.
        with database.read() as connection:
            connection.execute(text("SET LOCAL idle_in_transaction_session_timeout = 0"))
            moment = connection.scalar(text("SELECT pg_export_snapshot()"))
            url = make_url(home.control_plane_url)
            own = ("--format=custom", "--no-owner", "--no-privileges", f"--snapshot={moment}", f"--file={target}")
            run_server_tool("pg_dump", url, own)
            return _described(connection)
    finally:
        database.close()


def _described(connection: Connection) -> CopiedControlPlane:
    head = connection.execute(
        select(audit_log.c.sequence, audit_log.c.mac).order_by(audit_log.c.sequence.desc()).limit(1)
    ).first()
    return CopiedControlPlane(
        schema_version=connection.execute(text("SELECT version_num FROM alembic_version")).scalar_one(),
        audit_rows=head.sequence if head else 0,
        audit_head=head.mac if head else "",
        named=_named_pictures(connection),
        referenced=referenced_media(connection),
    )


def _named_pictures(connection: Connection) -> frozenset[str]:
    """Pictures that the copy's posts and creatives name for certain."""
    drawn = select(creatives.c.media).execution_options(yield_per=1_000)
    sent = select(effects.c.payload).where(effects.c.kind == EffectKind.PUBLISH_POST)
    names = {each.get("sha256") for media in connection.scalars(drawn) for each in media}
    for payload in connection.scalars(sent.execution_options(yield_per=1_000)):
        names.update(payload["media"])
    return frozenset(name for name in names if name)
