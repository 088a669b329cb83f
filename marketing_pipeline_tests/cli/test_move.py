"""`marketing move` from end to end: a home goes to a server, its ad facts go to a lake, and the work goes on."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from marketing_pipeline.cli.checks_of_lake import lake_reached
from marketing_pipeline.cli.finding import Finding
from marketing_pipeline.settings import Settings
from marketing_pipeline.store.ad_facts import AdFacts
from marketing_pipeline.store.warehouse import Warehouse
from marketing_pipeline_tests.cli.command_line import Run
from marketing_pipeline_tests.cli.office import FIRST, Office
from marketing_pipeline_tests.object_storage_server import KEY_ID, SECRET, ObjectStorageServer
from marketing_pipeline_tests.postgres_server import PostgresServer
from marketing_pipeline_tests.store.test_ad_facts import READ


def test_a_home_works_on_where_it_was_moved_to(
    office: Office, run: Run, postgres_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    office.planned()
    rehearsed = run("move", "control-plane", postgres_url, "--dry-run", "--json")
    assert rehearsed.code == 0 and rehearsed.json["dry_run"] is True
    said = run("move", "control-plane", postgres_url)
    assert said.code == 0, said
    assert f"Now set MARKETING_DATABASE_URL={postgres_url}" in said.out and rehearsed.json["audit_head"] in said.out
    again = run("move", "control-plane", postgres_url)
    assert again.code == 1 and "is not empty" in again.err

    monkeypatch.setenv("MARKETING_DATABASE_URL", postgres_url)
    assert run("audit", "verify").code == 0
    assert FIRST in [row["id"] for row in run("posts", "list", "--json").json]
    assert "control_plane.moved" in run("audit", "list", "--json").out


def test_the_settings_name_the_database(
    office: Office, run: Run, postgres_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    office.planned()
    monkeypatch.setenv("MARKETING_DATABASE_URL", postgres_url)
    said = run("move", "control-plane", "--dry-run")
    assert said.code == 0 and "It was taken back" in said.out
    said = run("move", "control-plane")
    assert said.code == 0 and "MARKETING_DATABASE_URL names it already" in said.out


def test_without_a_database_or_a_home_nothing_is_made(
    marketing_home: Path, brands: Path, run: Run, postgres_url: str
) -> None:
    said = run("move", "control-plane")
    assert said.code == 1 and "No database is named" in said.err
    said = run("move", "control-plane", postgres_url)
    assert said.code == 1 and "There is no SQLite file" in said.err
    assert not marketing_home.exists()


@pytest.fixture
def shared_warehouse(
    postgres: PostgresServer, object_storage: ObjectStorageServer, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Callable[[], None]]:
    """Sets what makes a lake the warehouse."""
    name = postgres.new_database()
    given = {
        "MARKETING_WAREHOUSE_CATALOG": postgres.url(name),
        "MARKETING_WAREHOUSE_DATA": f"s3://{object_storage.new_bucket()}/data",
        "AWS_ACCESS_KEY_ID": KEY_ID,
        "AWS_SECRET_ACCESS_KEY": SECRET,
        "AWS_ENDPOINT_URL_S3": object_storage.storage.endpoint,
    }

    def share() -> None:
        for variable, value in given.items():
            monkeypatch.setenv(variable, value)

    yield share
    postgres.drop(name)


def test_ad_facts_left_behind_are_told_of_and_copied(
    office: Office, run: Run, shared_warehouse: Callable[[], None]
) -> None:
    AdFacts(Warehouse(office.work.home.warehouse)).note(READ)
    said = run("move", "ad-facts")
    assert said.code == 1 and "There is no lake" in said.err
    shared_warehouse()
    told = _of_ad_facts()
    assert not told.ok and "1 reading of ad accounts" in told.detail and "marketing move ad-facts" in told.mend
    said = run("move", "ad-facts", "--dry-run", "--json")
    assert {each["name"]: each["rows"] for each in said.json["tables"]}["ad_collections"] == 1
    said = run("move", "ad-facts")
    assert said.code == 0 and "1 row copied and verified" in said.out, said
    assert _of_ad_facts().ok


def _of_ad_facts() -> Finding:
    [found] = [each for each in lake_reached(Settings.from_environment()) if each.name == "ad facts"]
    return found
