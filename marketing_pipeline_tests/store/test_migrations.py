import importlib.util
import re
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import CheckConstraint, Connection, insert, inspect, text, update
from sqlalchemy.exc import IntegrityError

from marketing_pipeline.domain import ad_change, effect, post
from marketing_pipeline.domain.brand import Brand
from marketing_pipeline.domain.clock import SteppedClock
from marketing_pipeline.domain.effect import EffectState
from marketing_pipeline.domain.effect_kind import EffectKind
from marketing_pipeline.domain.errors import RefusedTransition
from marketing_pipeline.domain.post import PostState
from marketing_pipeline.store import migrations
from marketing_pipeline.store.database import Database, engines
from marketing_pipeline.store.home import Home
from marketing_pipeline.store.tables import approvals, audit_log, effects, metadata, posts
from marketing_pipeline_tests.fixtures import NOW, AuditNotes
from marketing_pipeline_tests.store.planned_week import record_week
from marketing_pipeline_tests.store.tampering import guards, take_away

VERSIONS = sorted((migrations.FOLDER / "versions").glob("[0-9]*.py"))
FIRST = VERSIONS[0]


def _first_migration() -> ModuleType:
    spec = importlib.util.spec_from_file_location("first_migration", FIRST)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_the_migrations_make_exactly_the_tables_of_the_code(database: Database) -> None:
    with database.write() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True, "compare_server_default": True})
        assert compare_metadata(context, metadata) == []


def _checked(name: object, condition: object) -> tuple[str, tuple[str, ...]]:
    """A check by its name and the words or numbers that it lets in: PostgreSQL writes the rest in its own way."""
    return str(name), tuple(re.findall(r"'[^']*'|\b\d+\b", str(condition)))


def test_the_migrations_make_every_check_of_the_code(database: Database) -> None:
    with database.read() as connection:
        made = inspect(connection)
        found = {
            _checked(check["name"], check["sqltext"])
            for table in metadata.tables
            for check in made.get_check_constraints(table)
        }
    wanted = {
        _checked(check.name, check.sqltext)
        for table in metadata.sorted_tables
        for check in table.constraints
        if isinstance(check, CheckConstraint)
    }
    assert len(wanted) > 5
    assert found == wanted


def test_the_newest_migration_is_the_one_that_the_code_asks_for() -> None:
    config = Config()
    config.set_main_option("script_location", str(migrations.FOLDER))
    assert ScriptDirectory.from_config(config).get_heads() == [migrations.HEAD]


@pytest.mark.parametrize("version", VERSIONS, ids=lambda path: path.stem)
def test_a_migration_depends_on_no_code_that_may_change(version: Path) -> None:
    assert "marketing_pipeline" not in version.read_text()


def test_the_drawn_steps_of_the_database_are_those_of_the_domain() -> None:
    first = _first_migration()
    assert {key: frozenset(steps) for key, steps in first.POST_STEPS.items()} == dict(post.TRANSITIONS)
    assert {key: frozenset(steps) for key, steps in first.EFFECT_STEPS.items()} == dict(effect.TRANSITIONS)
    assert {key: frozenset(steps) for key, steps in first.AD_CHANGE_STEPS.items()} == dict(ad_change.TRANSITIONS)


def test_migrating_again_changes_nothing(home: Home, database: Database, clock: SteppedClock) -> None:
    Database.open(home.control_plane_url, clock).close()
    with database.write() as connection:
        migrations.bring_up_to_date(connection, database.place)


def test_a_migration_that_fails_leaves_nothing_behind(empty_url: str, clock: SteppedClock) -> None:
    database = Database(*engines(empty_url, 1000), clock)
    with database.write() as connection:
        connection.execute(text("CREATE TABLE posts (id INTEGER)"))
    with pytest.raises(Exception, match="already exists"):
        Database.open(empty_url, clock)
    with database.read() as connection:
        assert inspect(connection).get_table_names() == ["posts"]
    database.close()


@pytest.mark.parametrize("revision", [path.name[:4] for path in VERSIONS])
def test_each_earlier_schema_is_brought_up_to_date(empty_url: str, clock: SteppedClock, revision: str) -> None:
    old = Database(*engines(empty_url, 1000), clock)
    config = Config()
    config.set_main_option("script_location", str(migrations.FOLDER))
    with old.write() as connection:
        config.attributes["connection"] = connection
        command.upgrade(config, revision)
    old.close()
    database = Database.open(empty_url, clock)
    with database.write() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True, "compare_server_default": True})
        assert compare_metadata(context, metadata) == []
    database.close()


APPROVAL: dict[str, Any] = {
    **dict.fromkeys(("kind", "subject", "brand", "actor", "source", "note", "signature", "fingerprint", "id"), "x"),
    "sequence": 1,
    "decision": "approve",
    "decided_at": NOW,
    "expires_at": NOW,
}
AUDIT: dict[str, Any] = {
    **dict.fromkeys(("actor", "action", "subject", "previous_mac", "mac"), "x"),
    "sequence": 1,
    "at": NOW,
    "detail": {},
}


@pytest.mark.parametrize("act", ["UPDATE {} SET actor = 'somebody else'", "DELETE FROM {}"])
@pytest.mark.parametrize(("table", "row"), [(approvals, APPROVAL), (audit_log, AUDIT)])
def test_history_cannot_be_rewritten(database: Database, table: Any, row: dict[str, Any], act: str) -> None:
    with database.write() as connection:
        connection.execute(insert(table), row)
    with pytest.raises(IntegrityError, match="append-only"), database.write() as connection:
        connection.execute(text(act.format(table.name)))


def _effect_row(state: EffectState) -> dict[str, Any]:
    words = ("id", "brand", "channel", "subject", "fingerprint", "idempotency_key", "approval", "state_reason")
    times = dict.fromkeys(("due_at", "created_at", "updated_at"), NOW)
    return {
        **dict.fromkeys(words, "x"),
        **times,
        "kind": EffectKind.PUBLISH_POST,
        "state": state,
        "payload": {},
        "progress": {},
    }


def _database_takes(connection: Connection, table: Any, before: str, after: str) -> bool:
    """Whether the row, put back into `before` without its guard, may become `after`."""
    guard = f"{table.name}_drawn_steps"
    place, made = guards(connection)[guard]
    take_away(connection, guard, place)
    connection.execute(update(table).values(state=before))
    connection.execute(text(made))
    try:
        with connection.begin_nested():
            connection.execute(update(table).values(state=after))
    except IntegrityError as error:
        return "not drawn" not in str(error)
    return True


def _domain_takes(require: Any, before: Any, after: Any) -> bool:
    try:
        require(before, after)
    except RefusedTransition:
        return False
    return True


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=150)
@given(before=st.sampled_from(PostState), after=st.sampled_from(PostState))
def test_a_step_of_a_post_is_refused_by_domain_and_database_alike(
    database: Database, brand: Brand, before: PostState, after: PostState
) -> None:
    record_week(database, brand, AuditNotes(), posts=1)
    with database.write() as connection:
        taken = _database_takes(connection, posts, before, after)
    assert taken == (before == after or _domain_takes(post.require_transition, before, after))


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=150)
@given(before=st.sampled_from(EffectState), after=st.sampled_from(EffectState))
def test_a_step_of_an_effect_is_refused_by_domain_and_database_alike(
    database: Database, before: EffectState, after: EffectState
) -> None:
    with database.write() as connection:
        connection.execute(text("DELETE FROM effects"))
        connection.execute(insert(effects), _effect_row(before))
        taken = _database_takes(connection, effects, before, after)
    assert taken == (before == after or _domain_takes(effect.require_transition, before, after))


@pytest.mark.parametrize("table", ["posts", "effects", "model_calls", "insight_snapshots"])
def test_a_word_that_is_no_state_is_refused(table: str) -> None:
    column = "age" if table == "insight_snapshots" else "outcome" if table == "model_calls" else "state"
    checks = [check for check in metadata.tables[table].constraints if isinstance(check, CheckConstraint)]
    assert any(str(check.sqltext).startswith(f"{column} IN (") for check in checks)


def test_the_folder_of_migrations_is_shipped() -> None:
    assert Path(migrations.__file__).parent == migrations.FOLDER
    assert (migrations.FOLDER / "env.py").is_file()
