"""The demo as people run it: a process of its own, killed at any moment, finished by running it again."""

import os
import random
import signal
import sqlite3
import subprocess
import sys
from collections import Counter
from pathlib import Path

import pytest
from PIL import Image

from marketing_pipeline.domain.clock import SystemClock
from marketing_pipeline.settings import Settings
from marketing_pipeline.store.creatives import attempts_of
from marketing_pipeline.store.insights import snapshots_of
from marketing_pipeline.store.learnings import latest_learnings
from marketing_pipeline.store.post_row import Post
from marketing_pipeline.store.variations import variations_of
from marketing_pipeline.workplace import Workplace
from marketing_pipeline_tests.fixtures import TEST_BRANDS

WEEKS, POSTS_A_WEEK = 1, 3
KILLS = 3


def start(home: Path) -> subprocess.Popen[bytes]:
    """The demo for the bakery, which posts three times a week."""
    environment = {"PATH": os.environ["PATH"], "MARKETING_HOME": str(home), "MARKETING_BRANDS": str(TEST_BRANDS)}
    command = [sys.executable, "-m", "marketing_pipeline", "demo", "--weeks", str(WEEKS), "--brand", "bakery"]
    return subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)


def published(home: Path) -> Counter[str]:
    """What went live by the sandbox's own journal: how often each caption was published."""
    with sqlite3.connect(home / "sandbox" / "world.sqlite") as world:
        rows = world.execute(
            "SELECT json_extract(details, '$.caption') FROM journal WHERE kind = 'media_published'"
        ).fetchall()
    return Counter(row[0] for row in rows)


@pytest.mark.timeout(240)
def test_killed_at_any_moment_and_run_again_it_finishes_without_a_double_post(tmp_path: Path) -> None:
    home, dice, clock = tmp_path / "home", random.Random(11), SystemClock()
    for _ in range(KILLS):
        running = start(home)
        clock.sleep(dice.uniform(2.5, 9))
        running.send_signal(signal.SIGKILL)
        running.communicate()
    told, _ = (last := start(home)).communicate(timeout=200)
    assert last.returncode == 0, told.decode()
    assert len(published(home)) == WEEKS * POSTS_A_WEEK
    assert set(published(home).values()) == {1}

    settings = Settings.from_environment({"MARKETING_HOME": str(home), "MARKETING_BRANDS": str(TEST_BRANDS)}, tmp_path)
    with Workplace.open(settings) as workplace:
        weeks: dict[str, list[Post]] = {}
        for post in workplace.posts.find():
            weeks.setdefault(post.week, []).append(post)
        past, present = (weeks[week] for week in sorted(weeks))
        assert len(past) == len(present) == POSTS_A_WEEK
        for post in past:
            _assert_complete(workplace, post)
        assert latest_learnings(workplace.database, past[0].brand) is not None
        with workplace.database.read() as connection:
            assert workplace.audit.verify(connection).intact


def _assert_complete(workplace: Workplace, post: Post) -> None:
    """Everything that a published post leaves behind."""
    assert post.state == "published" and post.media_id and post.permalink
    written = variations_of(workplace.database, post.id)
    assert len(written) >= 3 and [item.id for item in written if item.chosen] == [post.chosen_variation]
    kept = next(item for item in attempts_of(workplace.database, post.id) if item.chosen)
    assert all(verdict.reason for verdict in kept.evaluation.verdicts)
    for media in kept.media:
        with Image.open(workplace.media.path(media.sha256)) as picture:
            picture.load()
            assert (picture.format, picture.size) == ("JPEG", (media.width, media.height))
    assert any(snapshot.values["reach"] for snapshot in snapshots_of(workplace.database, post.id))
