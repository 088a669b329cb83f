"""A lake whose data is in a bucket of an S3-compatible server, opened by the settings as an installation opens it."""

from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from urllib.parse import urlsplit

import psycopg
import pytest

from marketing_pipeline import analytics
from marketing_pipeline.cli.checks_of_lake import lake_reached
from marketing_pipeline.console.lake_watch import LakeWatch
from marketing_pipeline.domain.clock import SystemClock
from marketing_pipeline.settings import Settings
from marketing_pipeline.store.home import Home
from marketing_pipeline.store.lake import Lake
from marketing_pipeline.store.lake_errors import LakeUnreachable
from marketing_pipeline.store.lake_news import named_lake
from marketing_pipeline.store.media_bucket import client_of
from marketing_pipeline.store.snapshots import newest_snapshot
from marketing_pipeline.workplace import Workplace
from marketing_pipeline_tests.object_storage_server import KEY_ID, SECRET, ObjectStorageServer
from marketing_pipeline_tests.postgres_server import PostgresServer


@pytest.fixture
def environ(
    postgres: PostgresServer,
    object_storage: ObjectStorageServer,
    marketing_home: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> Iterator[dict[str, str]]:
    """The variables of a machine that shares its warehouse."""
    database = postgres.new_database()
    given = {
        "MARKETING_HOME": str(marketing_home),
        "MARKETING_WAREHOUSE_CATALOG": postgres.url(database),
        "MARKETING_WAREHOUSE_DATA": f"s3://{object_storage.new_bucket()}/data",
        "AWS_ACCESS_KEY_ID": KEY_ID,
        "AWS_SECRET_ACCESS_KEY": SECRET,
        "AWS_ENDPOINT_URL_S3": object_storage.storage.endpoint,
    }
    for name, value in given.items():
        monkeypatch.setenv(name, value)
    yield given
    postgres.drop(database)


def _objects(server: ObjectStorageServer, environ: dict[str, str]) -> list[str]:
    bucket = urlsplit(environ["MARKETING_WAREHOUSE_DATA"]).netloc
    listed = client_of(server.storage).list_objects_v2(Bucket=bucket).get("Contents", [])
    return [each.get("Key", "") for each in listed]


def test_data_goes_to_the_bucket_and_reaches_analysts_on_another_machine(
    environ: dict[str, str], object_storage: ObjectStorageServer, tmp_path: Path
) -> None:
    settings = Settings.from_environment()
    assert SECRET not in repr(settings)
    with Workplace.open(settings) as workplace:
        lake = workplace.warehouse
        assert isinstance(lake, Lake)
        workplace.refresh_warehouse()
        with lake.write() as connection:
            connection.execute(
                "INSERT INTO ad_metrics BY NAME SELECT 'tea_room' AS brand, range AS clicks FROM range(5000)"
            )
        assert [key for key in _objects(object_storage, environ) if key.startswith("data/main/ad_metrics/")]
        with lake.read() as connection:
            assert connection.execute("SELECT sum(clicks) FROM ad_metrics").fetchone() == (12_497_500,)
            told = connection.execute("FROM duckdb_secrets()").fetchall(), connection.execute("FROM duckdb_settings()")
            assert SECRET not in f"{told[0]}{told[1].fetchall()}"
        with lake.write() as connection:
            connection.execute("INSERT INTO ad_collections BY NAME SELECT 'tea' AS brand, now() AS read_at")
        before = len(_objects(object_storage, environ))
        assert all(finding.ok for finding in lake_reached(settings))
        assert len(_objects(object_storage, environ)) == before
        tended = {each.what for each in workplace.upkeep.prune(None)}
        assert {"rows gathered into files", "files merged", "commits of the lake"} <= tended
        backup = workplace.upkeep.back_up(tmp_path / "backups")
        assert backup.without == (f"the warehouse in {environ['MARKETING_WAREHOUSE_DATA']}",)
    with closing(analytics.connect(tmp_path / "elsewhere")) as data:
        assert data.connection.execute("SELECT sum(clicks) FROM ad_metrics").fetchone() == (12_497_500,)
        assert data.sql("FROM weekly_summary").fetchall() == []
        assert SECRET not in str(data.connection.execute("FROM duckdb_secrets()").fetchall())
    assert analytics.query("SELECT count(*) FROM ad_metrics", tmp_path / "elsewhere").rows == ((5000,),)
    with psycopg.connect(environ["MARKETING_WAREHOUSE_CATALOG"]) as catalog:
        assert SECRET not in str(catalog.execute("SELECT * FROM ducklake_metadata").fetchall())


def test_a_console_brings_the_news_of_other_machines(environ: dict[str, str], marketing_home: Path) -> None:
    assert environ
    with LakeWatch(Settings.from_environment(), every=0.05):
        for _ in range(600):
            if newest_snapshot(Home(marketing_home).warehouse):
                break
            SystemClock().sleep(0.05)
    assert newest_snapshot(Home(marketing_home).warehouse)


def test_a_bucket_that_is_missing_is_told_of_without_the_key(
    environ: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MARKETING_WAREHOUSE_DATA", "s3://no-such-bucket/data")
    settings = Settings.from_environment()
    catalog, data = lake_reached(settings)
    assert catalog.ok
    assert not data.ok
    assert "MARKETING_WAREHOUSE_DATA" in data.mend
    assert SECRET not in f"{catalog}{data}"


def test_a_catalog_that_is_away_leaves_analysts_their_last_snapshot(
    environ: dict[str, str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    with closing(analytics.connect(tmp_path)) as data:
        first = data.snapshot
    monkeypatch.setenv("MARKETING_WAREHOUSE_CATALOG", "postgresql://marketing:pass-word-1@127.0.0.1:1/warehouse")
    settings = Settings.from_environment()
    lake = named_lake(settings.stores, settings.object_storage, tmp_path, patience_s=1)
    assert lake is not None
    with pytest.raises(LakeUnreachable), lake.read():
        pass
    assert not next(iter(lake_reached(settings))).ok
    with closing(analytics.connect(tmp_path)) as data:
        assert data.snapshot == first
    assert "may be old" in caplog.text
    assert "pass-word-1" not in caplog.text
