"""A share of the rows that try the ledger, on PostgreSQL; `make faults ARGS="--postgres"` runs them in full."""

from pathlib import Path

import pytest

from marketing_pipeline_tests.faults import ad_races, publish_campaign, publish_crashes, publish_workers
from marketing_pipeline_tests.faults.control_planes import on_server
from marketing_pipeline_tests.faults.row import FaultRow
from marketing_pipeline_tests.postgres_server import PostgresServer

CRASHES, KILLS = publish_crashes.ROWS
EXECUTORS, STALE = publish_workers.ROWS
[CAMPAIGN] = publish_campaign.ROWS
_, REVOCATIONS, *_ = ad_races.ROWS
SHARE = ((CRASHES, 4), (KILLS, 2), (EXECUTORS, 1), (STALE, 3), (CAMPAIGN, 8), (REVOCATIONS, 4))


@pytest.mark.parametrize(("row", "tries"), SHARE, ids=lambda value: getattr(value, "fault", None))
def test_row(row: FaultRow, tries: int, postgres: PostgresServer, tmp_path: Path) -> None:
    with on_server(postgres.url("postgres")):
        figure = row.run(tries, 1, tmp_path)
    assert figure.tries >= tries
    assert figure.holds, figure
