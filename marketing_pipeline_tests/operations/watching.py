"""Things that people must hear of, a look at them as each minute brings one, and the alerts that stand after it."""

from datetime import UTC, datetime, timedelta

from sqlalchemy import insert

from marketing_pipeline.channels.notifications import Notifier
from marketing_pipeline.domain.alert import Alert
from marketing_pipeline.domain.channel_token import TokenState
from marketing_pipeline.domain.health import Health
from marketing_pipeline.operations.alerts import watch
from marketing_pipeline.operations.dagster_history import DagsterHistory, FailedRun
from marketing_pipeline.store.tables import channel_tokens, model_calls
from marketing_pipeline_tests.cli.office import BRAND, Office
from marketing_pipeline_tests.operations.conftest import Floor
from marketing_pipeline_tests.operations.listener import Listener

WELL = Health(at=datetime(2026, 11, 16, 9, 0, tzinfo=UTC), findings=())
MINUTE = timedelta(minutes=1)


def standing(floor: Floor) -> tuple[Alert, ...]:
    """The alerts that are not resolved."""
    return floor.office.work.health.alerts.find()


def look(floor: Floor, listener: Listener, health: Health = WELL) -> int:
    """One pass, with the listener to be told."""
    return watch(floor.place, health, Notifier((listener.url,)))


class FailingRuns(DagsterHistory):
    """A history of one failed run: what Dagster itself says is tested with a Dagster instance."""

    def __init__(self) -> None:
        pass

    def failed_runs(self, now: datetime) -> tuple[FailedRun, ...]:
        """One."""
        return (FailedRun("run-1", "weekly", f"{BRAND}|2026-11-16", now),)


def _spend(office: Office, micros: int) -> None:
    with office.work.database.write() as connection:
        connection.execute(
            insert(model_calls).values(
                id="call-1", brand=BRAND, week="2026-11-16", agent="strategist", attempt=1, provider="sandbox",
                model="m", prompt="p", prompt_sha256="x", schema_sha256="x", outcome="ok", reserved_micros=micros,
                cost_micros=micros, started_at=office.now, updated_at=office.now,
            )
        )  # fmt: skip


def _token(office: Office, state: TokenState, ends_in: timedelta) -> None:
    with office.work.database.write() as connection:
        connection.execute(
            insert(channel_tokens).values(
                channel="instagram", brand=BRAND, state=state, token_sha256="x", issued_at=office.now,
                expires_at=office.now + ends_in, refreshes=0, updated_at=office.now,
            )
        )  # fmt: skip


def token_ends(office: Office) -> None:
    _token(office, TokenState.VALID, timedelta(days=6))


def token_refused(office: Office) -> None:
    _token(office, TokenState.REFUSED, timedelta(days=40))


def nearly_spent(office: Office) -> None:
    _spend(office, round(office.brand.policies.model_spend_per_week_usd * 0.81 * 1_000_000))


def lapsing(office: Office) -> None:
    office.awaiting()
    with office.work.database.read() as connection:
        [request] = office.work.approvals.list_requests(connection)
    office.step_to(request.expires_at - timedelta(hours=3))
