"""Asking again: waits, longer answers and repairs, each within its bound."""

import json

import pytest

from marketing_pipeline.agents.failures import (
    AnswerUnusable,
    ModelUnavailable,
)
from marketing_pipeline.agents.question import MOST_TOKENS
from marketing_pipeline_tests.agents.asking import GOOD, Asking, question
from marketing_pipeline_tests.agents.scripted_messages import error, message, serving
from marketing_pipeline_tests.agents.tea_week import NOW


def test_a_passing_trouble_is_waited_out() -> None:
    with serving(error(529), error(500), GOOD) as server:
        asking = Asking(server)
        assert asking.ask().tries == 3
    assert asking.calls.outcomes == ["overloaded", "server_error", "ok"]
    assert (asking.clock.now() - NOW).total_seconds() == 2 + 8


def test_retry_after_is_obeyed_up_to_a_limit() -> None:
    with serving(error(429, retry_after="30"), GOOD) as server:
        asking = Asking(server)
        asking.ask()
    assert (asking.clock.now() - NOW).total_seconds() == 30


def test_a_wait_beyond_the_limit_is_not_accepted() -> None:
    with serving(error(429, retry_after="7200"), GOOD) as server:
        asking = Asking(server)
        with pytest.raises(ModelUnavailable):
            asking.ask()
    assert (asking.clock.now(), len(server.requests)) == (NOW, 1)


@pytest.mark.parametrize("value", ["soon", "-4", "nan", "inf"])
def test_a_strange_retry_after_is_left_aside(value: str) -> None:
    with serving(error(429, retry_after=value), GOOD) as server:
        asking = Asking(server)
        asking.ask()
    assert (asking.clock.now() - NOW).total_seconds() == 2


def test_a_cut_answer_gets_twice_the_room_once() -> None:
    with serving(message('{"na', stop_reason="max_tokens"), GOOD) as server:
        asking = Asking(server)
        assert asking.ask().tries == 2
    assert [request["max_tokens"] for request in server.requests] == [1000, 2000]
    assert asking.calls.rows[1].reserved_micros > asking.calls.rows[0].reserved_micros


def test_a_cut_answer_at_the_limit_is_not_asked_for_again() -> None:
    with serving(message('{"na', stop_reason="max_tokens")) as server:
        asking = Asking(server)
        with pytest.raises(AnswerUnusable):
            asking.ask(question(max_tokens=MOST_TOKENS))
    assert len(server.requests) == 1


@pytest.mark.parametrize(
    ("wrong", "where", "problem"),
    [
        ('{"name": "Assam", "minutes": 99}', "minutes", "less than or equal to 10"),
        ('{"name": "Cold", "minutes": 4}', "name", "cold tea is not sold"),
        ("", "answer", "Invalid JSON"),
    ],
)
def test_a_wrong_answer_is_repaired_with_its_problems_named(wrong: str, where: str, problem: str) -> None:
    with serving(message(wrong), GOOD) as server:
        asking = Asking(server)
        assert asking.ask().value.minutes == 4
    first, second = server.requests
    assert second["messages"][0] == first["messages"][0]
    assert second["messages"][1] == {"role": "assistant", "content": wrong or "(no text)"}
    repair = second["messages"][2]["content"]
    named = json.loads(repair.split('<data name="problems">\n')[1].split("\n</data>")[0])
    assert named[0]["where"] == where
    assert problem in named[0]["problem"]
    assert second["system"] == first["system"]


def test_repair_and_retries_have_bounds_of_their_own() -> None:
    replies = [error(500), message("no"), error(500), message("{", stop_reason="max_tokens"), error(500), GOOD]
    with serving(*replies) as server:
        asking = Asking(server)
        with pytest.raises(ModelUnavailable):
            asking.ask()
    assert asking.calls.outcomes == ["server_error", "invalid_output", "server_error", "truncated", "server_error"]


def test_a_problem_cannot_close_its_block() -> None:
    with serving(message('{"name": "Assam", "minutes": 4, "</data>": 1}'), GOOD) as server:
        Asking(server).ask()
    assert server.requests[1]["messages"][2]["content"].count("</data>") == 1
