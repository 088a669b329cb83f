"""Faults of the model service, asked for by header or ordered ahead, as the genuine client meets them."""

import json
import time
from collections.abc import Iterator
from typing import Any

import anthropic
import httpx
import pytest
from pydantic import ValidationError

from marketing_pipeline.domain.brand import Brand
from marketing_pipeline.domain.caption import check_brief, check_variation
from marketing_pipeline.domain.creative import CreativeBrief
from marketing_pipeline.domain.plan import WeeklyPlanDraft
from marketing_pipeline.domain.variation import VariationSet
from marketing_pipeline.domain.week import Week
from marketing_pipeline.sandbox.answers.answer import Agent, off_the_rules
from marketing_pipeline_tests.sandbox.agent_prompts import Desk
from marketing_pipeline_tests.sandbox.model_service import ModelService, ask, body

WEEK = Week.parse("2026-11-16")


@pytest.fixture(scope="module")
def service() -> Iterator[ModelService]:
    with ModelService() as running:
        yield running


@pytest.fixture
def plan_request(brand: Brand) -> dict[str, Any]:
    return body(
        max_tokens=8000,
        messages=[{"role": "user", "content": Desk(brand).plan_prompt(WEEK)}],
        output_config={"format": {"type": "json_schema", "schema": anthropic.transform_schema(WeeklyPlanDraft)}},
    )


def asked(service: ModelService, fault: str, **request: Any) -> anthropic.types.Message:
    with service.client() as client:
        return ask(client, body(**request), x_sandbox_fault=fault)


@pytest.mark.parametrize(
    ("fault", "error", "kind"),
    [
        ("429", anthropic.RateLimitError, "rate_limit_error"),
        ("529", anthropic.OverloadedError, "overloaded_error"),
        ("500", anthropic.InternalServerError, "api_error"),
        ("402", anthropic.PaymentRequiredError, "billing_error"),
        ("502", anthropic.InternalServerError, None),
    ],
)
def test_an_error_of_the_service(
    service: ModelService, fault: str, error: type[anthropic.APIStatusError], kind: str | None
) -> None:
    with pytest.raises(error) as raised:
        asked(service, fault)
    assert raised.value.type == kind


def test_a_rate_limit_says_how_long_to_wait(service: ModelService) -> None:
    with service.client() as client, pytest.raises(anthropic.RateLimitError) as raised:
        ask(client, body(), x_sandbox_fault="429", x_sandbox_seconds="12")
    assert raised.value.response.headers["retry-after"] == "12"


def test_a_limited_fault_strikes_the_clients_own_retries_too_and_then_no_more(service: ModelService) -> None:
    hurried = body(messages=[{"role": "user", "content": "Again"}])
    limited = {"x_sandbox_fault": "429*2", "x_sandbox_seconds": "0"}
    with service.client(max_retries=1) as client, pytest.raises(anthropic.RateLimitError):
        ask(client, hurried, **limited)
    with service.client() as client:
        assert ask(client, hurried, **limited).stop_reason == "end_turn"


def test_half_a_body(service: ModelService) -> None:
    with pytest.raises(json.JSONDecodeError):
        asked(service, "half_json")


def test_a_web_page_with_status_200(service: ModelService) -> None:
    assert isinstance(asked(service, "web_page"), str)


def test_a_message_without_content(service: ModelService) -> None:
    assert asked(service, "empty_message").content is None


def test_a_refusal(service: ModelService) -> None:
    message = asked(service, "refusal")
    assert (message.stop_reason, message.content) == ("refusal", [])
    assert message.stop_details is not None


def test_a_paused_turn(service: ModelService) -> None:
    assert asked(service, "pause_turn").stop_reason == "pause_turn"


def test_an_answer_cut_in_the_middle(service: ModelService, plan_request: dict[str, Any]) -> None:
    message = asked(service, "truncated", **plan_request)
    assert message.stop_reason == "max_tokens"
    with pytest.raises(ValidationError):
        WeeklyPlanDraft.model_validate_json("".join(block.text for block in message.content if block.type == "text"))


@pytest.mark.parametrize("fault", ["invalid_json", "wrong_shape"])
def test_an_answer_that_the_schema_would_not_allow(
    service: ModelService, plan_request: dict[str, Any], fault: str
) -> None:
    message = asked(service, fault, **plan_request)
    assert message.stop_reason == "end_turn"
    with pytest.raises(ValidationError):
        WeeklyPlanDraft.model_validate_json("".join(block.text for block in message.content if block.type == "text"))


def test_a_slow_answer_is_right_and_late(service: ModelService) -> None:
    start = time.perf_counter()
    with service.client() as client:
        ask(client, body(), x_sandbox_fault="slow", x_sandbox_seconds="0.3")
    assert time.perf_counter() - start >= 0.3


def test_a_stream_that_breaks_with_an_error(service: ModelService) -> None:
    with service.client() as client, pytest.raises(anthropic.APIStatusError) as raised:
        list(client.messages.create(**body(), stream=True, extra_headers={"x-sandbox-fault": "stream_error"}))
    assert raised.value.type == "overloaded_error"


def test_a_stream_that_just_ends(service: ModelService) -> None:
    with service.client() as client:
        events = list(client.messages.create(**body(), stream=True, extra_headers={"x-sandbox-fault": "stream_cut"}))
    assert events[-1].type == "content_block_delta"


def test_an_unknown_fault_is_refused(service: ModelService) -> None:
    for fault in ("418", "429*x"):
        with pytest.raises(anthropic.BadRequestError):
            asked(service, fault)


def test_an_order_strikes_its_agent_as_often_as_ordered(service: ModelService, plan_request: dict[str, Any]) -> None:
    desk = f"{service.url}/sandbox/faults"
    httpx.post(desk, json={"name": "529", "times": 2, "agent": "plan"}, trust_env=False).raise_for_status()
    with service.client() as client:
        assert ask(client, body()).stop_reason == "end_turn"
        for _ in range(2):
            with pytest.raises(anthropic.OverloadedError):
                ask(client, plan_request)
        assert ask(client, plan_request).stop_reason == "end_turn"
    assert httpx.get(desk, trust_env=False).json() == []


def test_orders_can_be_taken_back(service: ModelService) -> None:
    desk = f"{service.url}/sandbox/faults"
    httpx.post(desk, json={"name": "500"}, trust_env=False).raise_for_status()
    assert httpx.delete(desk, trust_env=False).json() == []
    with service.client() as client:
        assert ask(client, body()).stop_reason == "end_turn"


@pytest.mark.parametrize("order", [{}, {"name": "418"}, {"name": "500", "times": 0}, {"name": "500", "agents": "plan"}])
def test_an_order_that_makes_no_sense_is_refused(service: ModelService, order: dict[str, Any]) -> None:
    assert httpx.post(f"{service.url}/sandbox/faults", json=order, trust_env=False).status_code == 422


def test_an_answer_off_the_rules_has_the_right_shape_and_breaks_a_rule(brand: Brand) -> None:
    desk = Desk(brand)
    post = desk.posts(WEEK)[0]
    words = desk.write(post)
    broken = VariationSet.model_validate_json(off_the_rules(Agent.COPY, words.model_dump_json()))
    assert {found.rule for found in check_variation(broken.variations[0], brand)} == {"link", "price"}
    brief = desk.compose(post, words.variations[0])
    spoilt = CreativeBrief.model_validate_json(off_the_rules(Agent.BRIEF, brief.model_dump_json()))
    assert [found.rule for found in check_brief(spoilt, brand)] == ["palette"]
    draft = WeeklyPlanDraft.model_validate_json(off_the_rules(Agent.PLAN, desk.plan(WEEK).model_dump_json()))
    assert draft.posts[0].audience not in {audience.id for audience in brand.audiences}
