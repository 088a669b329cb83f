"""A home whose control plane is on a real PostgreSQL: maintenance, figures, its size, and completion."""

import re
from datetime import timedelta

import pytest
from sqlalchemy import func, insert, select

from marketing_pipeline.cli import completing
from marketing_pipeline.domain.alert import AlertKind, AlertState, Severity
from marketing_pipeline.domain.clock import SteppedClock, SystemClock
from marketing_pipeline.domain.health import Area
from marketing_pipeline.domain.heartbeat import ServerKind
from marketing_pipeline.settings import Settings
from marketing_pipeline.store.heartbeats import Heartbeats
from marketing_pipeline.store.known_ids import known_ids
from marketing_pipeline.store.tables import alerts, heartbeats
from marketing_pipeline_tests.cli.command_line import Run, row
from marketing_pipeline_tests.cli.office import FIRST, SECOND, Office
from marketing_pipeline_tests.console.browser import site_of

SIZE = re.compile(r", (\d+\.\d) MB$")


@pytest.fixture
def url(postgres_url: str, monkeypatch: pytest.MonkeyPatch) -> str:
    """The database that the settings name. To be asked for before the office."""
    monkeypatch.setenv("MARKETING_DATABASE_URL", postgres_url)
    return postgres_url


def test_what_is_of_no_use_is_counted_and_goes(url: str, office: Office, run: Run) -> None:
    long_ago = SteppedClock(SystemClock().now() - timedelta(days=3))
    beats = Heartbeats(office.work.database, long_ago)
    beats.beat("console", ServerKind.CONSOLE, 15)
    beats.goodbye("console")
    office.step_to(office.now + timedelta(days=100))
    then = office.now - timedelta(days=91)
    with office.work.database.write() as connection:
        connection.execute(
            insert(alerts).values(
                id="a1",
                kind=AlertKind.UNHEALTHY,
                severity=Severity.WARNING,
                state=AlertState.RESOLVED,
                subject="s",
                title="t",
                detail="d",
                mend="m",
                first_at=then,
                last_at=then,
                occurrences=1,
                notify_attempts=0,
                updated_at=then,
            )
        )

    def gone(*words: str) -> list[int]:
        counts = {each["what"]: each["count"] for each in run("prune", *words, "--json").json}
        return [counts["signs of life"], counts["resolved alerts"], counts["ended mutes"]]

    assert gone("--dry-run") == gone() == [1, 1, 0]
    with office.work.database.read() as connection:
        assert [connection.scalar(select(func.count()).select_from(each)) for each in (heartbeats, alerts)] == [0, 0]


def test_figures_and_the_size_of_the_database_are_shown(
    url: str, office: Office, run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    office.published()
    monkeypatch.setenv("MARKETING_CONSOLE_OPEN_METRICS", "yes")
    with site_of(Settings.from_environment()) as site:
        figures = site.page("/metrics").splitlines()
        page = " ".join(site.page("/health").split())
    assert {
        'marketing_effects{state="succeeded"} 1.0',
        'marketing_posts{state="published"} 1.0',
        'marketing_attempts_total{outcome="succeeded"} 1.0',
        "marketing_queue_age_seconds 0.0",
    } <= set(figures)
    assert re.search(r"<dt>control plane on its server</dt><dd>\d+\.\d MB</dd>", page)
    assert "its write-ahead log" not in page
    [found] = office.work.health.examine().of(Area.DATABASE)
    told = row(run("doctor", "--json"), "control plane")["detail"]
    for words in (found.what, told):
        size = SIZE.search(words)
        assert size and float(size[1]) > 5, "an empty database of PostgreSQL takes some 8 MB"


def test_ids_are_offered_and_none_where_the_server_is_away(url: str, office: Office) -> None:
    office.planned()
    assert completing.posts("tea") == [SECOND, FIRST]
    assert known_ids(url, "posts", "tea", most=1) == [SECOND]
    assert known_ids(url, "posts", "%") == []
    assert known_ids("postgresql+psycopg://ann@127.0.0.1:9/x", "posts", "tea") == []
    assert known_ids("mysql://ann@127.0.0.1/x", "posts", "tea") == known_ids("no address", "posts", "tea") == []
