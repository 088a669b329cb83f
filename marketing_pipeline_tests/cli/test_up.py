"""`marketing up`: one a home, on a port that is free, told where the sandbox is, and nothing left when it ends."""

import itertools
import json
import os
import re
import signal
import socket
import subprocess
import sys
import textwrap
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path

import httpx
import psutil
import pytest

from marketing_pipeline.cli.home_lock import AlreadyUp, only_one_up
from marketing_pipeline.cli.sandbox_process import sandbox_process
from marketing_pipeline.cli.servers import PortTaken, require_free
from marketing_pipeline.settings import Settings
from marketing_pipeline_tests.cli.command_line import Run

PARENT = textwrap.dedent("""
    import subprocess, sys, time
    child = subprocess.Popen(
        [sys.executable, "-m", "marketing_pipeline.cli.with_parent", "http.server", "0", "--bind", "127.0.0.1"],
        stdin=subprocess.PIPE, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
    )
    print(child.pid, flush=True)
    time.sleep(60)
""")


def test_a_second_up_is_told_of_the_first_and_may_follow_it(tmp_path: Path) -> None:
    with only_one_up(tmp_path, "http://127.0.0.1:3000"):
        with pytest.raises(AlreadyUp) as refused, only_one_up(tmp_path, "http://127.0.0.1:3001"):
            pass
        assert f"process {os.getpid()}, http://127.0.0.1:3000" in str(refused.value)
        with only_one_up(tmp_path / "other", "http://127.0.0.1:3001"):
            pass
    with only_one_up(tmp_path, "http://127.0.0.1:3001"):
        pass


def test_a_port_that_is_taken_is_refused_with_one_that_is_free() -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        with pytest.raises(PortTaken, match="is not free") as refused:
            require_free(taken.getsockname()[1])
    require_free(int(refused.value.mend.split("--port ")[1].rstrip("`.")))


def test_a_server_ends_when_its_parent_is_killed() -> None:
    with subprocess.Popen([sys.executable, "-c", PARENT], stdout=subprocess.PIPE, text=True) as parent:
        assert parent.stdout is not None
        child = psutil.Process(int(parent.stdout.readline()))
        assert child.is_running()
        parent.kill()
    assert psutil.wait_procs([child], timeout=15)[1] == []


def test_a_sandbox_comes_back_at_its_address_unless_somebody_else_is_there(
    marketing_home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MARKETING_GOOGLE_ADS_MODE", "off")  # an ads world takes seconds to open
    settings = Settings.from_environment({"MARKETING_HOME": str(marketing_home)}, tmp_path)
    with sandbox_process(settings) as first:
        pass
    with sandbox_process(settings) as second:
        assert second == first
    assert first in (marketing_home / "sandbox" / "log.txt").read_text(encoding="utf-8")
    with socket.socket() as taken:
        taken.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        taken.bind(("127.0.0.1", int(first.rpartition(":")[2])))
        taken.listen()
        with sandbox_process(settings) as third:
            assert third != first


@contextmanager
def everything_up(port: int) -> Generator[subprocess.Popen[str]]:
    command = [sys.executable, "-m", "marketing_pipeline", "up", "--port", str(port)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        try:
            yield process
        finally:
            process.send_signal(signal.SIGTERM)


def test_everything_is_served_watched_and_stopped(marketing_home: Path, run: Run) -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    with everything_up(port) as process:
        assert process.stdout is not None
        told = iter(process.stdout.readline, "")
        until_ready = itertools.takewhile(lambda line: not line.startswith("ready"), told)
        served = dict(re.findall(r"^  (\S+) +(http\S+)$", "".join(until_ready), re.MULTILINE))
        assert served["dagster"] == f"http://127.0.0.1:{port}"
        children = psutil.Process(process.pid).children()
        servers = [child for child in children if "with_parent" in " ".join(child.cmdline())]
        assert len(servers) == len(served), "the daemon has no address, and the sandbox starts in another way"
        assert {child.environ()["MARKETING_SANDBOX_URL"] for child in servers} == {served["sandbox"]}

        second = run("up", "--port", str(port + 1))
        assert second.code == 1
        assert f"process {process.pid}, http://127.0.0.1:{port}" in second.words

        [world] = [child for child in children if child not in servers]
        [daemon] = [child for child in servers if "dagster._daemon" in child.cmdline()]
        for ended, name, log in ((world, "sandbox", "sandbox/log.txt"), (daemon, "daemon", "logs/daemon.txt")):
            ended.kill()
            said = next(told)
            assert said.startswith(f"{name} ended by itself with exit code -9, and is started again.")
            assert said.rstrip().endswith(str(marketing_home / log))
        with httpx.Client() as client:
            assert client.get(served["sandbox"]).status_code < 500, "it serves at the same address again"
        kept = json.loads(run("audit", "list", "--action", "server.restarted", "--json").words)
        assert [row["subject"] for row in kept] == ["sandbox", "daemon"]

        servers = psutil.Process(process.pid).children()
        assert [child for child in servers if "dagster._daemon" in child.cmdline() and child.pid != daemon.pid]
        process.send_signal(signal.SIGTERM)
        said, _ = process.communicate(timeout=60)
        assert process.returncode == 0
        assert "stopped" in said
    assert not any(child.is_running() for child in servers)
