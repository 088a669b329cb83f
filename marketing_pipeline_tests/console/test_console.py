"""The console as a process of its own: health, figures, who may ask, and how it ends."""

import json
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest
from prometheus_client.parser import text_string_to_metric_families

from marketing_pipeline.console.app import console_app
from marketing_pipeline.console.office import Office as OpenOffice
from marketing_pipeline.console.rounds import Rounds
from marketing_pipeline.console.server import ConsoleFailed, serve_console
from marketing_pipeline.domain.clock import SystemClock
from marketing_pipeline.domain.heartbeat import ServerKind
from marketing_pipeline.settings import Settings
from marketing_pipeline_tests.cli.office import Office
from marketing_pipeline_tests.operations.listener import CANARY


@pytest.fixture
def served(office: Office, monkeypatch: pytest.MonkeyPatch) -> Iterator[tuple[str, "subprocess.Popen[bytes]"]]:
    """The console of an office with one live post and one weak picture: its address and its process."""
    monkeypatch.setenv("MARKETING_NOTIFY_URLS", f"json://127.0.0.1:9/{CANARY}")
    office.published()
    command = [sys.executable, "-m", "marketing_pipeline", "console", "--port", "0"]
    with subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE) as process:
        address = Path(office.work.home.root) / "console" / "url"
        for _ in range(1200):
            if address.exists() and (url := address.read_text()):
                break
            SystemClock().sleep(0.05)
        else:
            process.kill()
            raise AssertionError(process.stderr.read() if process.stderr else "")
        yield url, process
        process.kill()


def healthy(url: str) -> httpx.Response:
    """What /healthz says once the first round is over."""
    for _ in range(200):
        answer = httpx.get(f"{url}/healthz", trust_env=False)
        if "Nobody has looked lately" not in answer.text:
            return answer
        SystemClock().sleep(0.05)
    raise AssertionError("the first round is never over")


def attempts(url: str, **headers: str) -> list[int]:
    """What seven tries to sign in as as many people are told, each with another word for where they come from."""
    return [
        httpx.post(
            f"{url}/login",
            data={"name": f"guess{number}", "password": "a wrong password"},
            headers={"origin": url, "x-forwarded-for": f"198.51.100.{number}", **headers},
            trust_env=False,
        ).status_code
        for number in range(7)
    ]


def test_who_says_to_come_from_elsewhere_is_not_believed(served: tuple[str, "subprocess.Popen[bytes]"]) -> None:
    url, _ = served
    told = attempts(url)
    assert told[:5] == [401] * 5 and told[5:] == [429] * 2


@pytest.fixture
def trusting(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MARKETING_CONSOLE_PROXY_HEADER", "X-Forwarded-User")
    monkeypatch.setenv("MARKETING_CONSOLE_PROXY_SECRET", "the proxy's own long secret")


def test_a_trusted_proxy_says_where_people_come_from(
    trusting: None, served: tuple[str, "subprocess.Popen[bytes]"]
) -> None:
    assert attempts(served[0]) == [401] * 7


def test_it_tells_how_things_stand_and_ends_in_good_order(
    office: Office, served: tuple[str, "subprocess.Popen[bytes]"]
) -> None:
    url, process = served
    answer = healthy(url)
    assert answer.status_code == 200, answer.text
    content = answer.json()
    assert content["healthy"] is True and content["level"] == "warn"
    assert {finding["area"] for finding in content["findings"]} >= {"daemon", "disk", "clock", "queue"}
    [own] = [finding for finding in content["findings"] if finding["area"] == "console"]
    assert own["level"] == "ok" and own["what"].startswith("last heard of"), "the first round finds this console"

    figures = httpx.get(f"{url}/metrics", trust_env=False)
    assert figures.status_code == 200
    samples = {
        (sample.name, *sample.labels.values()): sample.value
        for family in text_string_to_metric_families(figures.text)
        for sample in family.samples
    }
    assert samples["marketing_effects", "succeeded"] == 1
    assert samples["marketing_effects", "parked"] == 0
    assert samples["marketing_posts", "published"] == 1
    assert samples["marketing_attempts_total", "succeeded"] == 1
    assert samples["marketing_queue_age_seconds",] == 0
    assert samples["marketing_disk_free_bytes",] > 0
    assert samples["marketing_heartbeat_age_seconds", "console"] < 60
    assert samples["marketing_alerts", "critical"] == 0
    assert samples["marketing_healthy", "disk"] == 1
    assert CANARY not in answer.text + figures.text

    process.send_signal(signal.SIGTERM)
    process.wait(20)
    beats = office.work.health.installation().beats.read(ServerKind.CONSOLE)
    assert [beat.ended_at is not None for beat in beats] == [True]
    assert not (office.work.home.root / "console" / "url").exists()


def test_other_hosts_and_other_methods_are_refused(served: tuple[str, "subprocess.Popen[bytes]"]) -> None:
    url, _ = served
    with httpx.Client(base_url=url, trust_env=False) as client:
        for path in ("/healthz", "/metrics"):
            for host in ("evil.example", "evil.example:3100", "127.0.0.1.evil.example", "10.0.0.7", ""):
                assert client.get(path, headers={"host": host}).status_code == 400, (path, host)
            for method in ("POST", "PUT", "DELETE", "PATCH", "OPTIONS"):
                assert client.request(method, path).status_code == 403, (path, method)
                assert client.request(method, path, headers={"origin": url}).status_code == 405, (path, method)
    assert httpx.get(url, trust_env=False, follow_redirects=True).url.path == "/login"
    assert httpx.get(f"{url}/nothing", trust_env=False, follow_redirects=True).url.path == "/login"


async def _asked(office: Office, rounds: Rounds, path: str) -> httpx.Response:
    with OpenOffice(office.work.settings) as opened:
        app = console_app(office.work.settings, rounds, opened)
        async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://127.0.0.1") as client:
            return await client.get(path)


def test_no_round_and_a_bad_finding_are_no_health(office: Office) -> None:
    import asyncio

    rounds = Rounds(office.work.settings, every=0.05)
    answer = asyncio.run(_asked(office, rounds, "/healthz"))
    assert answer.status_code == 503 and "Nobody has looked lately" in answer.text
    office.parked()
    with Rounds(Settings.from_environment(), every=0.05, grace=0) as running:
        for _ in range(200):
            if office.work.health.alerts.find():
                break
            SystemClock().sleep(0.02)
        answer = asyncio.run(_asked(office, running, "/healthz"))
    assert answer.status_code == 503
    assert json.loads(answer.text)["healthy"] is False
    assert office.work.health.alerts.find()[0].kind == "effect_parked"


@pytest.mark.parametrize(
    ("host", "words"),
    [("0.0.0.0", "Set MARKETING_CONSOLE_HOSTS"), ("192.0.2.1", "has no name"), ("::", "no IPv4 address")],
)
def test_other_machines_reach_it_only_where_it_has_a_name(office: Office, host: str, words: str) -> None:
    with pytest.raises(ConsoleFailed, match=words):
        serve_console(office.work.settings, 0, host=host)


def test_a_taken_port_is_one_clear_line(served: tuple[str, "subprocess.Popen[bytes]"]) -> None:
    url, _ = served
    port = url.rpartition(":")[2]
    ended = subprocess.run(
        [sys.executable, "-m", "marketing_pipeline", "console", "--port", port],
        capture_output=True,
        text=True,
        check=False,
    )
    assert ended.returncode == 1
    assert f"Port {port} of 127.0.0.1 is not free" in ended.stderr
    assert "Traceback" not in ended.stderr
