"""Fixtures that many tests share: the shipped brand, a home of its own, a database in it, stepped time."""

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from marketing_pipeline.domain.brand import Brand
from marketing_pipeline.domain.clock import SteppedClock
from marketing_pipeline.domain.identifiers import BrandId
from marketing_pipeline.store.brand_folder import load_brand, load_brands
from marketing_pipeline.store.database import Database
from marketing_pipeline.store.home import Home

if TYPE_CHECKING:
    from marketing_pipeline_tests.execution.ad_desk import AdDesk, MemoryAds
    from marketing_pipeline_tests.object_storage_server import ObjectStorageServer
    from marketing_pipeline_tests.postgres_server import PostgresServer

NOW = datetime(2026, 11, 16, 9, 0, tzinfo=UTC)
SHIPPED_BRANDS = Path(__file__).parent.parent / "brands"
TEST_BRANDS = Path(__file__).parent / "brands"


class AuditNotes:
    """An audit appender that keeps what it was told, for tests that are about something else."""

    def __init__(self) -> None:
        self.rows: list[dict[str, Any]] = []

    def append(
        self,
        connection: Any,
        *,
        actor: str,
        action: str,
        subject: str,
        brand: BrandId | None,
        detail: dict[str, Any],
    ) -> int:
        """Keep the row."""
        self.rows.append({"actor": actor, "action": action, "subject": subject, "brand": brand, "detail": detail})
        return len(self.rows)

    @property
    def actions(self) -> list[str]:
        """What happened, in order."""
        return [row["action"] for row in self.rows]


@pytest.fixture(scope="session")
def brand() -> Brand:
    """The shipped brand, upscale_print."""
    return load_brand(SHIPPED_BRANDS / "upscale_print")


@pytest.fixture(scope="session")
def small_brands() -> dict[str, Brand]:
    """The brands of other trades: bakery and bike_shop, by id."""
    return {brand.id: brand for brand in load_brands(TEST_BRANDS)}


@pytest.fixture
def clock() -> SteppedClock:
    """A clock that stands at Monday 16 November 2026, 09:00 UTC, until it is moved."""
    return SteppedClock(NOW)


@pytest.fixture
def engine(request: pytest.FixtureRequest) -> str:
    """What the control plane runs on: sqlite, or what the modules that ask for both engines are given in turn."""
    return getattr(request, "param", "sqlite")


@pytest.fixture
def home(marketing_home: Path, engine: str, request: pytest.FixtureRequest) -> Home:
    """The home of this test, empty; on PostgreSQL its control plane is migrated already."""
    return Home(marketing_home, request.getfixturevalue("postgres_url") if engine == "postgresql" else "")


@pytest.fixture(scope="session")
def _migrated(tmp_path_factory: pytest.TempPathFactory) -> Path:  # pyright: ignore[reportUnusedFunction]
    file = tmp_path_factory.mktemp("migrated") / "control_plane.sqlite"
    Database.open(f"sqlite:///{file}", SteppedClock(NOW)).close()
    return file


@pytest.fixture
def database(home: Home, clock: SteppedClock, _migrated: Path) -> Iterator[Database]:
    """The control plane of `home`, migrated and empty, its rows stamped by `clock`."""
    home.root.mkdir(parents=True)
    if not home.database_url:
        (home.root / "control_plane.sqlite").write_bytes(_migrated.read_bytes())
    opened = Database.open(home.control_plane_url, clock)
    yield opened
    opened.close()


@pytest.fixture(scope="session")
def postgres() -> "Iterator[PostgresServer]":
    """A real PostgreSQL on loopback, started when a test first asks for it."""
    from marketing_pipeline_tests.postgres_server import postgres_server

    with postgres_server() as server:
        yield server


@pytest.fixture(scope="session")
def _migrated_postgres(postgres: "PostgresServer") -> str:  # pyright: ignore[reportUnusedFunction]
    name = postgres.new_database()
    Database.open(postgres.sqlalchemy_url(name), SteppedClock(NOW)).close()
    return name


@pytest.fixture
def postgres_url(postgres: "PostgresServer", _migrated_postgres: str) -> Iterator[str]:
    """The SQLAlchemy URL of a control plane of this test alone on PostgreSQL, migrated and empty."""
    name = postgres.new_database(_migrated_postgres)
    yield postgres.sqlalchemy_url(name)
    postgres.drop(name)


@pytest.fixture
def audit() -> AuditNotes:
    """An audit appender that remembers."""
    return AuditNotes()


@pytest.fixture
def memory_ads(clock: SteppedClock) -> "MemoryAds":
    """An ad account in memory."""
    from marketing_pipeline_tests.execution.ad_desk import MemoryAds

    return MemoryAds(clock)


@pytest.fixture
def ad_desk(database: Database, clock: SteppedClock, memory_ads: "MemoryAds") -> "AdDesk":
    """Everything that changes the ads of one brand, before that account."""
    from marketing_pipeline_tests.execution.ad_desk import AdDesk

    return AdDesk(database, clock, memory_ads)


@pytest.fixture(scope="session")
def object_storage() -> "Iterator[ObjectStorageServer]":
    """Object storage that speaks S3, started once and ended with the tests."""
    from marketing_pipeline_tests.object_storage_server import object_storage_server

    with object_storage_server() as server:
        yield server
