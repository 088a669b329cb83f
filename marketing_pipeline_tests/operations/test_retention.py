"""What maintenance removes, and what it never touches."""

import json
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from datetime import timedelta
from pathlib import Path

import dagster as dg
import pytest
from sqlalchemy import Connection, func, insert, select

from marketing_pipeline.domain.alert import AlertKind, AlertState, Severity
from marketing_pipeline.domain.clock import Clock, SteppedClock, SystemClock
from marketing_pipeline.domain.heartbeat import ServerKind
from marketing_pipeline.operations.pruned import Pruned
from marketing_pipeline.operations.retention import prune
from marketing_pipeline.settings.upkeep import Upkeep
from marketing_pipeline.store.heartbeats import Heartbeats
from marketing_pipeline.store.media_bucket import MediaBucket
from marketing_pipeline.store.media_folder import NOTES, MediaFolder
from marketing_pipeline.store.tables import alerts, audit_log, heartbeats
from marketing_pipeline_tests.execution.desk import DUE, Desk
from marketing_pipeline_tests.object_storage_server import ObjectStorageServer
from marketing_pipeline_tests.sandbox.tea_room import jpeg

DAY = timedelta(days=1)
LATER = SteppedClock(SystemClock().now() + 2 * DAY)
"""File times are the system's own: seen from here they have settled."""


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    """A home with a queued post and its picture."""
    made = Desk(tmp_path / "home", "http://127.0.0.1:9")
    made.home.clock().start_stepped(DUE - timedelta(hours=1))
    made.queued()
    yield made
    made.close()


def pruned(desk: Desk, what: str, instance: dg.DagsterInstance | None = None, *, dry_run: bool = False) -> Pruned:
    """One pass, and what it did to one kind of thing."""
    done = prune(desk.home, desk.database, Upkeep(), instance, real=LATER, dry_run=dry_run)
    [found] = [each for each in done if each.what == what]
    return found


def test_a_picture_that_nothing_names_goes_after_a_week_and_no_other(desk: Desk) -> None:
    [named] = desk.home.media.glob("*.jpg")
    store = MediaFolder(desk.home.media)
    orphan = store.path(store.put(jpeg(seed=9)).sha256)
    assert pruned(desk, "pictures").count == 0
    desk.clock.step_to(desk.clock.now() + 6 * DAY)
    assert pruned(desk, "pictures").count == 0
    desk.clock.step_to(desk.clock.now() + 1 * DAY)
    size = orphan.stat().st_size
    assert pruned(desk, "pictures", dry_run=True).count == 1 and orphan.exists()
    done = pruned(desk, "pictures")
    assert (done.count, done.byte_count, orphan.exists(), named.exists()) == (1, size, False, True)


def test_a_picture_stored_again_waits_anew(desk: Desk) -> None:
    store = MediaFolder(desk.home.media)
    orphan = store.path(store.put(jpeg(seed=9)).sha256)
    pruned(desk, "pictures")
    desk.clock.step_to(desk.clock.now() + 8 * DAY)
    store.put(jpeg(seed=9))
    done = prune(desk.home, desk.database, Upkeep(), None, real=SystemClock())
    assert [each.count for each in done if each.what == "pictures"] == [0] and orphan.exists()


def test_pictures_of_a_bucket_go_as_those_of_a_folder(
    desk: Desk, tmp_path: Path, object_storage: ObjectStorageServer
) -> None:
    bucket = f"s3://{object_storage.new_bucket()}/kept"
    store = MediaBucket(bucket, object_storage.storage, tmp_path / "cache")
    [named] = [store.put(path.read_bytes()).sha256 for path in desk.home.media.glob("*.jpg")]
    orphan = store.put(jpeg(seed=9))

    def pass_over(real: Clock, *, dry_run: bool = False) -> Pruned:
        done = prune(desk.home, desk.database, Upkeep(), None, real=real, media=store, dry_run=dry_run)
        [found] = [each for each in done if each.what == "pictures"]
        return found

    assert pass_over(LATER).count == 0 and json.loads(store.notes()).keys() == {orphan.sha256}
    desk.clock.step_to(desk.clock.now() + 8 * DAY)
    assert pass_over(SystemClock()).count == 0  # it was stored within the hour
    assert pass_over(LATER, dry_run=True).count == 1 and len(list(store.stored())) == 2
    done = pass_over(LATER)
    assert (done.count, done.byte_count) == (1, orphan.byte_count)
    assert [each.sha256 for each in store.stored()] == [named] and json.loads(store.notes()) == {}


def test_notes_that_cannot_be_read_only_delay(desk: Desk) -> None:
    store = MediaFolder(desk.home.media)
    orphan = store.path(store.put(jpeg(seed=9)).sha256)
    (desk.home.media / NOTES).write_text("[]", encoding="utf-8")
    assert pruned(desk, "pictures").count == 0 and orphan.exists()


def _alert(connection: Connection, name: str, state: AlertState, age: timedelta, desk: Desk) -> None:
    at = desk.clock.now() - age
    words = dict.fromkeys(("subject", "title", "detail", "mend"), name)
    row = {"kind": next(iter(AlertKind)), "severity": next(iter(Severity)), "state": state, "occurrences": 1}
    moments = dict.fromkeys(("first_at", "last_at", "updated_at"), at)
    connection.execute(insert(alerts).values(id=name, notify_attempts=0, **words, **row, **moments))


def test_of_alerts_only_old_resolved_ones_go(desk: Desk) -> None:
    with desk.database.write() as connection:
        _alert(connection, "old", AlertState.RESOLVED, 91 * DAY, desk)
        _alert(connection, "open", AlertState.OPEN, 91 * DAY, desk)
        _alert(connection, "new", AlertState.RESOLVED, 89 * DAY, desk)
    assert pruned(desk, "resolved alerts", dry_run=True).count == 1
    assert pruned(desk, "resolved alerts").count == 1
    with desk.database.read() as connection:
        assert set(connection.scalars(select(alerts.c.id))) == {"open", "new"}


def test_signs_of_life_of_what_fell_silent_stay(desk: Desk) -> None:
    beats = Heartbeats(desk.database, SystemClock())
    beats.beat("gone", ServerKind.CONSOLE, 15)
    beats.beat("silent", ServerKind.DAEMON, 15)
    beats.goodbye("gone")
    assert pruned(desk, "signs of life").count == 1
    with desk.database.read() as connection:
        assert list(connection.scalars(select(heartbeats.c.name))) == ["silent"]


def test_the_audit_log_is_never_pruned(desk: Desk) -> None:
    with desk.database.read() as connection:
        before = connection.scalar(select(func.count()).select_from(audit_log))
    desk.clock.step_to(desk.clock.now() + 4_000 * DAY)
    pruned(desk, "logs")
    with desk.database.read() as connection:
        assert connection.scalar(select(func.count()).select_from(audit_log)) == before
        assert desk.plane.audit.verify(connection).intact


def test_a_log_beyond_its_size_is_emptied(desk: Desk) -> None:
    log = desk.home.sandbox / "log.txt"
    log.parent.mkdir()
    log.write_bytes(b"x" * 100)
    done = prune(desk.home, desk.database, Upkeep(log_bytes=99), None, real=LATER)
    assert done[-1].byte_count == 100 and log.stat().st_size == 0


@dg.asset(partitions_def=dg.StaticPartitionsDefinition(["a", "b"]))
def result() -> int:
    """Something with partitions."""
    return 1


@dg.op
def nothing() -> None:
    """Makes no result."""


@dg.job
def without_result() -> None:
    """A drain, say."""
    nothing()


@dg.asset_check(asset=result, partitions_def=result.partitions_def)
def is_good() -> dg.AssetCheckResult:
    """Looked at with each result."""
    return dg.AssetCheckResult(passed=True)


def _checks(instance: dg.DagsterInstance) -> int:
    with closing(sqlite3.connect(Path(instance.root_directory) / "history" / "runs" / "index.db")) as connection:
        [(count,)] = connection.execute("SELECT count(*) FROM asset_check_executions").fetchall()
    return count


def test_of_old_results_of_checks_the_newest_of_each_partition_stays(desk: Desk, tmp_path: Path) -> None:
    (tmp_path / "dagster").mkdir()
    with dg.DagsterInstance.local_temp(str(tmp_path / "dagster")) as instance:
        for key in ("a", "b", "a"):
            dg.materialize([result, is_good], instance=instance, partition_key=key)
        instance.report_runless_asset_event(
            dg.AssetCheckEvaluation(asset_key=result.key, check_name="is_good", passed=True, metadata={}, partition="b")
        )
        assert _checks(instance) == 4

        def gone(kept: Upkeep, *, dry_run: bool = False) -> int:
            return prune(desk.home, desk.database, kept, instance, real=LATER, dry_run=dry_run)[1].count

        a_day = Upkeep(runs=timedelta(days=1))
        assert gone(Upkeep()) == 0
        assert gone(a_day, dry_run=True) == 2 and _checks(instance) == 4
        assert gone(a_day) == 2 and _checks(instance) == 2
        assert gone(a_day) == 0


def test_files_of_dagster_that_are_mostly_empty_get_small_again(desk: Desk, tmp_path: Path) -> None:
    (tmp_path / "dagster").mkdir()
    with dg.DagsterInstance.local_temp(str(tmp_path / "dagster")) as instance:
        without_result.execute_in_process(instance=instance)
        index = Path(instance.root_directory) / "history" / "runs" / "index.db"
        with closing(sqlite3.connect(index)) as connection, connection:
            connection.execute("CREATE TABLE large AS SELECT zeroblob(4000000) AS content")
        assert pruned(desk, "Dagster databases", instance).byte_count == 0
        with closing(sqlite3.connect(index)) as connection, connection:
            connection.execute("DROP TABLE large")
        assert pruned(desk, "Dagster databases", instance, dry_run=True).byte_count >= 4_000_000
        assert index.stat().st_size > 4_000_000
        done = pruned(desk, "Dagster databases", instance)
        assert done.count == 1 and done.byte_count >= 4_000_000 and index.stat().st_size < 1_000_000
        assert without_result.execute_in_process(instance=instance).success


def test_nothing_that_a_run_printed_is_left(desk: Desk, tmp_path: Path) -> None:
    (tmp_path / "dagster").mkdir()
    with dg.DagsterInstance.local_temp(str(tmp_path / "dagster")) as instance:
        drained = without_result.execute_in_process(instance=instance).run_id
        logs = tmp_path / "dagster" / "storage" / drained / "compute_logs"
        logs.mkdir(parents=True, exist_ok=True)
        (logs / "nothing.err").write_bytes(b"x" * 100)
    with dg.DagsterInstance.from_config(str(_without_capture(tmp_path / "dagster"))) as instance:
        assert prune(desk.home, desk.database, Upkeep(runs=timedelta(days=1)), instance, real=LATER)[0].count == 1
    assert not list((tmp_path / "dagster" / "storage").glob("*"))


def _without_capture(folder: Path) -> Path:
    """As `marketing prune` opens the home, where Dagster itself would remove nothing that was printed."""
    capture = {"module": "dagster._core.storage.noop_compute_log_manager", "class": "NoOpComputeLogManager"}
    (folder / "dagster.yaml").write_text(json.dumps({"compute_logs": capture}), encoding="utf-8")
    return folder


def test_old_dagster_runs_go_but_for_those_of_the_newest_results(desk: Desk, tmp_path: Path) -> None:
    (tmp_path / "dagster").mkdir()
    with dg.DagsterInstance.local_temp(str(tmp_path / "dagster")) as instance:
        runs = [dg.materialize([result], instance=instance, partition_key=key).run_id for key in ("a", "b", "a")]
        drained = without_result.execute_in_process(instance=instance).run_id
        kept = Upkeep(runs=timedelta(days=1))
        done = prune(desk.home, desk.database, kept, instance, real=LATER, dry_run=True)[0]
        assert done.count == 2 and len(instance.get_runs()) == 4
        done = prune(desk.home, desk.database, kept, instance, real=LATER)[0]
        assert {run.run_id for run in instance.get_runs()} == {runs[1], runs[2]}
        assert done.count == 2 and done.byte_count > 0
        assert not [path for path in (tmp_path / "dagster").rglob("*") if runs[0] in path.name or drained in path.name]
        newest = instance.get_latest_materialization_event(dg.AssetKey("result"))
        assert newest is not None and newest.run_id == runs[2]
        assert prune(desk.home, desk.database, Upkeep(), instance, real=LATER)[0].count == 0
