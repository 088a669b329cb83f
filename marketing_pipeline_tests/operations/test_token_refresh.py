"""Refreshing over the wire: each account on its own, ahead of its end, and never with a token in any words."""

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from pydantic import SecretStr

from marketing_pipeline.domain.channel_token import TokenState
from marketing_pipeline.domain.errors import MarketingError
from marketing_pipeline.domain.health import Health
from marketing_pipeline.domain.hold import TOKEN_WATCH
from marketing_pipeline.domain.identifiers import BrandId
from marketing_pipeline.operations.token_refresh import CHANNEL, Account, Outcome, Refresh
from marketing_pipeline.operations.watchers import tokens as tokens_watcher
from marketing_pipeline.sandbox.faults import Fault, FaultDesk
from marketing_pipeline.sandbox.journal import Kind
from marketing_pipeline.sandbox.server import SandboxConfig, SandboxServer
from marketing_pipeline_tests.cli.office import Office
from marketing_pipeline_tests.faults.agency import Agency, open_agency
from marketing_pipeline_tests.faults.token_office import TokenOffice
from marketing_pipeline_tests.fixtures import NOW

DAY = timedelta(days=1)
WELL = Health(at=NOW, findings=())
FIRST, SECOND, THIRD = (BrandId(f"shop_{number:04d}") for number in (1, 2, 3))


@pytest.fixture
def agency(tmp_path: Path) -> Iterator[Agency]:
    with open_agency(tmp_path / "agency", 3) as opened:
        yield opened


@pytest.fixture
def tokens(agency: Agency) -> TokenOffice:
    """The tokens of three accounts, a day after they were first seen."""
    office = TokenOffice(agency)
    office.refresher.notice(office.accounts())
    agency.clock.sleep(DAY.total_seconds())
    return office


def refresh(tokens: TokenOffice, *, forced: bool = False) -> dict[BrandId, Refresh]:
    return {done.brand: done for done in tokens.refresher.refresh(tokens.accounts(), forced=forced)}


def refreshes(agency: Agency) -> int:
    return len(agency.server.journal.rows(Kind.TOKEN_REFRESHED))


def test_a_token_is_refreshed_once_it_may_be_and_then_fifteen_days_before_its_end(
    agency: Agency, tokens: TokenOffice
) -> None:
    assert tokens.refresher.notice(tokens.accounts()) == (FIRST, SECOND, THIRD)
    assert {each.outcome for each in refresh(tokens).values()} == {Outcome.REFRESHED}
    assert {each.outcome for each in refresh(tokens).values()} == {Outcome.NOT_DUE}
    ends = tokens.tokens.get(CHANNEL, FIRST).expires_at
    assert ends is not None
    agency.clock.sleep((43 * DAY).total_seconds())
    assert {each.outcome for each in refresh(tokens).values()} == {Outcome.NOT_DUE}
    agency.clock.sleep((3 * DAY).total_seconds())
    assert {each.outcome for each in refresh(tokens).values()} == {Outcome.REFRESHED}
    assert refreshes(agency) == 6
    later = tokens.tokens.get(CHANNEL, FIRST)
    assert later.refreshes == 2 and later.expires_at is not None and later.expires_at > ends + 40 * DAY


@pytest.mark.parametrize(
    ("fault", "outcome", "state"),
    [
        ({"name": "drop_before"}, Outcome.FAILED, TokenState.VALID),
        ({"name": "drop_after"}, Outcome.FAILED, TokenState.VALID),
        ({"name": "half_json"}, Outcome.FAILED, TokenState.VALID),
        ({"name": "html", "effect": False, "http_status": 503}, Outcome.FAILED, TokenState.VALID),
        ({"name": "error", "code": 100, "subcode": None}, Outcome.FAILED, TokenState.VALID),
        ({"name": "error", "code": 4, "subcode": None}, Outcome.FAILED, TokenState.VALID),
        ({"name": "token_expired"}, Outcome.REFUSED, TokenState.REFUSED),
        ({"name": "error", "code": 102, "subcode": None}, Outcome.REFUSED, TokenState.REFUSED),
    ],
    ids=["dropped", "answer lost", "half an answer", "gateway", "parameter", "limit", "expired", "session over"],
)
def test_one_failing_account_never_stops_the_others(
    agency: Agency, tokens: TokenOffice, fault: dict[str, Any], outcome: Outcome, state: TokenState
) -> None:
    agency.order(agency.brands[SECOND], {**fault, "operation": "refresh_token"})
    done = refresh(tokens)
    assert [done[name].outcome for name in (FIRST, SECOND, THIRD)] == [Outcome.REFRESHED, outcome, Outcome.REFRESHED]
    known = tokens.tokens.get(CHANNEL, SECOND)
    assert known.state is state
    assert known.problem is not None and "sandbox-" not in known.problem + done[SECOND].detail
    # The old token lasts on: it is tried again within a day and a quarter, unless the channel has refused it.
    agency.clock.sleep((1.3 * DAY).total_seconds())
    assert refresh(tokens)[SECOND].outcome is (Outcome.REFRESHED if state is TokenState.VALID else Outcome.REFUSED)


def test_a_refused_account_is_held_and_no_call_is_made_for_it(agency: Agency, tokens: TokenOffice) -> None:
    agency.order(agency.brands[SECOND], {"name": "token_expired", "operation": "refresh_token", "times": 9})
    refresh(tokens)
    effect = agency.queue(agency.brands[SECOND])
    agency.executor(client_for=tokens.client_for).drain()
    assert agency.calls(effect) == 0
    refresh(tokens)
    assert len(agency.server.journal.rows(Kind.FAULT_APPLIED)) == 1
    with agency.database.read() as connection:
        [hold] = agency.plane.holds.active(connection)
    assert (hold.brand, hold.actor) == (SECOND, TOKEN_WATCH)


def test_a_person_may_try_a_refused_token_again(agency: Agency, tokens: TokenOffice) -> None:
    agency.order(agency.brands[SECOND], {"name": "token_expired", "operation": "refresh_token"})
    refresh(tokens)
    assert refresh(tokens, forced=True)[SECOND].outcome is Outcome.REFRESHED
    with agency.database.read() as connection:
        assert agency.plane.holds.active(connection) == []


def test_forcing_twice_asks_the_channel_once_in_a_day(agency: Agency, tokens: TokenOffice) -> None:
    assert refresh(tokens, forced=True)[FIRST].outcome is Outcome.REFRESHED
    again = refresh(tokens, forced=True)[FIRST]
    assert (again.outcome, refreshes(agency)) == (Outcome.NOT_DUE, 3)
    assert "24 hours" in again.detail


def test_a_brand_without_a_token_never_stops_the_others(agency: Agency, tokens: TokenOffice) -> None:
    def none() -> SecretStr:
        raise MarketingError("INSTAGRAM_TOKEN_NOBODY is not set.", "Set it.")

    def defect() -> SecretStr:
        raise ValueError("sandbox-canary")

    accounts = [Account(BrandId("nobody"), none), Account(BrandId("broken"), defect), *tokens.accounts()]
    assert tokens.refresher.notice(accounts[:1] + accounts[2:]) == (FIRST, SECOND, THIRD)
    done = tokens.refresher.refresh(accounts)
    assert [each.outcome for each in done] == [Outcome.FAILED] * 2 + [Outcome.REFRESHED] * 3
    assert "canary" not in done[1].detail


@pytest.mark.parametrize(
    ("failures", "days", "told"),
    [(0, 46, ""), (9, 2, ""), (9, 4, "cannot be refreshed"), (1, 40, "")],
    ids=["well", "fails for a day", "fails for days", "failed once"],
)
def test_people_are_told_of_a_token_that_cannot_be_refreshed_before_it_ends(
    office: Office, failures: int, days: int, told: str
) -> None:
    work = office.work
    with SandboxServer(SandboxConfig(home=work.home.root, seed=7, brands=(office.brand,)), work.clock) as server:
        (work.home.sandbox / "url").write_text(server.url, encoding="utf-8")
        fault = {"name": "error", "operation": "refresh_token", "code": 2, "subcode": None, "times": max(failures, 1)}
        if failures:
            FaultDesk(server.world, server.journal).order(Fault.model_validate(fault))
        for _ in range(days):
            work.tokens.notice()
            work.tokens.refresh()
            office.step_to(office.now + DAY)
    found = list(tokens_watcher(work.health.installation(), WELL))
    assert [told in each.title for each in found] == ([True] if told else [])


def test_the_end_is_told_by_the_channels_clock(agency: Agency, tokens: TokenOffice) -> None:
    refresh(tokens)
    ends = tokens.tokens.get(CHANNEL, FIRST).expires_at
    assert ends is not None
    assert abs(ends - agency.clock.now() - 60 * DAY) < timedelta(seconds=2)
