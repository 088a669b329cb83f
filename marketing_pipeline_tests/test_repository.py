"""The ground the suite stands on: the guards of `conftest.py`, and the files that Dagster reads."""

import ast
import os
import re
import shutil
import socket
from collections.abc import Callable
from pathlib import Path

import pytest
import yaml
from dagster import DagsterInstance
from dagster._core.run_coordinator import QueuedRunCoordinator
from hypothesis import given
from hypothesis import strategies as st

from marketing_pipeline_tests.conftest import NetworkRefused
from marketing_pipeline_tests.faults.campaign import MODULES

ROOT = Path(__file__).parent.parent


def _connect(host: str) -> None:
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as connection:
        connection.connect((host, 9))


def _send_datagram(host: str) -> None:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as connection:
        connection.sendto(b"x", (host, 9))


def _resolve(host: str) -> None:
    socket.getaddrinfo(host, 443)


@pytest.mark.parametrize("reach", [_connect, _send_datagram, _resolve])
@pytest.mark.parametrize("host", ["192.0.2.1", "10.0.0.7"])
def test_an_address_beyond_this_machine_is_refused(reach: Callable[[str], None], host: str) -> None:
    with pytest.raises(NetworkRefused):
        reach(host)


def test_a_name_beyond_this_machine_is_not_even_looked_up() -> None:
    with pytest.raises(NetworkRefused):
        socket.create_connection(("graph.example", 443), timeout=1)


def test_this_machine_can_be_reached() -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        host, port = server.getsockname()
        with socket.create_connection((host, port), timeout=5) as connection:
            assert connection.getpeername() == (host, port)


def test_no_credential_and_no_setting_of_this_machine_is_seen(marketing_home: Path) -> None:
    seen = {name for name in os.environ if name.startswith(("ANTHROPIC_", "INSTAGRAM_", "MARKETING_"))}
    assert seen == {"MARKETING_HOME"}
    assert os.environ["MARKETING_HOME"] == str(marketing_home)
    assert not marketing_home.exists()


@given(st.integers())
def test_generated_examples_go_together_with_the_fixtures(number: int) -> None:
    assert isinstance(number, int)


def test_dagster_accepts_the_instance_template(tmp_path: Path) -> None:
    shutil.copy(ROOT / "dagster.yaml", tmp_path)
    with DagsterInstance.from_config(str(tmp_path)) as instance:
        coordinator = instance.run_coordinator
        assert isinstance(coordinator, QueuedRunCoordinator)
        assert instance.run_monitoring_enabled
        assert instance.run_monitoring_max_runtime_seconds > 0
        assert not instance.telemetry_enabled
        assert not instance.nux_enabled
        queue = instance.get_concurrency_config().run_queue_config
        assert queue is not None
        assert queue.max_concurrent_runs == 4
        assert instance.global_op_concurrency_default_limit == 4
        assert Path(instance.root_directory) == tmp_path


def test_the_workspace_names_a_module_of_this_package() -> None:
    [entry] = yaml.safe_load((ROOT / "workspace.yaml").read_text())["load_from"]
    assert entry["python_module"]["module_name"] == "marketing_pipeline.definitions"


def test_locks_are_exact_and_name_no_index() -> None:
    pins = {name: (ROOT / name).read_text().splitlines() for name in ("requirements.lock", "requirements-dev.lock")}
    for name, lines in pins.items():
        assert [line for line in lines if "==" not in line] == [], name
    missing = {line.split(" ;")[0] for line in pins["requirements.lock"]} - {
        line.split(" ;")[0] for line in pins["requirements-dev.lock"]
    }
    assert missing == set()


def _modules_dagster_inspects() -> list[Path]:
    package = ROOT / "marketing_pipeline"
    return [
        *package.glob("assets/**/*.py"),
        *package.glob("automation/**/*.py"),
    ]


def test_annotations_that_dagster_reads_are_real_objects() -> None:
    """`from __future__ import annotations` breaks `context:` and `config:` in what Dagster decorates."""
    offenders = [
        str(path.relative_to(ROOT))
        for path in _modules_dagster_inspects()
        for node in ast.parse(path.read_text()).body
        if isinstance(node, ast.ImportFrom) and node.module == "__future__"
    ]
    assert offenders == []


def test_each_test_that_a_guarantee_names_is_there() -> None:
    """docs/guarantees.md names tests by their paths below this package."""
    named = set(re.findall(r"`([\w/]+\.py)`", (ROOT / "docs" / "guarantees.md").read_text(encoding="utf-8")))
    assert len(named) > 50
    assert sorted(name for name in named if not (Path(__file__).parent / name).is_file()) == []


def test_each_fault_row_is_in_the_campaign_and_in_the_suite() -> None:
    faults = Path(__file__).parent / "faults"
    files = [file for file in faults.glob("*.py") if not file.name.startswith("test_")]
    with_rows = {file.stem for file in files if re.search(r"^ROWS\b", file.read_text(), re.MULTILINE)}
    assert with_rows == set(MODULES)
    tests = "\n".join(file.read_text(encoding="utf-8") for file in faults.glob("test_*.py"))
    assert sorted(name for name in MODULES if not re.search(rf"\b{name}\b", tests)) == []
