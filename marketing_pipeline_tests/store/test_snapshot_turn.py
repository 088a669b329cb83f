"""A small snapshot is renewed at once; a large one rests, and nothing new is forgotten meanwhile."""

import os
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from marketing_pipeline.store.snapshot_turn import BYTES_A_SECOND, SMALL_BYTES, SnapshotTurn

NOW = datetime(2026, 11, 23, 9, tzinfo=UTC)
REST = timedelta(seconds=SMALL_BYTES * 2 / BYTES_A_SECOND)


class Press:
    """Publishes empty files of a size, and counts."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.made = 0

    def __call__(self) -> Path:
        self.made += 1
        return self.published(SMALL_BYTES * 2)

    def published(self, size: int) -> Path:
        """A snapshot as it lies there, made at `NOW`."""
        path = self.folder / f"{self.made:06d}-abcdef.duckdb"
        path.touch()
        os.truncate(path, size)
        os.utime(path, (NOW.timestamp(), NOW.timestamp()))
        link = self.folder / "current.duckdb"
        link.unlink(missing_ok=True)
        link.symlink_to(path.name)
        return path


@pytest.fixture
def press(tmp_path: Path) -> Press:
    return Press(tmp_path)


def test_the_first_snapshot_is_published_at_once(press: Press) -> None:
    assert SnapshotTurn(press.folder).publish_or_wait(press) == "000001-abcdef.duckdb" and press.made == 1


def test_a_small_one_is_renewed_at_once(press: Press) -> None:
    press.published(SMALL_BYTES)
    turn = SnapshotTurn(press.folder)
    turn.publish_or_wait(press)
    assert press.made == 1 and not turn.waits() and not turn.due(NOW + REST)


def test_a_large_one_rests_and_is_then_due_once(press: Press) -> None:
    press.published(SMALL_BYTES * 2)
    turn = SnapshotTurn(press.folder)
    assert not turn.due(NOW + REST), "nothing new was projected"
    told = turn.publish_or_wait(press)
    assert press.made == 0 and turn.waits() and "follows within 6 s" in told
    assert not turn.due(NOW + REST - timedelta(seconds=1))
    assert turn.due(NOW + REST) == "000000-abcdef"
    turn.publish(press)
    assert press.made == 1 and not turn.waits() and not turn.due(NOW + REST)


def test_what_comes_while_it_is_published_waits_for_the_next(press: Press) -> None:
    press.published(SMALL_BYTES * 2)
    turn = SnapshotTurn(press.folder)
    turn.publish_or_wait(press)

    def meanwhile() -> Path:
        turn.publish_or_wait(press)
        return press()

    turn.publish(meanwhile)
    assert turn.waits()


def test_a_publication_that_fails_leaves_it_waiting(press: Press) -> None:
    press.published(SMALL_BYTES * 2)
    turn = SnapshotTurn(press.folder)
    turn.publish_or_wait(press)

    def fails() -> Path:
        raise OSError("the disk is full")

    with pytest.raises(OSError, match="full"):
        turn.publish(fails)
    assert turn.waits()
