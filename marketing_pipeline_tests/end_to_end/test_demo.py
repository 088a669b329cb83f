"""The demo as people run it: a process of its own, killed at any moment, finished by running it again."""

import json
import os
import random
import shutil
import signal
import sqlite3
import subprocess
import sys
from collections import Counter
from contextlib import closing, suppress
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

from marketing_pipeline.cli.demo_ads import OPERATOR
from marketing_pipeline.domain.ad_change import AdChangeKind, AdChangeState
from marketing_pipeline.domain.approval import ApprovalRow, Decision
from marketing_pipeline.domain.clock import SystemClock
from marketing_pipeline.domain.identifiers import BrandId
from marketing_pipeline.domain.post import PostState
from marketing_pipeline.domain.week import Week
from marketing_pipeline.settings import Settings, google_ads_installed
from marketing_pipeline.store.ad_change_row import AdChange
from marketing_pipeline.store.ad_changes import AdChanges
from marketing_pipeline.store.brand_folder import load_brand
from marketing_pipeline.store.creatives import attempts_of
from marketing_pipeline.store.insights import snapshots_of
from marketing_pipeline.store.learnings import latest_learnings
from marketing_pipeline.store.post_row import Post
from marketing_pipeline.store.variations import variations_of
from marketing_pipeline.workplace import Workplace
from marketing_pipeline_tests.fixtures import TEST_BRANDS

WEEKS, POSTS_A_WEEK = 1, 2
KILLS = 1
"""At any moment; another follows once the ad account is written to. `make faults` does it hundreds of times."""
ADS = {
    "channels": {"google_ads": {"customer_id": "7710023340", "monthly_budget": 9000}},
    "policies": {
        "ads": {
            "caps": {
                "change_percent": 30,
                "change_amount": 30,
                "raise_per_day": 60,
                "account_daily_budget": 1000,
                "budget_floor": 5,
                "budget_ceiling": 150,
                "bid_ceiling": 30,
            },
            "by_itself": ["add_negative_keyword"],
            "proposal_hours": 48,
        }
    },
}


def bakery_with_ads(folder: Path) -> Path:
    """A folder of brands: the bakery, which posts twice a week here, with an ad account and a policy for it."""
    shutil.copytree(TEST_BRANDS / "bakery", folder / "bakery")
    content: dict[str, Any] = load_brand(folder / "bakery").model_dump(mode="json", exclude_none=True)
    for part, added in ADS.items():
        content[part] |= added
    posting = content["posting"]
    # By Thursday, when the demo begins to count the present week as lived through, both are out.
    slots = [{**slot, "weekday": day} for slot, day in zip(posting["slots"], ("tuesday", "wednesday"), strict=False)]
    posting |= {"posts_per_week": POSTS_A_WEEK, "slots": slots}
    (folder / "bakery" / "brand.yaml").write_text(json.dumps(content), encoding="utf-8")
    return folder


def start(home: Path, brands: Path) -> subprocess.Popen[bytes]:
    """The demo for the bakery."""
    environment = {"PATH": os.environ["PATH"], "MARKETING_HOME": str(home), "MARKETING_BRANDS": str(brands)}
    command = [sys.executable, "-m", "marketing_pipeline", "demo", "--weeks", str(WEEKS), "--brand", "bakery"]
    return subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)


def kill(running: subprocess.Popen[bytes]) -> None:
    """As a power cut would end it."""
    running.send_signal(signal.SIGKILL)
    running.communicate()


def in_ads_account(home: Path) -> list[tuple[str, str]]:
    """What the sandbox's own journal says of the ad account, in order: the resource, and validated or applied."""
    journal = home / "sandbox" / "google_ads.sqlite"
    if not journal.exists():
        return []
    with closing(sqlite3.connect(journal)) as world, suppress(sqlite3.OperationalError):
        return world.execute("SELECT resource, outcome FROM journal ORDER BY sequence").fetchall()
    return []


def published(home: Path) -> Counter[str]:
    """What went live by the sandbox's own journal: how often each caption was published."""
    with sqlite3.connect(home / "sandbox" / "world.sqlite") as world:
        rows = world.execute(
            "SELECT json_extract(details, '$.caption') FROM journal WHERE kind = 'media_published'"
        ).fetchall()
    return Counter(row[0] for row in rows)


@pytest.mark.slow
@pytest.mark.timeout(600)
def test_killed_at_any_moment_and_run_again_it_finishes_without_a_double_post_or_change(tmp_path: Path) -> None:
    home, dice, clock = tmp_path / "home", random.Random(11), SystemClock()
    brands = bakery_with_ads(tmp_path / "brands")
    for _ in range(KILLS):
        running = start(home, brands)
        clock.sleep(dice.uniform(2.5, 9))
        kill(running)
    running = start(home, brands)
    while running.poll() is None and google_ads_installed() and not in_ads_account(home):
        clock.sleep(0.02)
    kill(running)
    told, _ = (last := start(home, brands)).communicate(timeout=500)
    assert last.returncode == 0, told.decode()
    assert len(published(home)) == WEEKS * POSTS_A_WEEK
    assert set(published(home).values()) == {1}

    settings = Settings.from_environment({"MARKETING_HOME": str(home), "MARKETING_BRANDS": str(brands)}, tmp_path)
    with Workplace.open(settings) as workplace:
        weeks: dict[str, list[Post]] = {}
        for post in workplace.posts.find():
            weeks.setdefault(post.week, []).append(post)
        past, ahead = (weeks[week] for week in sorted(weeks))
        assert len(past) == len(ahead) == POSTS_A_WEEK
        brand, now = workplace.brand("bakery"), clock.now()
        this_week = Week.containing(now, brand.zone)
        if ahead[0].week == this_week.key:
            assert {post.state for post in ahead} == {PostState.PLANNED}
        else:
            assert {post.state for post in ahead} <= {PostState.SCHEDULED, PostState.NEEDS_HUMAN}
            assert all(post.scheduled_at > now for post in ahead)
        for post in past:
            _assert_complete(workplace, post)
        assert latest_learnings(workplace.database, past[0].brand) is not None
        with workplace.database.read() as connection:
            assert workplace.audit.verify(connection).intact
        if google_ads_installed():
            _assert_one_week_of_ads(workplace, this_week.plus(-1).key, in_ads_account(home))
            assert "changes of the week" in told.decode() and "marketing ads list" in told.decode()


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


def _assert_one_week_of_ads(workplace: Workplace, week: str, journal: list[tuple[str, str]]) -> None:
    """One change was approved by the operator and applied, one rejected, the rest ran out; each was made once."""
    changes = AdChanges(workplace.database, workplace.audit).of_week(BrandId("bakery"), week)
    states = {state: [change for change in changes if change.state is state] for state in AdChangeState}
    assert len(states[AdChangeState.REJECTED]) == 1 and states[AdChangeState.EXPIRED]
    assert len(changes) == sum(map(len, (states[AdChangeState(word)] for word in ("applied", "rejected", "expired"))))
    decided = [(change, row) for change in changes for row in _rows(workplace, change) if row.actor == OPERATOR]
    assert [(change.state, row.decision) for change, row in decided if row.decision is Decision.REJECT] == [
        (AdChangeState.REJECTED, Decision.REJECT)
    ]
    [approved] = [change for change, row in decided if row.decision is Decision.APPROVE]
    assert (approved.payload.change_kind, approved.state) == (AdChangeKind.SET_BUDGET, AdChangeState.APPLIED)
    assert all(row.note for _, row in decided)

    made = [resource for resource, outcome in journal if outcome == "applied"]
    tried = [resource for resource, outcome in journal if outcome == "validated"]
    every = AdChanges(workplace.database, workplace.audit).find(states=[AdChangeState.APPLIED])
    assert len(made) == len(every) and len(tried) in (len(made), len(made) + 1)  # one was killed in between
    assert journal[0][1] == "validated" and made.count(approved.payload.resource) == 1


def _rows(workplace: Workplace, change: AdChange) -> tuple[ApprovalRow, ...]:
    with workplace.database.read() as connection:
        return () if change.approval is None else workplace.approvals.rows_of(connection, change.approval)
