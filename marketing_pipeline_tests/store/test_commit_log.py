"""What a log says of the database is what was committed."""

import logging

import pytest
from sqlalchemy import Connection, text
from sqlalchemy.exc import IntegrityError

from marketing_pipeline.domain.clock import SteppedClock
from marketing_pipeline.store.audit import AuditLog
from marketing_pipeline.store.database import Database

KEY = b"a key that lives outside the database"


def _told(caplog: pytest.LogCaptureFixture) -> list[str]:
    return [record.getMessage() for record in caplog.records if record.name.endswith("commit_log")]


def test_an_audit_row_is_logged_once_it_is_committed(
    database: Database, clock: SteppedClock, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO, "marketing_pipeline")
    log = AuditLog(KEY, clock)
    with database.write() as connection:
        log.append(
            connection,
            actor="sam",
            action="hold.set",
            subject="everything",
            brand=None,
            detail={"note": "wrong prices"},
        )
        assert _told(caplog) == []
    assert _told(caplog) == ["hold.set: everything, by sam: wrong prices"]


def test_what_was_rolled_back_is_never_logged(
    database: Database, clock: SteppedClock, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO, "marketing_pipeline")
    log = AuditLog(KEY, clock)
    with pytest.raises(IntegrityError), database.write() as connection:
        _append_and_fail(connection, log)
    with database.write() as connection:
        log.append(connection, actor="sam", action="post.kept", subject="p", brand=None, detail={})
    assert _told(caplog) == ["post.kept: p, by sam"]


def _append_and_fail(connection: Connection, log: AuditLog) -> None:
    log.append(connection, actor="sam", action="post.lost", subject="p", brand=None, detail={})
    connection.execute(text("DELETE FROM audit_log"))
