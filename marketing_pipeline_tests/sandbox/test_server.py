"""The sandbox as a process: it starts at once, keeps to itself, and carries on after being killed."""

import signal
import socket
import sqlite3
import subprocess
import sys
import threading
import time
from pathlib import Path
from typing import Any

import httpx
import pytest

from marketing_pipeline.domain.clock import SteppedClock
from marketing_pipeline.sandbox.journal import Journal
from marketing_pipeline.sandbox.server import SandboxConfig, SandboxFailed, SandboxServer
from marketing_pipeline.sandbox.state_file import stamp
from marketing_pipeline.sandbox.world import World
from marketing_pipeline_tests.sandbox.graph_client import GraphClient
from marketing_pipeline_tests.sandbox.tea_room import ACCOUNT, MONDAY, TOKEN, jpeg, store

PROCESS = """
import sys
from pathlib import Path
from marketing_pipeline.domain.clock import SystemClock
from marketing_pipeline.sandbox.server import SandboxConfig, serve
serve(SandboxConfig(home=Path(sys.argv[1]), seed=7), SystemClock())
"""


def test_everything_survives_a_restart(graph: GraphClient) -> None:
    media = graph.post()
    waiting = graph.container("Another #garden")
    graph.clock.sleep(12 * 3600)
    seen = graph.get(f"{media}/insights", metric="reach,likes")
    graph.restart()
    assert graph.get(f"{media}/insights", metric="reach,likes") == seen
    assert graph.status(waiting) == "FINISHED"
    assert graph.publish(waiting).status_code == 200
    first, second = graph.server.journal.publishes(ACCOUNT)
    assert (first.subject, second.details["container"]) == (media, waiting)


def _process(home: Path) -> tuple[subprocess.Popen[bytes], str]:
    address = home / "sandbox" / "url"
    address.unlink(missing_ok=True)
    process = subprocess.Popen([sys.executable, "-c", PROCESS, str(home)])
    deadline = time.monotonic() + 30
    while time.monotonic() < deadline:
        try:
            url = address.read_text(encoding="utf-8")
            if url and httpx.get(f"{url}/sandbox/health", trust_env=False).json()["ready"]:
                return process, url
        except (OSError, httpx.TransportError):
            time.sleep(0.02)
    process.kill()
    raise AssertionError("the sandbox did not start")


def test_a_killed_process_loses_nothing_that_it_confirmed(tmp_path: Path) -> None:
    name = store(tmp_path / "media", jpeg(320, 320))
    process, url = _process(tmp_path)
    api, sent = f"{url}/instagram/v26.0/me", {"access_token": TOKEN}
    confirmed = [
        httpx.post(f"{api}/media", data={**sent, "image_url": f"{url}/media/{name}"}, trust_env=False).json()["id"]
        for _ in range(5)
    ]
    process.kill()
    process.wait()
    process, url = _process(tmp_path)
    try:
        journal = httpx.get(f"{url}/sandbox/journal?kind=container_created", trust_env=False)
        rows: list[dict[str, Any]] = journal.json()["rows"]
        assert [row["subject"] for row in rows] == confirmed
    finally:
        process.send_signal(signal.SIGTERM)
        assert process.wait(10) == 0
    assert not (tmp_path / "sandbox" / "url").exists()


def test_the_model_service_stands_beside_the_others(graph: GraphClient) -> None:
    refused = graph.http.get(f"{graph.server.url}/anthropic/v1/models")
    assert refused.status_code == 401
    assert refused.json()["error"]["type"] == "authentication_error"


def test_only_this_machine_is_served(graph: GraphClient) -> None:
    port = int(graph.server.url.rsplit(":", 1)[1])
    with socket.socket() as listener:
        listener.bind(("127.0.0.2", port))
    foreign = graph.http.get(f"{graph.server.url}/sandbox/health", headers={"Host": "evil.example"})
    assert foreign.status_code == 400


def test_a_port_that_is_taken_is_refused(graph: GraphClient, tmp_path: Path) -> None:
    port = int(graph.server.url.rsplit(":", 1)[1])
    second = SandboxServer(SandboxConfig(home=tmp_path / "second", seed=7, port=port), SteppedClock(MONDAY))
    with pytest.raises(SandboxFailed, match=f"Port {port}"):
        second.start()
    with pytest.raises(SandboxFailed, match="not started"):
        _ = second.url
    second.stop()


def test_a_sandbox_may_be_started_at_a_known_port(tmp_path: Path) -> None:
    with SandboxServer(SandboxConfig(home=tmp_path, seed=7), SteppedClock(MONDAY)) as first:
        port = int(first.url.rsplit(":", 1)[1])
        httpx.get(f"{first.url}/sandbox/health", trust_env=False)
    with SandboxServer(SandboxConfig(home=tmp_path, seed=7, port=port), SteppedClock(MONDAY)) as second:
        assert second.url.endswith(f":{port}")


def test_the_journal_cannot_be_changed(graph: GraphClient) -> None:
    graph.post()
    database = sqlite3.connect(graph.config.home / "sandbox" / "world.sqlite")
    for statement in ("DELETE FROM journal", "UPDATE journal SET account = 'x'"):
        with pytest.raises(sqlite3.IntegrityError, match="append-only"):
            database.execute(statement)
    database.close()


def test_the_journal_is_read_from_where_one_left_off(graph: GraphClient) -> None:
    graph.post()
    rows = graph.server.journal.rows()
    assert [row.kind for row in rows] == ["account_created", "container_created", "publish_received", "media_published"]
    assert graph.server.journal.rows(after=rows[1].sequence) == rows[2:]
    url = f"{graph.server.url}/sandbox/journal"
    assert [row["sequence"] for row in graph.http.get(url, params={"after": "2"}).json()["rows"]] == [3, 4]
    assert graph.http.get(url, params={"account": "1"}).json() == {"rows": []}


@pytest.mark.parametrize("query", ["kind=nothing", "after=yesterday"])
def test_a_question_to_the_journal_is_refused(graph: GraphClient, query: str) -> None:
    assert graph.http.get(f"{graph.server.url}/sandbox/journal?{query}").status_code == 400


def test_a_transaction_is_all_or_nothing(tmp_path: Path) -> None:
    world = World(tmp_path, SteppedClock(MONDAY))
    insert = "INSERT INTO accounts (id, username, followers, seen_at) VALUES ('1', 'a', 1, ?)"

    def write_and_fail() -> None:
        with world.transaction() as outer, world.transaction():
            outer.execute(insert, (stamp(MONDAY),))
            raise LookupError

    with pytest.raises(LookupError):
        write_and_fail()
    with world.transaction() as connection:
        assert connection.execute("SELECT count(*) FROM accounts").fetchone()[0] == 0
    assert Journal(world).rows() == []
    world.close()


def test_requests_at_once_publish_once(graph: GraphClient) -> None:
    container = graph.container()
    answers: list[int] = []
    callers = [threading.Thread(target=lambda: answers.append(graph.publish(container).status_code)) for _ in range(8)]
    for caller in callers:
        caller.start()
    for caller in callers:
        caller.join()
    assert sorted(answers) == [200] + [400] * 7
    assert len(graph.server.journal.publishes(ACCOUNT)) == 1
