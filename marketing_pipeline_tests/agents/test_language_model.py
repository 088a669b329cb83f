"""The seam against a real HTTP server: each row of the table of outcomes, and what is on record."""

import asyncio
import logging
from collections.abc import Sequence

import pytest

from marketing_pipeline.agents.failures import (
    MENDS,
    AnswerUnusable,
    ModelCallFailed,
    ModelMisconfigured,
    ModelUnavailable,
    failure_of,
)
from marketing_pipeline.agents.prompt import load_prompt
from marketing_pipeline.agents.question import PictureUnsuitable
from marketing_pipeline.domain.caption import Violation
from marketing_pipeline.domain.identifiers import ModelCallId
from marketing_pipeline.domain.model_call import CallOutcome, TokenUse
from marketing_pipeline_tests.agents.asking import GOOD, KEY, PAGE, Asking, Tea, question
from marketing_pipeline_tests.agents.scripted_messages import Reply, error, message, serving
from marketing_pipeline_tests.agents.tea_week import BRAND, JPEG, NOW, SUBJECT


def test_a_good_answer_is_returned_with_its_row() -> None:
    with serving(GOOD) as server:
        asking = Asking(server)
        answered = asking.ask()
    assert answered.value == Tea(name="Assam", minutes=4)
    [row] = asking.calls.rows
    assert (row.id, row.outcome, row.attempt, answered.tries) == (answered.call_id, CallOutcome.OK, 1, 1)
    assert (row.agent, row.prompt, row.provider, row.model) == (
        "strategist",
        "strategist",
        "sandbox",
        "claude-sonnet-5-5",
    )
    assert row.prompt_sha256 == load_prompt("strategist").sha256
    assert (row.http_status, row.stop_reason, row.request_id, row.retries) == (200, "end_turn", "req_1", 0)
    assert row.use == TokenUse(input=1000, cache_read=3000, output=200)
    # 1000 x 2 + 3000 x 0.10 + 200 x 10 USD per million tokens
    assert row.cost_micros == 4300
    assert row.reserved_micros >= row.cost_micros
    assert row.started_at == NOW
    assert row.latency_ms is not None
    assert row.latency_ms > 0


def test_the_request_is_what_the_api_accepts() -> None:
    with serving(GOOD) as server:
        Asking(server).ask(question(pictures=[JPEG]))
    [request], [headers] = server.requests, server.headers
    assert set(request) == {"model", "max_tokens", "system", "messages", "output_config"}
    assert request["system"] == [
        {"type": "text", "text": load_prompt("strategist").text, "cache_control": {"type": "ephemeral"}}
    ]
    schema = request["output_config"]["format"]["schema"]
    assert schema["additionalProperties"] is False
    assert "minimum" not in schema["properties"]["minutes"]
    picture, text = request["messages"][0]["content"]
    assert picture["source"]["media_type"] == "image/jpeg"
    assert text["text"] == '<data name="tea">\n"Assam"\n</data>\nHow long?'
    assert headers["authorization"] == f"Bearer {KEY}"


@pytest.mark.parametrize(
    ("bad", "outcome", "tries", "kind"),
    [
        (error(429, "rate_limit_error"), "rate_limited", 3, ModelUnavailable),
        (error(529, "overloaded_error"), "overloaded", 3, ModelUnavailable),
        (error(500), "server_error", 3, ModelUnavailable),
        (error(409), "server_error", 3, ModelUnavailable),
        (error(408), "timeout", 3, ModelUnavailable),
        (Reply(502, b"<html>bad gateway</html>", "text/html"), "server_error", 3, ModelUnavailable),
        (Reply(drop=True), "connection", 3, ModelUnavailable),
        (Reply(body=GOOD.body[:50]), "bad_wire", 3, ModelUnavailable),
        (PAGE, "bad_wire", 3, ModelUnavailable),
        (Reply(body=b'{"type": "message"}'), "bad_wire", 3, ModelUnavailable),
        (Reply(body=b"[1, 2]"), "bad_wire", 3, ModelUnavailable),
        (message("{}", usage=None), "bad_wire", 3, ModelUnavailable),
        (message("{}", usage={"input_tokens": -5, "output_tokens": 1}), "bad_wire", 3, ModelUnavailable),
        (message("{}", usage={"input_tokens": "many", "output_tokens": 1}), "bad_wire", 3, ModelUnavailable),
        (message("{}", content=None), "bad_wire", 3, ModelUnavailable),
        (message('{"na', stop_reason="max_tokens"), "truncated", 2, AnswerUnusable),
        (message("no JSON at all"), "invalid_output", 2, AnswerUnusable),
        (message('{"name": "Assam", "minutes": 99}'), "invalid_output", 2, AnswerUnusable),
        (message('{"name": "Cold", "minutes": 4}'), "off_the_rules", 2, AnswerUnusable),
        (message(stop_reason="refusal", content=[]), "refused", 1, AnswerUnusable),
        (message("{}", stop_reason="pause_turn"), "incomplete", 1, AnswerUnusable),
        (message("{}", stop_reason=None), "incomplete", 1, AnswerUnusable),
        (message("{}", stop_reason="model_context_window_exceeded"), "context_full", 1, AnswerUnusable),
        (message("{}", stop_reason="tool_use"), "unexpected_stop", 1, AnswerUnusable),
        (error(400, "invalid_request_error"), "bad_request", 1, ModelMisconfigured),
        (error(404, "not_found_error"), "bad_request", 1, ModelMisconfigured),
        (Reply(302, headers={"location": "http://127.0.0.1:9/elsewhere"}), "bad_request", 1, ModelMisconfigured),
        (error(401, "authentication_error"), "credential", 1, ModelMisconfigured),
        (error(403, "permission_error"), "credential", 1, ModelMisconfigured),
        (error(402, "billing_error"), "billing", 1, ModelMisconfigured),
    ],
)
def test_each_bad_reply_ends_in_its_outcome(bad: Reply, outcome: str, tries: int, kind: type[ModelCallFailed]) -> None:
    with serving(bad) as server:
        asking = Asking(server)
        with pytest.raises(ModelCallFailed) as caught:
            asking.ask()
    assert type(caught.value) is kind
    assert caught.value.outcome == outcome
    assert asking.calls.outcomes == [outcome] * tries
    assert [row.attempt for row in asking.calls.rows] == list(range(1, tries + 1))
    assert len(server.requests) == tries
    assert caught.value.call_id == asking.calls.rows[-1].id
    assert caught.value.mend


@pytest.mark.parametrize("late", [Reply(delay=0.5), Reply(body=b"{" * 20, trickle=0.05)])
def test_no_whole_reply_in_time_is_a_timeout(late: Reply) -> None:
    with serving(late) as server:
        asking = Asking(server, timeout_seconds=0.15, transient_retries=0)
        with pytest.raises(ModelUnavailable) as caught:
            asking.ask()
    assert caught.value.outcome is CallOutcome.TIMEOUT
    assert asking.calls.rows[0].cost_micros is None


def test_nobody_at_the_address_is_a_connection_failure() -> None:
    with serving(GOOD) as server:
        asking = Asking(server, transient_retries=1)
    with pytest.raises(ModelUnavailable):
        asking.ask()
    assert asking.calls.outcomes == ["connection", "connection"]


def test_thinking_and_unknown_blocks_may_come_first() -> None:
    blocks = [
        {"type": "thinking", "thinking": "hm", "signature": "x"},
        {"type": "from_the_future", "text": "{"},
        {"type": "text", "text": '{"name": "Assam",'},
        {"type": "text", "text": ' "minutes": 4}'},
    ]
    with serving(message(content=blocks)) as server:
        assert Asking(server).ask().value.minutes == 4


def test_no_more_calls_at_once_than_allowed() -> None:
    slow = Reply(body=GOOD.body, delay=0.05)
    with serving(slow) as server:
        asking = Asking(server, concurrency=3)

        async def run() -> None:
            async with asking.model as model:
                await asyncio.gather(*(model.ask(question(), subject=SUBJECT, brand=BRAND) for _ in range(9)))

        asyncio.run(run())
    assert (server.most_in_flight, len(asking.calls.rows)) == (3, 9)


def test_one_model_serves_several_event_loops() -> None:
    with serving(GOOD) as server:
        asking = Asking(server)
        assert [asking.ask().value.minutes for _ in range(3)] == [4, 4, 4]


def test_a_cancelled_call_is_on_record_as_abandoned() -> None:
    with serving(Reply(delay=0.5)) as server:
        asking = Asking(server)

        async def run() -> None:
            async with asking.model as model:
                asked = asyncio.ensure_future(model.ask(question(), subject=SUBJECT, brand=BRAND))
                await asyncio.to_thread(server.arrived.wait)
                asked.cancel()
                with pytest.raises(asyncio.CancelledError):
                    await asked

        asyncio.run(run())
    [row] = asking.calls.rows
    assert (row.outcome, row.cost_micros) == (CallOutcome.ABANDONED, None)


def test_the_key_reaches_no_record_log_or_message(caplog: pytest.LogCaptureFixture) -> None:
    with serving(error(400, text=f"you sent Bearer {KEY}")) as server:
        asking = Asking(server)
        with caplog.at_level(logging.WARNING), pytest.raises(ModelMisconfigured) as caught:
            asking.ask()
    assert "you sent Bearer [key]" in str(caught.value)
    told = f"{caught.value}{caplog.text}{asking.calls.rows}{asking.settings!r}"
    assert KEY not in told


def test_the_environment_supplies_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ANTHROPIC_API_KEY", "foreign")
    monkeypatch.setenv("ANTHROPIC_AUTH_TOKEN", "foreign")
    monkeypatch.setenv("ANTHROPIC_BASE_URL", "http://127.0.0.1:9")
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:9")
    with serving(GOOD) as server:
        Asking(server).ask()
    assert server.headers[0]["authorization"] == f"Bearer {KEY}"


def test_a_rule_that_crashes_is_a_recorded_defect() -> None:
    def crash(_: Tea) -> Sequence[Violation]:
        raise ZeroDivisionError("rule")

    with serving(GOOD) as server:
        asking = Asking(server)
        with pytest.raises(ModelCallFailed) as caught:
            asking.ask(question(check=crash))
    assert (caught.value.outcome, asking.calls.outcomes) == (CallOutcome.INTERNAL, ["internal"])


def test_each_agent_may_have_a_model_of_its_own() -> None:
    with serving(GOOD) as server:
        asking = Asking(server, models={"strategist": "claude-haiku-5-5"})
        asking.ask()
    assert (server.requests[0]["model"], asking.calls.rows[0].model) == ("claude-haiku-5-5", "claude-haiku-5-5")


@pytest.mark.parametrize("pictures", [[b"\x89PNG\r\n"], [JPEG + b"\0" * 5_000_000], [JPEG + b"\0" * 4_500_000] * 5])
def test_pictures_that_a_model_cannot_take_are_refused_before_the_call(pictures: list[bytes]) -> None:
    with pytest.raises(PictureUnsuitable):
        question(pictures=pictures)


@pytest.mark.parametrize("outcome", [o for o in CallOutcome if o not in ("in_flight", "ok", "abandoned")])
def test_every_failure_says_how_to_mend_it(outcome: CallOutcome) -> None:
    assert failure_of(outcome, "strategist", ModelCallId("call-1"), "detail").mend == MENDS[outcome]
