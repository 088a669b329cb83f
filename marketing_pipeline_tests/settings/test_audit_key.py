"""The key that signs approvals and the audit log: given, or made once by the home."""

import multiprocessing
import stat
from multiprocessing.queues import Queue
from pathlib import Path

import pytest

from marketing_pipeline.settings import CredentialMissing, SettingsInvalid
from marketing_pipeline_tests.settings.test_settings import read


def _audit_key(home: str, keys: "Queue[bytes]") -> None:
    keys.put(read({"MARKETING_HOME": home}).audit_key())


def test_a_home_makes_its_audit_key_once_and_for_its_owner_alone(tmp_path: Path) -> None:
    key = read({}, tmp_path).audit_key()
    assert read({}, tmp_path).audit_key() == key
    assert len(key) >= 32
    file = tmp_path / ".marketing" / "audit.key"
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert [path.name for path in file.parent.iterdir()] == ["audit.key"]


def test_processes_that_make_the_audit_key_at_once_agree(tmp_path: Path) -> None:
    context = multiprocessing.get_context("spawn")
    keys = context.Queue()
    workers = [context.Process(target=_audit_key, args=(str(tmp_path / "home"), keys)) for _ in range(2)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join(30)
    assert keys.get(timeout=5) == keys.get(timeout=5)


def test_live_mode_makes_no_audit_key(tmp_path: Path) -> None:
    settings = read({"MARKETING_INSTAGRAM_MODE": "live"}, tmp_path)
    with pytest.raises(CredentialMissing, match="MARKETING_AUDIT_KEY"):
        settings.audit_key()
    assert not (tmp_path / ".marketing").exists()


def test_a_short_audit_key_is_refused() -> None:
    with pytest.raises(SettingsInvalid, match="fewer than 32 characters"):
        read({"MARKETING_AUDIT_KEY": "short"}).audit_key()


def test_an_audit_key_that_cannot_be_made_is_said(tmp_path: Path) -> None:
    (tmp_path / ".marketing").write_text("")
    with pytest.raises(SettingsInvalid, match=r"cannot be made or read.*set MARKETING_AUDIT_KEY"):
        read({}, tmp_path).audit_key()
