"""What the doctor looks at inside the home: time, room, databases, media, the audit log, the daemon."""

import shutil
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

from sqlalchemy import func, select, text

from marketing_pipeline.cli.checks_of_media import pictures
from marketing_pipeline.cli.finding import Finding, ill, looked_at, well
from marketing_pipeline.cli.opened_home import has_home, require_unused
from marketing_pipeline.cli.snapshot import newest_published
from marketing_pipeline.cli.stuck import stuck_effects
from marketing_pipeline.domain.clock import SystemClock
from marketing_pipeline.domain.errors import MarketingError
from marketing_pipeline.domain.health import counted
from marketing_pipeline.settings import Settings
from marketing_pipeline.store.audit import AuditLog
from marketing_pipeline.store.database import Database
from marketing_pipeline.store.database_size import database_bytes
from marketing_pipeline.store.home import Home
from marketing_pipeline.store.schema_parts import missing_parts
from marketing_pipeline.store.tables import audit_log, posts

LEAST_FREE_BYTES = 500_000_000
"""A week of one brand takes about 20 MB of pictures and history; a database that cannot write stops everything."""
OLDEST_SNAPSHOT = timedelta(days=7)
SHOWN = 5
_ALLOWED_BACKWARDS = timedelta(minutes=5)


class Unwell(MarketingError):
    """Something in the home is not as it should be."""


def whole_home(settings: Settings) -> Iterator[Finding]:
    """Everything in the home. Where there is none yet, only what the first command will need."""
    home = Home(settings.home, settings.database_url.get_secret_value())
    yield looked_at("disk", lambda: _room(home))
    yield looked_at("clock", lambda: _clock(settings, home))
    yield from pictures(settings)
    if not has_home(settings):
        yield looked_at("home", lambda: _no_home(home))
        if settings.acts_live:
            yield looked_at("audit key", lambda: _key(settings))
        return
    key = looked_at("audit key", lambda: _key(settings))
    yield key
    try:
        database = home.open_database()
    except MarketingError as error:
        yield ill("control plane", error.message, error.mend)
        return
    try:
        with database.read() as connection:
            missing = missing_parts(connection)
        if missing:
            lacks = f"The database {database.place} is older than its migration number, or cut: it lacks"
            mend = "Put it aside and restore the last backup."
            yield ill("control plane", f"{lacks} {', '.join(missing[:SHOWN])}.", mend)
            return
        yield looked_at("control plane", lambda: _control_plane(settings, home, database))
        yield looked_at("time goes forward", lambda: _forward(database))
        if key.ok:
            yield looked_at("audit log", lambda: _audit(settings, home, database))
        yield looked_at("warehouse snapshot", lambda: _snapshot(home, database))
        yield from _stuck(database)
    finally:
        database.close()


def _room(home: Home) -> str:
    place = next(folder for folder in (home.root, *home.root.parents) if folder.exists())
    free = shutil.disk_usage(place).free
    if free < LEAST_FREE_BYTES:
        raise Unwell(f"{free / 1e6:,.0f} MB are free in {place}.", "Make room, or move MARKETING_HOME to another disk.")
    return f"{free / 1e9:,.1f} GB free"


def _clock(settings: Settings, home: Home) -> str:
    clock = home.clock()
    now = f"{clock.now():%Y-%m-%d %H:%M} UTC"
    if settings.acts_live:
        clock.require_real()
    if clock.is_stepped:
        return f"simulated: stands at {now}"
    ahead = clock.now() - SystemClock().now()
    return f"real: {now}" if ahead < timedelta(seconds=2) else f"runs {ahead} ahead of real time: {now}"


def _key(settings: Settings) -> str:
    settings.audit_key()
    return "from MARKETING_AUDIT_KEY" if settings.given_audit_key.get_secret_value() else "kept in the home"


def _no_home(home: Home) -> str:
    require_unused(home)
    return f"there is none at {home.root} yet: `make demo` makes one in the sandbox, `marketing up` an empty one"


def _control_plane(settings: Settings, home: Home, database: Database) -> str:
    home.bind(database, settings.world)
    with database.read() as connection:
        version = connection.scalar(text("SELECT version_num FROM alembic_version"))
        if connection.dialect.name == "sqlite":
            found = connection.scalar(text("PRAGMA quick_check(1)"))
            if found != "ok":
                raise Unwell(
                    f"The database {database.place} is damaged: {found}.", "Put it aside and restore the last backup."
                )
        size = database_bytes(connection)
    return f"whole, migration {version}, world {settings.world}, {size / 1e6:,.1f} MB"


def _forward(database: Database) -> str:
    with database.read() as connection:
        newest = connection.scalar(select(func.max(audit_log.c.at)))
    now = database.clock.now()
    if newest is not None and newest > now + _ALLOWED_BACKWARDS:
        raise Unwell(
            f"It is {now:%Y-%m-%d %H:%M} UTC here, but the newest row is of {newest:%Y-%m-%d %H:%M} UTC.",
            "Set this machine's clock, or restore clock.json of the home from a backup.",
        )
    return "nothing is dated after now"


def _audit(settings: Settings, home: Home, database: Database) -> str:
    with database.read() as connection:
        verdict = AuditLog(settings.audit_key(), database.clock).verify(connection, home.audit_anchor)
    if not verdict.intact:
        raise Unwell(verdict.problem, "`marketing pause`, and compare the database with the last backup.")
    return f"{counted(verdict.rows, 'row')}, each as it was written"


def _snapshot(home: Home, database: Database) -> str:
    published = newest_published(home)
    if published is None:
        with database.read() as connection:
            if not connection.scalar(select(func.count()).select_from(posts)):
                return "none yet: the first run publishes one"
        raise Unwell("There is none, so analysts see nothing.", "`marketing run week` publishes one.")
    age = SystemClock().now() - published.at
    if age > OLDEST_SNAPSHOT:
        raise Unwell(
            f"{published.name} is {age.days} days old.", "Run `marketing up`: its daemon publishes one with each run."
        )
    return f"{published.name}, {age.total_seconds() / 3600:.1f} hours old"


def _stuck(database: Database) -> Iterator[Finding]:
    try:
        with database.read() as connection:
            found = stuck_effects(connection, database.clock.now())
    except MarketingError as error:
        yield ill("effects", error.message, error.mend)
        return
    for stuck in found:
        yield ill(f"effect {stuck.effect.id}", f"{stuck.effect.state}: {stuck.problem}", stuck.mend)
    if not found:
        yield well("effects", "none is stuck")


def has_dagster(home: Path) -> bool:
    """Whether Dagster has a history in this home."""
    return (home / "dagster" / "dagster.yaml").exists()
