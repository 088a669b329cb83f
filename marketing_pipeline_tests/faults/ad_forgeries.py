"""Records of Dagster and rows of the database, written by somebody who is not the product: nothing may follow."""

from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any

import dagster as dg
from sqlalchemy import delete, insert, select, update

from marketing_pipeline.domain.approval import Decision
from marketing_pipeline.domain.effect import EffectState
from marketing_pipeline.domain.errors import MarketingError
from marketing_pipeline.store.ad_change_row import AdChange
from marketing_pipeline.store.control_plane import ControlPlane
from marketing_pipeline.store.tables import ad_changes, approvals
from marketing_pipeline_tests.faults.ad_dagster import APPLIED, dagster_office, partition, run_job
from marketing_pipeline_tests.faults.ad_judge import refused
from marketing_pipeline_tests.faults.ad_office import AdOffice
from marketing_pipeline_tests.faults.row import FaultRow, Figure
from marketing_pipeline_tests.store.tampering import take_away_the_guards

_CHECK_OF = dg.AssetKey("ad_changes_compared")
_CHECK = "manual_approval"
_OTHER_KEY = b"a key of the forger's own, long enough"


def forged(tries: int, seed: int, folder: Path) -> Figure:
    """Row 22: records of Dagster and rows of the database, written by somebody who is not the product."""
    with dagster_office(folder) as (office, instance):
        for number in range(tries):
            change = partition(office, instance)
            with suppress(MarketingError, ValueError):
                _FORGERIES[number % len(_FORGERIES)](office, instance, change)
            _try_everything(office, instance, change)
        return refused(office.stage, tries, note=f"{len(_FORGERIES)} kinds of forgery")


def _try_everything(office: AdOffice, instance: dg.DagsterInstance, change: AdChange) -> None:
    with suppress(MarketingError, ValueError):
        office.work.ads.apply(change.id, "row 22")
    with suppress(MarketingError, ValueError):
        office.desk.drain()
    run_job(instance, change, APPLIED)


def _check_event(office: AdOffice, instance: dg.DagsterInstance, change: AdChange) -> None:
    """As /report_asset_check and the GraphQL mutation write it: straight into the event log."""
    run_job(instance, change)
    for covered in (change.id, None):
        passed = dg.AssetCheckEvaluation(
            asset_key=_CHECK_OF, check_name=_CHECK, passed=True, metadata={}, partition=covered
        )
        instance.report_runless_asset_event(passed)
    for key in (_CHECK_OF, APPLIED):
        instance.report_runless_asset_event(dg.AssetMaterialization(key, partition=change.id))


def _web_requests(office: AdOffice, instance: dg.DagsterInstance, change: AdChange) -> None:
    """The web server's own application answers them with success, and still nothing is applied."""
    from dagster._core.workspace.context import WorkspaceProcessContext
    from dagster._core.workspace.load_target import ModuleTarget
    from dagster_webserver.webserver import DagsterWebserver
    from starlette.testclient import TestClient

    mutation = (
        "mutation { reportRunlessAssetEvents(eventParams: {eventType: ASSET_MATERIALIZATION,"
        f' partitionKeys: ["{change.id}"], assetKey: {{path: ["ad_changes_applied"]}}}}) {{ __typename }} }}'
    )
    target = ModuleTarget("marketing_pipeline.definitions", None, str(Path.cwd()), "forged")
    with WorkspaceProcessContext(instance, target) as context:
        client = TestClient(DagsterWebserver(context).create_asgi_app())
        foreign = {"origin": "https://evil.example"}
        answers = [
            client.post(
                "/report_asset_check/ad_changes_compared",
                params={"check_name": _CHECK, "passed": "true"},
                headers=foreign,
            ),
            client.get("/graphql", params={"query": mutation}, headers=foreign),
        ]
    assert [answer.status_code for answer in answers] == [200, 200]


def _approval_row(office: AdOffice, change: AdChange, **content: Any) -> None:
    """Append an approval to the request by hand, with the signature of the row before it."""
    request = office.desk.request_of(change)
    with office.desk.database.write() as connection:
        asked = connection.execute(select(approvals).where(approvals.c.id == request)).mappings().one()
        row = {**asked, "sequence": 2, "decision": "approve", "actor": "ann", **content}
        connection.execute(insert(approvals).values(row))


def _queue(office: AdOffice, change: AdChange) -> None:
    """Write the change approved, and its effect into the ledger, ready to be taken."""
    with office.desk.database.write() as connection:
        take_away_the_guards(connection)
        connection.execute(update(ad_changes).where(ad_changes.c.id == change.id).values(state="approved"))
        office.desk.ledger.enqueue_within(connection, change, office.desk.request_of(change), "forger")


def _row_copied(office: AdOffice, instance: dg.DagsterInstance, change: AdChange) -> None:
    _approval_row(office, change)
    _queue(office, change)


def _row_of_another_key(office: AdOffice, instance: dg.DagsterInstance, change: AdChange) -> None:
    """A whole and well-made approval, by this very program, with a key of the forger's."""
    forger = ControlPlane.of(office.desk.database, _OTHER_KEY)
    with office.desk.database.write() as connection:
        request = office.desk.request_of(change)
        forger.approvals.record(connection, request, Decision.APPROVE, actor="ann", source="cli", note="seen")
    _queue(office, change)


def _queued_without_approval(office: AdOffice, instance: dg.DagsterInstance, change: AdChange) -> None:
    _queue(office, change)


def _approval_of_another_change(office: AdOffice, instance: dg.DagsterInstance, change: AdChange) -> None:
    other = office.desk.approved(office.stage.payload())
    with office.desk.database.write() as connection:
        take_away_the_guards(connection)
        values = {"state": "approved", "approval": other.approval}
        connection.execute(update(ad_changes).where(ad_changes.c.id == change.id).values(**values))
    office.desk.ledger.move(office.desk.effect(other), EffectState.CANCELLED, reason="only its approval is wanted")
    with office.desk.database.write() as connection:
        assert other.approval is not None
        office.desk.ledger.enqueue_within(connection, change, other.approval, "forger")


def _rejection_cut_away(office: AdOffice, instance: dg.DagsterInstance, change: AdChange) -> None:
    """Approved, then rejected; the forger takes the last row away and queues the effect again."""
    office.desk.approve(change)
    office.desk.decide(change, Decision.REJECT)
    with office.desk.database.write() as connection:
        take_away_the_guards(connection)
        newest = (approvals.c.id == office.desk.request_of(change)) & (approvals.c.sequence == 3)
        connection.execute(delete(approvals).where(newest))
    _queue(office, change)


_FORGERIES: tuple[Callable[[AdOffice, dg.DagsterInstance, AdChange], None], ...] = (
    _check_event,
    _row_copied,
    _row_of_another_key,
    _queued_without_approval,
    _approval_of_another_change,
    _rejection_cut_away,
    _web_requests,
)


ROWS = (FaultRow("22", "forged checks, requests and rows", "ad change to refuse", len(_FORGERIES), 35, forged),)
