"""Which token opens an account: the newest, whatever files, rows and environments of several processes say."""

import random
import stat
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import SecretStr
from sqlalchemy import select

from marketing_pipeline.domain.channel_token import ChannelToken, TokenState, sha256_of
from marketing_pipeline.domain.clock import SteppedClock
from marketing_pipeline.domain.hold import TOKEN_WATCH, Hold
from marketing_pipeline.domain.identifiers import BrandId
from marketing_pipeline.store.database import Database
from marketing_pipeline.store.holds import Holds
from marketing_pipeline.store.home import Home
from marketing_pipeline.store.tables import channel_tokens
from marketing_pipeline.store.token_files import KeptToken, TokenFiles, TokenFileUnusable
from marketing_pipeline.store.token_rows import LEASE
from marketing_pipeline.store.tokens import Tokens
from marketing_pipeline_tests.fixtures import NOW, AuditNotes

BRAND, CHANNEL = BrandId("tea_room"), "instagram"
DAY = timedelta(days=1)


class Shelf:
    """The tokens of one home, and what a process with a given environment finds in use."""

    def __init__(self, database: Database, home: Home, clock: SteppedClock) -> None:
        self.database, self.clock = database, clock
        self.holds = Holds(AuditNotes(), clock)
        self.files = TokenFiles(home.secrets)
        self.tokens = Tokens(database, self.holds, self.files, random.Random(1))
        self.file = self.files.path(CHANNEL, BRAND)

    def used(self, seed: str) -> str:
        """The token in use for a process whose environment has `seed`."""
        return self.tokens.in_use(CHANNEL, BRAND, SecretStr(seed)).token.get_secret_value()

    def refreshed(self, seed: str, to: str) -> bool:
        """The channel gives another token for the one in use."""
        kept = self.tokens.in_use(CHANNEL, BRAND, SecretStr(seed))
        now = self.clock.now()
        return self.tokens.renewed(kept, kept.refreshed(SecretStr(to), now, now + 60 * DAY), self.known)

    def refuse(self) -> bool:
        """The channel refuses the token in use."""
        return self.tokens.refused(self.known, "error 190")

    @property
    def known(self) -> ChannelToken:
        return self.tokens.get(CHANNEL, BRAND)

    @property
    def held(self) -> list[Hold]:
        with self.database.read() as connection:
            return self.holds.active(connection)

    def pause(self, actor: str) -> None:
        with self.database.write() as connection:
            self.holds.pause(connection, brand=BRAND, channel=CHANNEL, actor=actor, note="stop")

    def resume(self) -> None:
        with self.database.write() as connection:
            self.holds.resume(connection, brand=BRAND, channel=CHANNEL, actor="sam")


@pytest.fixture
def shelf(database: Database, home: Home, clock: SteppedClock) -> Shelf:
    return Shelf(database, home, clock)


def test_at_first_the_token_of_the_environment_is_used_and_written_nowhere(shelf: Shelf) -> None:
    assert shelf.used("seed") == "seed"
    assert not shelf.file.parent.exists()
    assert (shelf.known.state, shelf.known.expires_at) == (TokenState.VALID, None)
    assert shelf.known.token_sha256 == sha256_of(SecretStr("seed"))
    with shelf.database.read() as connection:
        assert "seed" not in str(connection.execute(select(channel_tokens)).one())


def test_a_refreshed_token_lies_in_a_file_for_its_owner_alone_and_is_used(shelf: Shelf) -> None:
    shelf.used("seed")
    assert shelf.refreshed("seed", "fresh")
    assert shelf.used("seed") == "fresh"
    assert stat.S_IMODE(shelf.file.stat().st_mode) == 0o600
    assert stat.S_IMODE(shelf.file.parent.stat().st_mode) == 0o700
    assert [file.name for file in shelf.file.parent.iterdir()] == ["instagram-tea_room.token"]
    assert (shelf.known.refreshes, shelf.known.expires_at) == (1, NOW + 60 * DAY)
    assert "fresh" not in repr(shelf.files.read(CHANNEL, BRAND))


def test_a_new_token_of_the_environment_wins_over_the_kept_one_in_every_process(shelf: Shelf) -> None:
    shelf.used("seed")
    shelf.refreshed("seed", "fresh")
    assert shelf.used("pasted") == "pasted"
    # The daemon still has the environment that it was started with.
    assert shelf.used("seed") == "pasted"
    assert shelf.refreshed("seed", "fresher")
    assert shelf.used("pasted") == shelf.used("seed") == "fresher"
    assert shelf.known.token_sha256 == sha256_of(SecretStr("fresher"))


def test_who_goes_back_from_a_refused_token_gets_the_earlier_one_and_nothing_flaps(shelf: Shelf) -> None:
    shelf.used("seed")
    shelf.refreshed("seed", "fresh")
    shelf.used("misspelt")
    assert shelf.refuse()
    assert shelf.used("misspelt") == "misspelt"
    assert shelf.held
    assert shelf.used("seed") == "seed"
    assert shelf.held == []
    assert shelf.used("misspelt") == "seed"
    assert shelf.refuse()
    assert [shelf.used("misspelt"), shelf.used("seed")] == ["seed", "seed"]
    assert shelf.known.state is TokenState.REFUSED


def test_a_refused_token_stops_the_account_until_another_one_is_in_use(shelf: Shelf) -> None:
    shelf.used("seed")
    assert shelf.refuse()
    shelf.used("seed")
    assert (shelf.known.state, shelf.known.problem) == (TokenState.REFUSED, "error 190")
    assert [(hold.brand, hold.channel, hold.actor) for hold in shelf.held] == [(BRAND, CHANNEL, TOKEN_WATCH)]
    assert shelf.used("other") == "other"
    assert (shelf.held, shelf.known.state, shelf.known.problem) == ([], TokenState.VALID, None)


def test_a_token_that_ended_is_told_from_one_that_was_refused(shelf: Shelf) -> None:
    shelf.used("seed")
    shelf.refreshed("seed", "fresh")
    shelf.clock.sleep(61 * 86_400)
    assert shelf.refuse()
    assert shelf.known.state is TokenState.EXPIRED


@pytest.mark.parametrize("first", [True, False], ids=["paused before", "paused after"])
def test_a_new_token_never_lifts_what_a_person_paused(shelf: Shelf, first: bool) -> None:
    shelf.used("seed")
    for person in (first, not first):
        shelf.pause("sam") if person else shelf.refuse()
    assert len(shelf.held) == 2
    shelf.used("other")
    assert [hold.actor for hold in shelf.held] == ["sam"]


def test_what_a_person_resumed_is_worth_a_try_with_the_same_token(shelf: Shelf) -> None:
    shelf.used("seed")
    shelf.refuse()
    shelf.resume()
    assert shelf.used("seed") == "seed"
    assert (shelf.known.state, shelf.known.problem) == (TokenState.VALID, None)


def test_a_late_refusal_of_a_token_that_was_followed_by_another_stops_nothing(shelf: Shelf) -> None:
    shelf.used("seed")
    before = shelf.known
    shelf.used("other")
    assert not shelf.tokens.refused(before, "error 190")
    assert (shelf.held, shelf.known.state) == ([], TokenState.VALID)


def test_a_token_pasted_during_a_refresh_is_not_lost(shelf: Shelf) -> None:
    shelf.used("seed")
    shelf.refreshed("seed", "fresh")
    before, row = shelf.tokens.in_use(CHANNEL, BRAND, SecretStr("seed")), shelf.known
    shelf.used("pasted")
    after = before.refreshed(SecretStr("late"), shelf.clock.now(), shelf.clock.now() + DAY)
    assert not shelf.tokens.renewed(before, after, row)
    assert shelf.used("seed") == "pasted"


def test_after_a_restore_without_files_the_environments_token_is_used_again(shelf: Shelf) -> None:
    shelf.used("seed")
    shelf.refreshed("seed", "fresh")
    shelf.file.unlink()
    assert shelf.used("seed") == "seed"
    assert shelf.known.token_sha256 == sha256_of(SecretStr("seed"))


def test_a_row_that_was_not_written_follows_the_file(shelf: Shelf) -> None:
    kept = shelf.tokens.in_use(CHANNEL, BRAND, SecretStr("seed"))
    shelf.tokens.lease(shelf.known, "dead", forced=True)
    shelf.files.write(CHANNEL, BRAND, kept.refreshed(SecretStr("fresh"), NOW, NOW + 60 * DAY))
    assert shelf.used("seed") == "fresh"
    assert (shelf.known.token_sha256, shelf.known.expires_at) == (sha256_of(SecretStr("fresh")), NOW + 60 * DAY)
    assert not shelf.known.is_due(NOW + DAY)


def test_a_folder_that_cannot_be_written_loses_nothing(shelf: Shelf) -> None:
    shelf.used("seed")
    shelf.file.parent.parent.joinpath("secrets").write_text("no folder", encoding="utf-8")
    with pytest.raises(TokenFileUnusable):
        shelf.refreshed("seed", "fresh")


def test_of_many_that_want_to_refresh_one_gets_to_until_its_lease_is_over(shelf: Shelf) -> None:
    shelf.used("seed")
    token = shelf.known
    assert not shelf.tokens.lease(token, "too early")
    shelf.clock.sleep(DAY.total_seconds())
    with ThreadPoolExecutor(8) as pool:
        asked = [pool.submit(shelf.tokens.lease, token, f"thread {number}") for number in range(16)]
    assert sum(each.result() for each in asked) == 1
    assert not shelf.tokens.lease(token, "another", forced=True)
    shelf.clock.sleep(LEASE.total_seconds())
    assert shelf.tokens.lease(token, "another")


def test_a_lease_from_a_clock_that_was_ahead_binds_nobody(shelf: Shelf, database: Database, home: Home) -> None:
    shelf.used("seed")
    ahead = Shelf(Database.open(home.control_plane_url, SteppedClock(NOW + 400 * DAY)), home, shelf.clock)
    assert ahead.tokens.lease(shelf.known, "ahead", forced=True)
    ahead.database.close()
    assert shelf.tokens.lease(shelf.known, "right", forced=True)


def test_a_failed_refresh_is_told_and_tried_again(shelf: Shelf) -> None:
    shelf.used("seed")
    shelf.clock.sleep(DAY.total_seconds())
    shelf.tokens.lease(shelf.known, "one")
    shelf.tokens.not_renewed(shelf.known, "no answer")
    assert (shelf.known.state, shelf.known.problem) == (TokenState.VALID, "no answer")
    assert not shelf.known.is_due(shelf.clock.now())
    shelf.clock.sleep(2 * DAY.total_seconds())
    assert shelf.tokens.lease(shelf.known, "another")


SEEDS = st.sampled_from(["a", "b", "c"])
STEPS = st.lists(st.one_of(SEEDS, st.just("refuse"), st.just("refresh")), max_size=25)


@given(STEPS)
def test_processes_with_different_environments_agree_after_each_has_looked(
    tmp_path_factory: pytest.TempPathFactory, steps: list[str]
) -> None:
    folder = tmp_path_factory.mktemp("home")
    kept, row_refused, made, seeds = None, False, 0, {"a"}
    files = TokenFiles(folder)
    for step in steps:
        if step == "refuse":
            row_refused = True
        elif step == "refresh" and kept is not None and not row_refused:
            made += 1
            kept = kept.refreshed(SecretStr(f"r{made}"), NOW, NOW + DAY)
        elif step in ("a", "b", "c"):
            kept, row_refused = _looked(kept, step, row_refused)
            seeds.add(step)
        if kept is not None:
            files.write(CHANNEL, BRAND, kept)
            assert files.read(CHANNEL, BRAND) == kept
    for _ in range(2):
        for seed in sorted(seeds):
            kept, row_refused = _looked(kept, seed, row_refused)
    settled = kept
    for seed in sorted(seeds):
        kept, row_refused = _looked(kept, seed, row_refused)
        assert kept == settled


def _looked(kept: KeptToken | None, seed: str, refused: bool) -> tuple[KeptToken, bool]:
    if kept is None:
        return KeptToken(token=SecretStr(seed), seed_sha256=sha256_of(SecretStr(seed)), issued_at=NOW), False
    chosen = kept.or_seed(SecretStr(seed), NOW, refused=refused)
    return chosen, refused and chosen is kept
