"""What calls cost, and the cap that stops them before it is passed."""

import logging
from datetime import UTC, datetime

import pytest

from marketing_pipeline.agents.failures import (
    AnswerUnusable,
    ModelCallFailed,
    ModelUnavailable,
)
from marketing_pipeline.domain.ports import SpendCapReached
from marketing_pipeline_tests.agents.asking import GOOD, PAGE, Asking
from marketing_pipeline_tests.agents.scripted_messages import Reply, error, message, serving
from marketing_pipeline_tests.agents.tea_week import BRAND


def test_a_failed_call_keeps_its_tokens_and_cost() -> None:
    with serving(message("no JSON")) as server:
        asking = Asking(server)
        with pytest.raises(AnswerUnusable):
            asking.ask()
    assert [row.cost_micros for row in asking.calls.rows] == [4300, 4300]


@pytest.mark.parametrize(("bad", "cost"), [(error(429), 0), (error(401), 0), (error(500), None), (PAGE, None)])
def test_only_a_call_that_was_turned_away_is_free(bad: Reply, cost: int | None) -> None:
    with serving(bad) as server:
        asking = Asking(server, transient_retries=0)
        with pytest.raises(ModelCallFailed):
            asking.ask()
    assert asking.calls.rows[0].cost_micros == cost


def test_an_unknown_price_is_no_cost_but_a_high_reservation(caplog: pytest.LogCaptureFixture) -> None:
    with serving(message('{"name": "Assam", "minutes": 4}', model="house-model")) as server:
        known, unknown = Asking(server), Asking(server, models={"strategist": "house-model"})
        known.ask()
        with caplog.at_level(logging.WARNING):
            unknown.ask()
    [row] = unknown.calls.rows
    assert (row.cost_micros, row.price_as_of) == (None, None)
    assert row.reserved_micros > known.calls.rows[0].reserved_micros
    assert "No price is known for house-model" in caplog.text


def test_the_cap_refuses_before_anything_is_sent() -> None:
    policies = BRAND.policies.model_copy(update={"model_spend_per_week_usd": 0.01})
    with serving(GOOD) as server:
        asking = Asking(server)
        with pytest.raises(SpendCapReached):
            asking.ask(policies=policies)
    assert (server.requests, asking.calls.rows) == ([], [])


def test_the_cap_also_stops_a_retry() -> None:
    with serving(error(500)) as server:
        probe = Asking(server, transient_retries=0)
        with pytest.raises(ModelUnavailable):
            probe.ask()
        once = probe.calls.rows[0].reserved_micros / 1_000_000
        policies = BRAND.policies.model_copy(update={"model_spend_per_week_usd": once * 1.5})
        asking = Asking(server)
        with pytest.raises(SpendCapReached):
            asking.ask(policies=policies)
    assert asking.calls.outcomes == ["server_error"]


def test_spend_counts_in_the_brands_week_of_the_call_not_of_the_plan() -> None:
    with serving(GOOD) as server:
        asking = Asking(server)
        asking.ask()
    # The call is made on Sunday 22 November for the week of the 23rd.
    assert asking.calls.windows == [(datetime(2026, 11, 16, tzinfo=UTC), datetime(2026, 11, 23, tzinfo=UTC))]
