"""The home directory: everything one installation keeps, bound to the one world that it belongs to."""

from dataclasses import dataclass, field
from pathlib import Path

from sqlalchemy import select

from marketing_pipeline.domain.errors import MarketingError
from marketing_pipeline.store import tables
from marketing_pipeline.store.clock import DurableClock
from marketing_pipeline.store.database import Database
from marketing_pipeline.store.upsert import insert_new


class AnotherWorld(MarketingError):
    """The home belongs to another world: its learnings, approvals and ids must not mix with this one's."""


@dataclass(frozen=True)
class Home:
    """Paths below `root`. `database_url` puts the control plane elsewhere; empty: a SQLite file in the home."""

    root: Path
    database_url: str = field(default="", repr=False)

    @property
    def control_plane_url(self) -> str:
        """The SQLAlchemy URL of the control plane."""
        return self.database_url or f"sqlite:///{self.root.absolute() / 'control_plane.sqlite'}"

    @property
    def media(self) -> Path:
        """Pictures, named by their SHA-256."""
        return self.root / "media"

    @property
    def media_cache(self) -> Path:
        """Copies of pictures that object storage keeps; can be deleted at any time."""
        return self.root / "media_cache"

    @property
    def warehouse(self) -> Path:
        """The analysts' database and its snapshots."""
        return self.root / "warehouse"

    @property
    def dagster(self) -> Path:
        """Dagster's own history."""
        return self.root / "dagster"

    @property
    def sandbox(self) -> Path:
        """The local world's own files, among them `url`."""
        return self.root / "sandbox"

    @property
    def audit_anchor(self) -> Path:
        """Signed heads of the audit log, kept outside the database so that a tail that is cut off shows."""
        return self.root / "audit.anchor"

    @property
    def secrets(self) -> Path:
        """Refreshed tokens of channels, for this user's eyes alone."""
        return self.root / "secrets"

    @property
    def clock_file(self) -> Path:
        """Where the time of this home stands."""
        return self.root / "clock.json"

    def clock(self) -> DurableClock:
        """The clock of this home."""
        return DurableClock(self.clock_file)

    def open_database(self) -> Database:
        """The control plane, migrated, its rows stamped by the clock of this home. Errors as `Database.open`."""
        return Database.open(self.control_plane_url, self.clock())

    def bind(self, database: Database, world: str) -> None:
        """Bind this home to `world` for ever, or see that it is. Raises AnotherWorld."""
        with database.read() as connection:
            bound = connection.scalar(select(tables.home.c.world))
        if bound is None:
            with database.write() as connection:
                row = {"id": 1, "world": world, "created_at": database.clock.now()}
                insert_new(connection, tables.home, row)
                bound = connection.scalar(select(tables.home.c.world))
        if bound != world:
            raise AnotherWorld(
                f"The home {self.root} belongs to the world {bound!r}; these settings ask for {world!r}.",
                "Set MARKETING_HOME to a folder for that world, or MARKETING_MODE and MARKETING_SANDBOX_SEED back.",
            )
