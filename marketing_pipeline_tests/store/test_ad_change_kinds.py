"""The second migration lets the target return in, and keeps the rows, the checks and the drawn steps."""

from typing import Any

import pytest
from alembic import command
from alembic.config import Config
from sqlalchemy import Connection, insert, text
from sqlalchemy.exc import IntegrityError

from marketing_pipeline.domain.ad_change import AdChangeKind
from marketing_pipeline.domain.clock import SteppedClock
from marketing_pipeline.store import migrations
from marketing_pipeline.store.database import Database
from marketing_pipeline.store.home import Home
from marketing_pipeline.store.tables import ad_changes
from marketing_pipeline_tests.fixtures import NOW


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


def _made(connection: Connection, kind: str) -> set[str]:
    found = connection.scalars(
        text("SELECT name FROM sqlite_master WHERE tbl_name = 'ad_changes' AND type = :kind AND sql IS NOT NULL"),
        {"kind": kind},
    )
    return set(found)


def test_rows_triggers_and_indexes_survive(home: Home, clock: SteppedClock) -> None:
    from marketing_pipeline.store.database import _engines  # pyright: ignore[reportPrivateUsage]

    home.root.mkdir(parents=True)
    database = Database(*_engines(f"sqlite:///{home.root / 'old.sqlite'}", 1000), clock)
    config = Config()
    config.set_main_option("script_location", str(migrations.FOLDER))
    with database.write() as connection:
        config.attributes["connection"] = connection
        command.upgrade(config, "0001")
        connection.execute(insert(ad_changes), _row())
        before = {kind: _made(connection, kind) for kind in ("trigger", "index", "table")}
    with database.write() as connection:
        config.attributes["connection"] = connection
        command.upgrade(config, "0002")
        assert {kind: _made(connection, kind) for kind in before} == before
        assert before["trigger"] and before["index"]
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
