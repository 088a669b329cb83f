"""The later of clock and records: work counts, a look at the configuration does not."""

from datetime import timedelta

import pytest

from marketing_pipeline.domain.clock import SteppedClock
from marketing_pipeline.store.audit import AuditLog
from marketing_pipeline.store.configuration import ACTION
from marketing_pipeline.store.database import Database
from marketing_pipeline.store.latest_time import latest_time
from marketing_pipeline_tests.fixtures import NOW


@pytest.mark.parametrize(("action", "ahead"), [(ACTION, 0), ("approval.approved", 1)])
def test_work_that_was_recorded_later_is_how_late_it_is(
    database: Database, clock: SteppedClock, action: str, ahead: int
) -> None:
    clock.step_to(NOW + timedelta(days=1))
    with database.write() as connection:
        AuditLog(b"key", clock).append(connection, actor="ann", action=action, subject="x", brand=None, detail={})
    with database.read() as connection:
        assert latest_time(connection, NOW) == NOW + timedelta(days=ahead)
