"""What the real API would refuse is refused, with its status and its shape; each rule on a row of its own."""

import base64
from collections.abc import Iterator
from typing import Any

import httpx
import pytest

from marketing_pipeline_tests.sandbox.model_service import HEADERS, ModelService, body, image_block, picture

HELLO = {"role": "user", "content": "Hello"}
SAID = {"role": "assistant", "content": "Hi"}
CLOSED = {"type": "object", "properties": {"verdicts": {"type": "string"}}, "additionalProperties": False}
MARKED = {"type": "text", "text": "x", "cache_control": {"type": "ephemeral"}}


@pytest.fixture(scope="module")
def service() -> Iterator[ModelService]:
    with ModelService() as running:
        yield running


def shown(*blocks: dict[str, Any]) -> dict[str, Any]:
    return body(messages=[{"role": "user", "content": [*blocks, {"type": "text", "text": "Look"}]}])


def answering(schema: dict[str, Any]) -> dict[str, Any]:
    return body(output_config={"format": {"type": "json_schema", "schema": schema}})


def limited(**keyword: Any) -> dict[str, Any]:
    return answering({**CLOSED, "properties": {"verdicts": {"type": "string", **keyword}}})


REFUSED: list[tuple[str, dict[str, Any], int, str, str]] = [
    ("max_tokens missing", body(max_tokens=...), 400, "invalid_request_error", "max_tokens: Field required"),
    ("model missing", body(model=...), 400, "invalid_request_error", "model: Field required"),
    ("messages missing", body(messages=...), 400, "invalid_request_error", "messages: Field required"),
    ("no message", body(messages=[]), 400, "invalid_request_error", "messages"),
    ("unknown model", body(model="claude-2"), 404, "not_found_error", "model: claude-2"),
    ("max_tokens zero", body(max_tokens=0), 400, "invalid_request_error", "max_tokens"),
    ("max_tokens text", body(max_tokens="200"), 400, "invalid_request_error", "max_tokens"),
    ("max_tokens too many", body(max_tokens=200_000), 400, "invalid_request_error", "max_tokens"),
    ("temperature", body(temperature=0.2), 400, "invalid_request_error", "temperature: not supported"),
    ("top_p", body(top_p=0.9), 400, "invalid_request_error", "top_p: not supported"),
    ("top_k", body(top_k=5), 400, "invalid_request_error", "top_k: not supported"),
    ("unknown field", body(max_token=5), 400, "invalid_request_error", "max_token: Extra inputs are not permitted"),
    ("thinking", body(thinking={}), 400, "invalid_request_error", "thinking: not supported"),
    ("assistant first", body(messages=[SAID, HELLO]), 400, "invalid_request_error", "first message"),
    ("two of one role", body(messages=[HELLO, HELLO]), 400, "invalid_request_error", "roles must alternate"),
    ("assistant last", body(messages=[HELLO, SAID]), 400, "invalid_request_error", "must end with a user"),
    ("system as role", body(messages=[{"role": "system", "content": "x"}]), 400, "invalid_request_error", "role"),
    ("empty text", body(messages=[{"role": "user", "content": ""}]), 400, "invalid_request_error", "content"),
    ("unknown block", shown({"type": "document"}), 400, "invalid_request_error", "document"),
    ("citations", shown({"type": "text", "text": "x", "citations": {}}), 400, "invalid_request_error", "citations"),
    ("five cache marks", body(system=[MARKED] * 5), 400, "invalid_request_error", "maximum of 4"),
    ("unknown cache life", shown({**MARKED, "cache_control": {"type": "ephemeral", "ttl": "1d"}}), 400,
     "invalid_request_error", "ttl"),
    ("open schema", answering({"type": "object", "properties": {}}), 400, "invalid_request_error",
     "additionalProperties"),
    ("open inner schema", answering({**CLOSED, "properties": {"a": {"type": "object"}}}), 400,
     "invalid_request_error", "properties.a"),
    ("minimum", limited(minimum=1), 400, "invalid_request_error", "minimum"),
    ("maxLength", limited(maxLength=5), 400, "invalid_request_error", "maxLength"),
    ("minItems 3", limited(minItems=3), 400, "invalid_request_error", "minItems"),
    ("unknown format", body(output_config={"format": {"type": "xml", "schema": {}}}), 400, "invalid_request_error",
     "type"),
    ("schema of no agent", answering({"type": "object", "properties": {}, "additionalProperties": False}), 400,
     "invalid_request_error", "agents only"),
    ("prompt without its data", answering({**CLOSED}), 400, "invalid_request_error", '<data name="brand">'),
    ("not base64", shown(image_block("not base64!")), 400, "invalid_request_error", "base64"),
    ("no picture", shown(image_block(base64.b64encode(b"hello" * 50).decode())), 400, "invalid_request_error",
     "Could not process image"),
    ("half a picture", shown(image_block(picture(900, 900)[:-1200])), 400, "invalid_request_error",
     "Could not process image"),
    ("other type than said", shown(image_block(picture(kind="PNG"))), 400, "invalid_request_error", "media type"),
    ("type not allowed", shown(image_block(picture(), "image/tiff")), 400, "invalid_request_error", "media_type"),
    ("too wide", shown(image_block(picture(8001, 10))), 400, "invalid_request_error", "8000"),
    ("too wide among many", shown(*[image_block(picture(2001, 10))] * 21), 400, "invalid_request_error", "2000"),
    ("too many pictures", shown(*[image_block(picture(10, 10))] * 101), 400, "invalid_request_error",
     "too many images"),
    ("picture by address", shown({"type": "image", "source": {"type": "url", "url": "http://x"}}), 400,
     "invalid_request_error", "source"),
    ("picture from the assistant", body(messages=[HELLO, {**SAID, "content": [image_block(picture())]}, HELLO]), 400,
     "invalid_request_error", "not allowed"),
]  # fmt: skip


@pytest.mark.parametrize(
    ("request_body", "status", "kind", "told"), [row[1:] for row in REFUSED], ids=[row[0] for row in REFUSED]
)
def test_a_broken_rule_is_refused(
    service: ModelService, request_body: dict[str, Any], status: int, kind: str, told: str
) -> None:
    reply = httpx.post(f"{service.url}/v1/messages", json=request_body, headers=HEADERS, trust_env=False)
    answer = reply.json()
    assert (reply.status_code, answer["type"], answer["error"]["type"]) == (status, "error", kind)
    assert told in answer["error"]["message"]
    assert answer["request_id"] == reply.headers["request-id"]


@pytest.mark.parametrize("given", [{}, {"authorization": "Basic c2FuZGJveA=="}, {"x-api-key": ""}])
def test_a_call_without_a_credential_is_refused(service: ModelService, given: dict[str, str]) -> None:
    headers = {**given, "anthropic-version": "2026-10-21"}
    reply = httpx.post(f"{service.url}/v1/messages", json=body(), headers=headers, trust_env=False)
    assert (reply.status_code, reply.json()["error"]["type"]) == (401, "authentication_error")


def test_either_kind_of_credential_is_taken(service: ModelService) -> None:
    for header in ({"authorization": "Bearer sandbox"}, {"x-api-key": "sandbox"}):
        headers = {**header, "anthropic-version": "2026-10-21"}
        assert (
            httpx.post(f"{service.url}/v1/messages", json=body(), headers=headers, trust_env=False).status_code == 200
        )


def test_a_call_without_a_version_is_refused(service: ModelService) -> None:
    reply = httpx.post(f"{service.url}/v1/messages", json=body(), headers={"x-api-key": "sandbox"}, trust_env=False)
    assert (reply.status_code, reply.json()["error"]["message"]) == (400, "anthropic-version: header is required")


@pytest.mark.parametrize("content", [b"{", b"[]", b"\xff"])
def test_a_body_that_is_no_json_object_is_refused(service: ModelService, content: bytes) -> None:
    reply = httpx.post(f"{service.url}/v1/messages", content=content, headers=HEADERS, trust_env=False)
    assert (reply.status_code, reply.json()["error"]["type"]) == (400, "invalid_request_error")


def test_a_request_of_more_than_32_mb_is_refused(service: ModelService) -> None:
    reply = httpx.post(f"{service.url}/v1/messages", content=b" " * 32_000_001, headers=HEADERS, trust_env=False)
    assert (reply.status_code, reply.json()["error"]["type"]) == (413, "request_too_large")


@pytest.mark.parametrize("path", ["/v1/complete", "/v1/messages/batches/msgbatch_1", "/v1/models/claude-2"])
def test_an_unknown_address_is_not_found(service: ModelService, path: str) -> None:
    reply = httpx.get(f"{service.url}{path}", headers=HEADERS, trust_env=False)
    assert (reply.status_code, reply.json()["error"]["type"]) == (404, "not_found_error")
