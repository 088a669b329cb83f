"""The Messages API of the sandbox, asked by the genuine client over a real socket."""

import json
import time
from collections.abc import Iterator
from typing import Any

import anthropic
import httpx
import pytest

from marketing_pipeline.domain.brand import Brand
from marketing_pipeline.domain.plan import WeeklyPlanDraft
from marketing_pipeline.domain.week import Week
from marketing_pipeline.sandbox.messages import Latencies
from marketing_pipeline_tests.sandbox.agent_prompts import Desk
from marketing_pipeline_tests.sandbox.model_service import HEADERS, MODEL, ModelService, ask, body, image_block, picture

WEEK = Week.parse("2026-11-16")
Json = dict[str, Any]


@pytest.fixture(scope="module")
def service() -> Iterator[ModelService]:
    with ModelService() as running:
        yield running


@pytest.fixture
def client(service: ModelService) -> Iterator[anthropic.Anthropic]:
    with service.client() as opened:
        yield opened


@pytest.fixture(scope="module")
def plan_request(brand: Brand) -> Json:
    return body(
        max_tokens=8000,
        system=[{"type": "text", "text": "# Strategist\n" + "Plan. " * 900, "cache_control": {"type": "ephemeral"}}],
        messages=[{"role": "user", "content": Desk(brand).plan_prompt(WEEK)}],
        output_config={"format": {"type": "json_schema", "schema": anthropic.transform_schema(WeeklyPlanDraft)}},
    )


def text_of(message: anthropic.types.Message) -> str:
    return "".join(block.text for block in message.content if block.type == "text")


def test_a_structured_answer_comes_back_whole(client: anthropic.Anthropic, plan_request: Json) -> None:
    message = ask(client, plan_request)
    assert message.stop_reason == "end_turn"
    assert message.model == MODEL
    assert len(WeeklyPlanDraft.model_validate_json(text_of(message)).posts) == 7
    assert message.id.startswith("msg_")
    assert (message._request_id or "").startswith("req_")  # pyright: ignore[reportPrivateUsage]
    assert message.usage.output_tokens == -(-len(text_of(message)) // 4)


def test_the_same_request_gets_the_same_answer_and_id(service: ModelService, plan_request: Json) -> None:
    with ModelService() as other, ModelService(seed=8) as foreign:
        answers = [ask(each.client(), plan_request) for each in (service, service, other, foreign)]
    texts, ids = [text_of(item) for item in answers], [item.id for item in answers]
    assert texts[0] == texts[1] == texts[2] != texts[3]
    assert ids[0] == ids[1] == ids[2] != ids[3]


def test_a_stream_says_the_same_as_a_whole_reply(client: anthropic.Anthropic, plan_request: Json) -> None:
    whole = ask(client, plan_request)
    with client.messages.stream(**plan_request) as stream:
        streamed = stream.get_final_message()
    assert text_of(streamed) == text_of(whole)
    assert (streamed.stop_reason, streamed.usage.output_tokens) == ("end_turn", whole.usage.output_tokens)


@pytest.mark.parametrize("model", ["claude-sonnet-5-5", "claude-opus-5-5"])
def test_the_events_of_a_stream_come_in_their_order(service: ModelService, model: str) -> None:
    request = body(model=model, stream=True)
    reply = httpx.post(f"{service.url}/v1/messages", json=request, headers=HEADERS, trust_env=False)
    frames = [frame.split("\n") for frame in reply.text.strip().split("\n\n")]
    kinds = [frame[0].removeprefix("event: ") for frame in frames]
    assert reply.headers["content-type"].startswith("text/event-stream")
    assert all(
        json.loads(frame[1].removeprefix("data: "))["type"] == kind for frame, kind in zip(frames, kinds, strict=True)
    )
    order = list(dict.fromkeys(kinds))
    assert order == [
        "message_start", "ping", "content_block_start", "content_block_delta", "content_block_stop", "message_delta",
        "message_stop",
    ]  # fmt: skip
    assert kinds.count("content_block_start") == (2 if model == "claude-opus-5-5" else 1)


def test_a_model_that_always_thinks_puts_a_thinking_block_first(client: anthropic.Anthropic) -> None:
    message = ask(client, body(model="claude-opus-5-5"))
    assert [block.type for block in message.content] == ["thinking", "text"]
    details = message.usage.output_tokens_details
    assert details is not None
    assert 0 < details.thinking_tokens < message.usage.output_tokens


def test_a_thinking_block_may_be_handed_back(client: anthropic.Anthropic) -> None:
    said: list[Json] = [
        {"type": "thinking", "thinking": "", "signature": "x"},
        {"type": "text", "text": "Hi", "citations": None},
    ]
    turns = [
        {"role": "user", "content": "Hello"},
        {"role": "assistant", "content": said},
        {"role": "user", "content": "Again"},
    ]
    assert ask(client, body(messages=turns)).stop_reason == "end_turn"


def test_max_tokens_cuts_the_answer(client: anthropic.Anthropic, plan_request: Json) -> None:
    whole, cut = (ask(client, {**plan_request, "max_tokens": most}) for most in (8000, 50))
    assert cut.stop_reason == "max_tokens"
    assert cut.usage.output_tokens == 50
    assert text_of(cut) == text_of(whole)[:200]


def test_a_stop_sequence_ends_the_answer_before_it(client: anthropic.Anthropic) -> None:
    message = ask(client, body(stop_sequences=["agents"]))
    assert (message.stop_reason, message.stop_sequence) == ("stop_sequence", "agents")
    assert text_of(message).endswith("five ")


def test_a_marked_prefix_is_written_once_and_then_read(plan_request: Json) -> None:
    with ModelService() as fresh:
        first, second = (ask(fresh.client(), plan_request).usage for _ in range(2))
    written = first.cache_creation_input_tokens
    assert written
    assert (first.cache_read_input_tokens, second.cache_creation_input_tokens) == (0, 0)
    assert second.cache_read_input_tokens == written
    assert first.input_tokens == second.input_tokens


def test_a_short_prefix_is_never_cached(client: anthropic.Anthropic) -> None:
    system = [{"type": "text", "text": "Be brief.", "cache_control": {"type": "ephemeral"}}]
    for _ in range(2):
        spent = ask(client, body(system=system)).usage
        assert (spent.cache_creation_input_tokens, spent.cache_read_input_tokens) == (0, 0)


def test_a_picture_costs_tokens_by_its_area(client: anthropic.Anthropic) -> None:
    counts: list[int] = []
    for size in ((300, 300), (600, 600)):
        content = [image_block(picture(*size)), {"type": "text", "text": "Look"}]
        counts.append(ask(client, body(messages=[{"role": "user", "content": content}])).usage.input_tokens)
    assert counts[1] - counts[0] == 600 * 600 // 750 - 300 * 300 // 750


def test_tokens_are_counted_without_max_tokens(client: anthropic.Anthropic) -> None:
    turns: Any = [{"role": "user", "content": "x" * 400}]
    assert client.messages.count_tokens(model=MODEL, messages=turns).input_tokens == 100


def test_the_models_on_offer_can_be_listed_and_read(client: anthropic.Anthropic) -> None:
    assert MODEL in [card.id for card in client.models.list()]
    assert client.models.retrieve(MODEL).display_name == "Claude Sonnet 5.5"


def test_latency_is_waited_for_by_kind_of_call() -> None:
    with ModelService(latency=Latencies(model=0.1, vision=0.3)) as slow, slow.client() as client:
        taken: list[float] = []
        for content in ([], [image_block(picture())]):
            turns = [{"role": "user", "content": [*content, {"type": "text", "text": "Hello"}]}]
            start = time.perf_counter()
            ask(client, body(messages=turns))
            taken.append(time.perf_counter() - start)
    assert 0.1 <= taken[0] < 0.3 <= taken[1]
