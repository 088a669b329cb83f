from pathlib import Path

import pytest

from marketing_pipeline.store.database import Database
from marketing_pipeline.store.home import AnotherWorld, Home


def test_everything_lies_below_the_home(tmp_path: Path) -> None:
    home = Home(tmp_path)
    folders = {home.media, home.warehouse, home.dagster, home.sandbox, home.clock_file}
    assert {path.parent for path in folders} == {tmp_path}
    assert len(folders) == 5
    assert home.control_plane_url == f"sqlite:///{tmp_path}/control_plane.sqlite"


def test_the_control_plane_may_lie_elsewhere_and_its_password_is_not_shown(tmp_path: Path) -> None:
    home = Home(tmp_path, "postgresql+psycopg://marketing:secret@db.example/marketing")
    assert home.control_plane_url == "postgresql+psycopg://marketing:secret@db.example/marketing"
    assert "secret" not in repr(home)


def test_a_home_opens_its_database_on_its_own_clock(home: Home) -> None:
    database = home.open_database()
    home.clock().start_stepped(database.clock.now())
    assert database.clock.now() == home.clock().now()
    database.close()


def test_a_home_is_bound_once_and_opens_in_its_own_world(home: Home, database: Database) -> None:
    home.bind(database, "sandbox:7")
    home.bind(database, "sandbox:7")


@pytest.mark.parametrize("world", ["sandbox:8", "live", "instagram=live,google_ads=off"])
def test_a_home_refuses_another_world(home: Home, database: Database, world: str) -> None:
    home.bind(database, "sandbox:7")
    with pytest.raises(AnotherWorld, match=r"belongs to the world 'sandbox:7'.*Set MARKETING_HOME"):
        home.bind(database, world)
