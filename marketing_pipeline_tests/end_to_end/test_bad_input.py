"""Bad input through Dagster runs and the command line: one clear error with its mend, and what was stored stays."""

import os
import sqlite3
from collections.abc import Generator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select, text

from marketing_pipeline.cli import main
from marketing_pipeline.cli.dagster_home import RunFailed, dagster_instance, run_job
from marketing_pipeline.domain.brand import Brand
from marketing_pipeline.domain.effect import EffectState
from marketing_pipeline.domain.identifiers import BrandId, PostId
from marketing_pipeline.domain.post import PostState
from marketing_pipeline.store.creatives import attempts_of
from marketing_pipeline.store.effect_rows import get_effect
from marketing_pipeline.store.model_calls import ModelCalls
from marketing_pipeline.store.plans import plan_of
from marketing_pipeline.store.tables import effect_attempts
from marketing_pipeline.store.variations import variations_of
from marketing_pipeline.store.warehouse import WarehouseBusy, gate
from marketing_pipeline_tests.end_to_end.company import FIRST_WEEK, Company, company, kept_small


@pytest.fixture
def shop(
    request: pytest.FixtureRequest, tmp_path: Path, brand: Brand, monkeypatch: pytest.MonkeyPatch
) -> Generator[Company]:
    """The shipped brand with two posts a week (or as many as the test asks for) at the moment at which its first week
    is planned; runs find it.
    """
    folder = tmp_path / "brands"
    small = kept_small(brand, folder, getattr(request, "param", 2))
    monkeypatch.setenv("MARKETING_BRANDS", str(folder))
    monkeypatch.setenv("MARKETING_HOME", str(tmp_path / "home"))
    monkeypatch.setenv("DAGSTER_HOME", "")
    with company(tmp_path, small, brands=folder) as people:
        people.workplace.clock.step_to(small.planning_moment(FIRST_WEEK))
        yield people


def run(people: Company, job: str = "weekly") -> None:
    """One run of a job, with its history kept as in real life. Raises RunFailed."""
    with dagster_instance(people.workplace.settings) as instance:
        if job == "weekly":
            run_job(instance, job, people.brand.brand_id, FIRST_WEEK)
        else:
            run_job(instance, job)


def fails(people: Company, job: str = "weekly") -> str:
    """What a run that fails says of its cause."""
    with pytest.raises(RunFailed) as failed:
        run(people, job)
    assert "Traceback" not in failed.value.message
    return failed.value.message


def states(people: Company) -> list[PostState]:
    return sorted(post.state for post in people.workplace.posts.find())


MADE = {PostState.SCHEDULED, PostState.NEEDS_HUMAN}
ALWAYS = 60


FAILURES = (
    ("plan", "truncated", "truncated", "max_tokens", None),
    ("plan", "web_page", "bad_wire", "base URL", None),
    ("copy", "invalid_json", "invalid_output", "Run it again", PostState.PLANNED),
    ("copy", "off_the_rules", "off_the_rules", "brand.yaml", PostState.PLANNED),
    ("evaluation", "truncated", "truncated", "max_tokens", PostState.DRAFTED),
)
"""One run after the other: the agent that fails, its fault, outcome and mend, and where the posts then are."""


def test_a_model_that_fails_is_named_what_is_stored_stays_and_the_next_run_goes_on(shop: Company) -> None:
    people, database, posts = shop, shop.workplace.database, shop.brand.posting.posts_per_week
    plan, words = None, dict[PostId, Any]()
    for agent, fault, outcome, mend, left in FAILURES:
        people.order_from_model(name=fault, agent=agent, times=ALWAYS)
        earlier = {call.id for call in _calls(people)}
        told = fails(people)
        assert f"ended as {outcome}" in told and mend in told
        assert states(people) == ([left] * posts if left else [])
        assert left is None or f"{posts} posts could not be" in told
        found = plan_of(database, people.brand.brand_id, FIRST_WEEK.key)
        assert (found is not None) is (left is not None)
        assert plan is None or found == plan
        plan = found
        outcomes = {call.outcome for call in _calls(people) if call.id not in earlier}
        assert outcome in outcomes and "in_flight" not in outcomes
        words = {post.id: variations_of(database, post.id) for post in people.workplace.posts.find()}
        people.mend_services()
    assert len(words) == posts and all(words.values())

    run(people)
    assert set(states(people)) <= MADE and len(states(people)) == posts
    assert plan_of(database, people.brand.brand_id, FIRST_WEEK.key) == plan
    for post, before in words.items():
        assert variations_of(database, post) == before, "words that were paid for are used"


def _calls(people: Company) -> Any:
    """Every call of a model for the week so far."""
    return ModelCalls(people.workplace.database).of_week(people.brand.brand_id, FIRST_WEEK.key)


@pytest.mark.parametrize(
    ("order", "left"),
    [
        pytest.param({"name": "refusal", "agent": "copy", "times": 1}, PostState.PLANNED, id="words refused"),
        pytest.param({"name": "402", "agent": "brief", "times": 1}, PostState.DRAFTED, id="no credit for a brief"),
    ],
)
def test_a_post_that_fails_never_stops_the_other_and_is_finished_by_the_next_run(
    shop: Company, order: dict[str, Any], left: PostState
) -> None:
    shop.order_from_model(**order)
    run(shop)
    failed = [post for post in shop.workplace.posts.find() if post.state is left]
    made = [post for post in shop.workplace.posts.find() if post.state in MADE]
    assert len(failed) == len(made) == 1
    run(shop)
    assert set(states(shop)) <= MADE


@pytest.mark.parametrize("effect", [True, False], ids=["and the post is live", "and it is not"])
def test_a_web_page_at_publish_is_unknown_until_the_account_proves_it(shop: Company, effect: bool) -> None:
    people, account = shop, shop.brand.channels.instagram.account_id
    people.learn_and_plan(FIRST_WEEK)
    first = min(people.queue_plain(FIRST_WEEK), key=lambda found: found.due_at)
    people.order(name="html", operation="publish", effect=effect)
    people.workplace.clock.step_to(first.due_at)
    run(people, "run_due_effects")
    post = people.workplace.posts.get(PostId(first.subject))
    assert post.state is (PostState.PUBLISHED if effect else PostState.UNKNOWN) and post.state_reason
    with people.workplace.database.read() as connection:
        outcomes = connection.scalars(select(effect_attempts.c.outcome)).all()
    assert outcomes == ["unknown"], "the web page itself proves nothing either way"
    for _ in range(8):
        people.workplace.clock.sleep(600)
        people.workplace.drain("test")
    assert people.workplace.posts.get(post.id).state is PostState.PUBLISHED
    assert len(people.world.journal.publishes(account)) == 1


def _make_newer(people: Company) -> None:
    with people.workplace.database.write() as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = '9999'"))


def _damage(people: Company) -> None:
    people.workplace.database.close()
    file = people.workplace.home.root / "control_plane.sqlite"
    for beside in (f"{file}-wal", f"{file}-shm"):
        Path(beside).unlink(missing_ok=True)
    file.write_bytes(b"nothing of the kind " * 400)


@pytest.mark.parametrize(
    ("harm", "words", "mend"),
    [
        pytest.param(_make_newer, "its schema is 9999", "Upgrade this installation", id="newer"),
        pytest.param(_damage, "is damaged or is no SQLite database", "restore the last backup", id="damaged"),
    ],
)
def test_a_database_that_cannot_be_used_fails_the_run_in_plain_words(
    shop: Company, harm: Any, words: str, mend: str
) -> None:
    harm(shop)
    told = fails(shop)
    assert words in told and mend in told


def test_a_locked_database_fails_run_and_command_in_plain_words_and_takes_nothing(
    shop: Company, capsys: pytest.CaptureFixture[str]
) -> None:
    shop.learn_and_plan(FIRST_WEEK)
    post, before = shop.workplace.posts.find()[0].id, states(shop)
    file = shop.workplace.home.root / "control_plane.sqlite"
    with closing(sqlite3.connect(file, isolation_level=None)) as another:
        another.execute("BEGIN IMMEDIATE")
        with pytest.raises(SystemExit) as ended:
            main(["posts", "hold", post])
        said = capsys.readouterr()
        assert ended.value.code == 1 and "Traceback" not in said.err
        assert "stayed locked by another process" in said.err and "Try again" in said.err
        another.execute("ROLLBACK")
    assert states(shop) == before and not shop.workplace.posts.get(post).held


def test_a_warehouse_that_is_kept_by_another_program_fails_the_run_after_the_posts_are_out(shop: Company) -> None:
    people = shop
    people.learn_and_plan(FIRST_WEEK)
    last = max(effect.due_at for effect in people.queue_plain(FIRST_WEEK))
    people.workplace.clock.step_to(last)
    people.workplace.warehouse.patience_s = 0.2
    lock = people.workplace.home.warehouse / "warehouse.lock"
    people.workplace.drain("test")  # what the run does first
    with gate(lock, 5), pytest.raises(WarehouseBusy, match="was held by another process") as busy:
        people.workplace.refresh_warehouse()
    assert "Try again" in str(busy.value)
    assert PostState.PUBLISHED in states(people)
    assert people.workplace.refresh_warehouse()


@pytest.mark.parametrize("shop", [1], indirect=True)
def test_a_broken_brand_file_fails_the_run_with_file_and_field_and_leaves_the_week(shop: Company) -> None:
    shop.learn_and_plan(FIRST_WEEK)
    before = states(shop)
    file = Path(os.environ["MARKETING_BRANDS"]) / "upscale_print" / "brand.yaml"
    whole = file.read_text(encoding="utf-8")
    file.write_text(whole.replace("currency: GBP", "currency: POUND"), encoding="utf-8")
    told = fails(shop)
    assert "brand.yaml" in told and "currency" in told
    assert states(shop) == before
    file.write_text(whole, encoding="utf-8")
    run(shop)
    assert set(states(shop)) <= MADE
    assert all(attempts_of(shop.workplace.database, post.id) for post in shop.workplace.posts.find())


def test_a_broken_brand_stops_its_own_posts_and_nobody_elses(tmp_path: Path, small_brands: dict[str, Brand]) -> None:
    folder = tmp_path / "brands"
    brand = kept_small(small_brands["bakery"], folder, 1)
    file = folder / kept_small(small_brands["bike_shop"], folder, 1).id / "brand.yaml"
    file.write_text("id: bike_shop\n", encoding="utf-8")
    with company(tmp_path, brand, brands=folder) as people:
        people.learn_and_plan(FIRST_WEEK)
        [effect] = people.queue_plain(FIRST_WEEK)
        people.workplace.clock.step_to(effect.due_at)
        assert people.workplace.drain("test").published == (effect.id,)
        assert "brand.yaml" in str(people.workplace.broken_brands[BrandId("bike_shop")])

        # And the other way round: what is queued for a brand that broke meanwhile waits, and says why.
        people.learn_and_plan(FIRST_WEEK.plus(1))
        [waiting] = people.queue_plain(FIRST_WEEK.plus(1))
        people.workplace.clock.step_to(waiting.due_at)
        (folder / "bakery" / "brand.yaml").write_text("id: bakery\n", encoding="utf-8")
        run(people, "run_due_effects")
        with people.workplace.database.read() as connection:
            found = get_effect(connection, waiting.id)
        assert found.state is EffectState.RETRY_WAIT and "marketing doctor" in found.state_reason
