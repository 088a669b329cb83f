"""The second migration lets the target return in, and keeps the rows, the checks and the drawn steps."""

from typing import Any

import pytest
from alembic import command
from alembic.config import Config
from sqlalchemy import Connection, insert, inspect, text
from sqlalchemy.exc import IntegrityError

from marketing_pipeline.domain.ad_change import AdChangeKind
from marketing_pipeline.domain.clock import SteppedClock
from marketing_pipeline.store import migrations
from marketing_pipeline.store.database import Database, engines
from marketing_pipeline.store.tables import ad_changes
from marketing_pipeline_tests.fixtures import NOW
from marketing_pipeline_tests.store.tampering import guards


def _row(**changes: Any) -> dict[str, Any]:
    words = ("id", "brand", "week", "customer_id", "resource", "label", "field", "before", "after", "currency")
    more = ("fingerprint", "reason", "state_reason")
    times = dict.fromkeys(("proposed_at", "expires_at", "updated_at"), NOW)
    content: dict[str, Any] = {
        **dict.fromkeys((*words, *more), "x"),
        **times,
        "kind": "set_budget",
        "risk": "high",
        "state": "proposed",
        "payload": {},
        "evidence": [],
        "forecast": {},
    }
    return {**content, **changes}


def _made(connection: Connection) -> dict[str, set[str]]:
    found = inspect(connection)
    checks = {str(each["name"]) for each in found.get_check_constraints("ad_changes")}
    indexes = {str(each["name"]) for each in found.get_indexes("ad_changes")}
    return {
        "checks": checks,
        "indexes": indexes,
        "triggers": set(guards(connection)),
    }


def test_rows_triggers_and_indexes_survive(empty_url: str, clock: SteppedClock) -> None:
    database = Database(*engines(empty_url, 1000), clock)
    config = Config()
    config.set_main_option("script_location", str(migrations.FOLDER))
    with database.write() as connection:
        config.attributes["connection"] = connection
        command.upgrade(config, "0001")
        connection.execute(insert(ad_changes), _row())
        before = _made(connection)
    with database.write() as connection:
        config.attributes["connection"] = connection
        command.upgrade(config, "0002")
        assert _made(connection) == before
        assert all(before.values())
        assert connection.scalar(text("SELECT id FROM ad_changes")) == "x"
    with pytest.raises(IntegrityError, match="not drawn"), database.write() as connection:
        connection.execute(text("UPDATE ad_changes SET state = 'applied'"))
    database.close()


@pytest.mark.parametrize("kind", [*AdChangeKind])
def test_every_kind_of_the_domain_is_taken(database: Database, kind: AdChangeKind) -> None:
    with database.write() as connection:
        connection.execute(insert(ad_changes), _row(kind=kind))


def test_a_word_that_is_no_kind_is_refused(database: Database) -> None:
    with pytest.raises(IntegrityError, match="ck_ad_changes_kind"), database.write() as connection:
        connection.execute(insert(ad_changes), _row(kind="set_everything"))
