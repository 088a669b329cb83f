"""The Instagram client: one call a method, nothing repeated, every answer a model or a classified failure."""

import json
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import pytest
from pydantic import SecretStr

from marketing_pipeline.channels.instagram import ContainerStatus, InstagramClient
from marketing_pipeline.channels.instagram_errors import TABLE, FailureClass, InstagramFailure, Phase, meaning_of
from marketing_pipeline.domain.clock import SteppedClock
from marketing_pipeline_tests.fixtures import NOW

ACCOUNT = "17841400000000001"
TOKEN = "IGAA-secret-canary"
Reply = Callable[[httpx.Request], httpx.Response]
_F = FailureClass


class Wire:
    """A client whose other end is a function; it keeps what was sent."""

    def __init__(self, reply: Reply, timeout: float = 5) -> None:
        self.sent: list[httpx.Request] = []
        self._reply = reply
        self.client = InstagramClient(
            "https://graph.example/", SecretStr(TOKEN), SteppedClock(NOW), timeout, httpx.MockTransport(self._answer)
        )

    def _answer(self, request: httpx.Request) -> httpx.Response:
        self.sent.append(request)
        return self._reply(request)


def saying(content: Any, status: int = 200, usage: str = "{}") -> Wire:
    headers = {"X-Business-Use-Case-Usage": usage}
    return Wire(lambda _: httpx.Response(status, json=content, headers=headers))


def error(code: int, subcode: int | None = None, status: int = 400, usage: str = "{}") -> Wire:
    return saying({"error": {"code": code, "error_subcode": subcode, "message": "no"}}, status, usage)


def create(client: InstagramClient) -> object:
    return client.create_image_container(
        ACCOUNT, image_url="https://m.example/a.jpg", caption="Hi & bye", alt_text="A", is_ai_generated=True
    )


CALLS: dict[Phase, Callable[[InstagramClient], object]] = {
    Phase.CREATE: create,
    Phase.READ: lambda client: client.container_status("18"),
    Phase.PUBLISH: lambda client: client.publish(ACCOUNT, "18"),
}

# Code, subcode, then the class for creating, reading and publishing; read off the reference, not off the code.
ERRORS = [
    (-2, 2207003, _F.RETRY, _F.RETRY, _F.UNKNOWN_OUTCOME),
    (-2, 2207020, _F.NEW_CONTAINER, _F.NEW_CONTAINER, _F.UNKNOWN_OUTCOME),
    (-1, 2207001, _F.RETRY, _F.RETRY, _F.UNKNOWN_OUTCOME),
    (-1, 2207032, _F.RETRY, _F.RETRY, _F.UNKNOWN_OUTCOME),
    (-1, 2207053, _F.NEW_CONTAINER, _F.NEW_CONTAINER, _F.UNKNOWN_OUTCOME),
    (1, 2207057, _F.FIX_INPUT, _F.FIX_INPUT, _F.FIX_INPUT),
    (4, 2207051, _F.HUMAN, _F.HUMAN, _F.UNKNOWN_OUTCOME),
    (9, 2207042, _F.DEFER, _F.DEFER, _F.DEFER),
    (24, 2207006, _F.NEW_CONTAINER, _F.NEW_CONTAINER, _F.UNKNOWN_OUTCOME),
    (24, 2207008, _F.NEW_CONTAINER, _F.NEW_CONTAINER, _F.UNKNOWN_OUTCOME),
    (25, 2207050, _F.HUMAN, _F.HUMAN, _F.HUMAN),
    (100, 2207023, _F.FIX_INPUT, _F.FIX_INPUT, _F.FIX_INPUT),
    (100, 2207028, _F.FIX_INPUT, _F.FIX_INPUT, _F.FIX_INPUT),
    (100, 2207035, _F.FIX_INPUT, _F.FIX_INPUT, _F.FIX_INPUT),
    (100, 2207036, _F.FIX_INPUT, _F.FIX_INPUT, _F.FIX_INPUT),
    (100, 2207037, _F.FIX_INPUT, _F.FIX_INPUT, _F.FIX_INPUT),
    (100, 2207040, _F.FIX_INPUT, _F.FIX_INPUT, _F.FIX_INPUT),
    (352, 2207026, _F.FIX_INPUT, _F.FIX_INPUT, _F.FIX_INPUT),
    (9004, 2207052, _F.RETRY, _F.RETRY, _F.UNKNOWN_OUTCOME),
    (9007, 2207027, _F.KEEP_POLLING, _F.KEEP_POLLING, _F.KEEP_POLLING),
    (36000, 2207004, _F.FIX_INPUT, _F.FIX_INPUT, _F.FIX_INPUT),
    (36001, 2207005, _F.FIX_INPUT, _F.FIX_INPUT, _F.FIX_INPUT),
    (36003, 2207009, _F.FIX_INPUT, _F.FIX_INPUT, _F.FIX_INPUT),
    (36004, 2207010, _F.FIX_INPUT, _F.FIX_INPUT, _F.FIX_INPUT),
    (190, None, _F.HUMAN, _F.HUMAN, _F.HUMAN),
    (190, 463, _F.HUMAN, _F.HUMAN, _F.HUMAN),
    (102, None, _F.HUMAN, _F.HUMAN, _F.HUMAN),
    (463, None, _F.HUMAN, _F.HUMAN, _F.HUMAN),
    (467, None, _F.HUMAN, _F.HUMAN, _F.HUMAN),
    (10, None, _F.HUMAN, _F.HUMAN, _F.HUMAN),
    (200, None, _F.HUMAN, _F.HUMAN, _F.HUMAN),
    (100, 33, _F.RETRY, _F.RETRY, _F.UNKNOWN_OUTCOME),
    (4, None, _F.DEFER, _F.DEFER, _F.DEFER),
    (17, None, _F.DEFER, _F.DEFER, _F.DEFER),
    (32, None, _F.DEFER, _F.DEFER, _F.DEFER),
    (613, None, _F.DEFER, _F.DEFER, _F.DEFER),
    (80002, None, _F.DEFER, _F.DEFER, _F.DEFER),
    (20, 1772107, _F.UNKNOWN_OUTCOME, _F.UNKNOWN_OUTCOME, _F.UNKNOWN_OUTCOME),
    (1, None, _F.RETRY, _F.RETRY, _F.UNKNOWN_OUTCOME),
    (2, None, _F.RETRY, _F.RETRY, _F.UNKNOWN_OUTCOME),
    (987, None, _F.HUMAN, _F.HUMAN, _F.UNKNOWN_OUTCOME),
    (100, None, _F.HUMAN, _F.HUMAN, _F.UNKNOWN_OUTCOME),
]


@pytest.mark.parametrize(("code", "subcode", "creating", "reading", "publishing"), ERRORS)
def test_each_error_has_its_class_in_each_phase(
    code: int, subcode: int | None, creating: _F, reading: _F, publishing: _F
) -> None:
    expected = {Phase.CREATE: creating, Phase.READ: reading, Phase.PUBLISH: publishing}
    for phase, call in CALLS.items():
        wire = error(code, subcode)
        with pytest.raises(InstagramFailure) as caught:
            call(wire.client)
        assert caught.value.failure is expected[phase], phase
        assert len(wire.sent) == 1


def test_every_row_of_the_table_was_read_off_the_reference() -> None:
    assert set(TABLE) <= {(code, subcode) for code, subcode, *_ in ERRORS}


def test_what_stops_the_account() -> None:
    stopping = {key for key in TABLE if meaning_of(*key, Phase.PUBLISH).stops_account}
    assert stopping == {
        (4, 2207051), (25, 2207050), (190, None), (102, None), (463, None), (467, None), (10, None), (200, None),
    }  # fmt: skip


def _breaks(kind: type[httpx.TransportError]) -> Reply:
    def reply(request: httpx.Request) -> httpx.Response:
        raise kind("broken", request=request)

    return reply


NO_ANSWER: dict[str, Reply] = {
    "timeout": _breaks(httpx.ReadTimeout),
    "refused": _breaks(httpx.ConnectError),
    "reset": _breaks(httpx.RemoteProtocolError),
    "html": lambda _: httpx.Response(200, html="<html>gateway</html>"),
    "html 400": lambda _: httpx.Response(400, html="<html>no</html>"),
    "html 502": lambda _: httpx.Response(502, html="<html>no</html>"),
    "json 500": lambda _: httpx.Response(500, json={"error": {"code": 987}}),
    "json 500 with a known number": lambda request: httpx.Response(
        500,
        json={"error": {"code": 36003 if request.url.path.endswith("media_publish") else 2, "error_subcode": 2207009}},
    ),
    "half json": lambda _: httpx.Response(200, content=b'{"id": "17'),
    "a list": lambda _: httpx.Response(200, json=["17"]),
    "another shape": lambda _: httpx.Response(200, json={"name": "17"}),
    "an empty id": lambda _: httpx.Response(200, json={"id": "", "status_code": ""}),
    "a redirect": lambda _: httpx.Response(302, headers={"location": "https://evil.example"}),
    "too large": lambda _: httpx.Response(200, content=b" " * 3_000_000 + b'{"id": "17"}'),
    "not utf-8": lambda _: httpx.Response(200, content=b"\xff\xfe\x00"),
}


@pytest.mark.parametrize("reply", NO_ANSWER.values(), ids=NO_ANSWER.keys())
def test_without_a_usable_answer_a_publish_is_unknown_and_all_else_may_be_tried_again(reply: Reply) -> None:
    for phase, call in CALLS.items():
        wire = Wire(reply)
        with pytest.raises(InstagramFailure) as caught:
            call(wire.client)
        assert caught.value.failure is (_F.UNKNOWN_OUTCOME if phase is Phase.PUBLISH else _F.RETRY)
        assert len(wire.sent) == 1
        assert TOKEN not in str(caught.value)


def test_an_answer_that_trickles_in_is_given_up() -> None:
    class Trickle(httpx.SyncByteStream):
        def __iter__(self) -> Any:
            from marketing_pipeline.domain.clock import SystemClock

            for _ in range(100):
                SystemClock().sleep(0.01)
                yield b" "

    wire = Wire(lambda _: httpx.Response(200, stream=Trickle()), timeout=0.05)
    with pytest.raises(InstagramFailure) as caught:
        wire.client.publish(ACCOUNT, "18")
    assert caught.value.failure is _F.UNKNOWN_OUTCOME


def test_the_token_travels_in_a_header_only() -> None:
    wire = saying({"id": "17", "data": [{"quota_usage": 1}], "access_token": "new", "expires_in": 60})
    create(wire.client)
    wire.client.publish(ACCOUNT, "18")
    wire.client.quota(ACCOUNT)
    wire.client.refresh_token()
    for request in wire.sent:
        assert request.headers["authorization"] == f"Bearer {TOKEN}"
        assert TOKEN not in str(request.url)
        assert TOKEN not in request.content.decode()
    assert [request.url.path.split("/")[1] for request in wire.sent] == ["v26.0"] * 3 + ["refresh_access_token"]


def test_an_image_container_carries_everything_that_was_approved() -> None:
    wire = saying({"id": "17"})
    create(wire.client)
    [request] = wire.sent
    assert dict(httpx.QueryParams(request.content.decode())) == {
        "image_url": "https://m.example/a.jpg", "caption": "Hi & bye", "alt_text": "A", "is_ai_generated": "true",
    }  # fmt: skip


def test_a_carousel_item_carries_no_label_and_its_parent_does() -> None:
    wire = saying({"id": "17"})
    wire.client.create_carousel_item(ACCOUNT, image_url="https://m.example/a.jpg", alt_text="A")
    wire.client.create_carousel(ACCOUNT, children=("1", "2"), caption="C", is_ai_generated=True)
    item, parent = (dict(httpx.QueryParams(request.content.decode())) for request in wire.sent)
    assert item["is_carousel_item"] == "true"
    assert "is_ai_generated" not in item
    assert parent == {"media_type": "CAROUSEL", "children": "1,2", "caption": "C", "is_ai_generated": "true"}


def test_a_quota_without_a_total_is_the_smaller_one() -> None:
    quota = saying({"data": [{"quota_usage": 48}]}).client.quota(ACCOUNT)
    assert (quota.total, quota.left, quota.window) == (50, 2, timedelta(hours=24))
    assert saying({"data": [{"quota_usage": 60}]}).client.quota(ACCOUNT).left == 0


def test_a_status_that_meta_does_not_document_is_not_guessed_at() -> None:
    assert saying({"status_code": "FINISHED"}).client.container_status("1").status_code is ContainerStatus.FINISHED
    with pytest.raises(InstagramFailure):
        saying({"status_code": "WAITING"}).client.container_status("1")


def test_recent_media_is_cut_at_the_moment_asked_for() -> None:
    page = {
        "data": [
            {"id": "2", "timestamp": "2026-11-16T09:00:00+0000"},
            {"id": "1", "timestamp": "2026-11-16T08:59:59+0000"},
        ]
    }
    found = saying(page).client.recent_media(ACCOUNT, datetime(2026, 11, 16, 9, tzinfo=UTC))
    assert [medium.id for medium in found] == ["2"]


def test_the_longest_wait_of_the_usage_header_counts() -> None:
    usage = json.dumps({ACCOUNT: [{"estimated_time_to_regain_access": 7}, {"estimated_time_to_regain_access": 28}]})
    wire = error(80002, usage=usage)
    with pytest.raises(InstagramFailure) as caught:
        create(wire.client)
    assert caught.value.regain == timedelta(minutes=28)


_LATER = (NOW + timedelta(minutes=11)).strftime("%a, %d %b %Y %H:%M:%S GMT")
_DATE = NOW.strftime("%a, %d %b %Y %H:%M:%S GMT")


@pytest.mark.parametrize(
    ("headers", "minutes"),
    [
        ({"Retry-After": "90"}, 1.5),
        ({"Retry-After": _LATER, "Date": _DATE}, 11),
        ({"Retry-After": _LATER}, None),
        ({"Retry-After": _DATE, "Date": _LATER}, None),
        ({"Retry-After": "soon"}, None),
        ({"Retry-After": "-5"}, None),
        ({"Retry-After": "9" * 400}, None),
        ({"Retry-After": "9000000"}, 24 * 60),
        ({"X-App-Usage": '{"call_count": 100, "estimated_time_to_regain_access": 3}'}, 3),
        ({"X-App-Usage": '{"call_count": 100}'}, None),
        ({"X-App-Usage": "[", "X-Business-Use-Case-Usage": '{"1": [{"estimated_time_to_regain_access": 5}]}'}, 5),
        ({"Retry-After": "60", "X-Business-Use-Case-Usage": '{"1": [{"estimated_time_to_regain_access": 5}]}'}, 5),
        ({"Retry-After": "600", "X-Business-Use-Case-Usage": '{"1": [{"estimated_time_to_regain_access": 5}]}'}, 10),
        ({"X-Business-Use-Case-Usage": '{"1": [{"estimated_time_to_regain_access": 1e99}]}'}, None),
    ],
)
@pytest.mark.parametrize("status", [400, 503])
def test_every_header_that_names_a_wait_counts_and_the_longest_holds(
    status: int, headers: dict[str, str], minutes: float | None
) -> None:
    wire = Wire(lambda _: httpx.Response(status, json={"error": {"code": 4}}, headers=headers))
    with pytest.raises(InstagramFailure) as caught:
        create(wire.client)
    assert caught.value.regain == (None if minutes is None else timedelta(minutes=minutes))


@pytest.mark.parametrize(("body", "kind"), [('{"no": "number"}', "application/json"), ("<html>", "text/html")])
def test_a_gateway_that_takes_no_more_calls_is_waited_out_and_a_publish_call_stays_unclear(
    body: str, kind: str
) -> None:
    headers = {"Retry-After": "120", "Content-Type": kind}
    for phase, expected in ((Phase.CREATE, _F.DEFER), (Phase.READ, _F.DEFER), (Phase.PUBLISH, _F.UNKNOWN_OUTCOME)):
        with pytest.raises(InstagramFailure) as caught:
            CALLS[phase](Wire(lambda _: httpx.Response(429, text=body, headers=headers)).client)
        assert (caught.value.failure, caught.value.regain) == (expected, timedelta(minutes=2))


@pytest.mark.parametrize(
    ("code", "refused"), [(190, True), (102, True), (463, True), (467, True), (10, False), (200, False), (4, False)]
)
def test_only_errors_of_the_token_wait_for_another_one(code: int, refused: bool) -> None:
    assert meaning_of(code, None, Phase.READ).token_refused is refused


@pytest.mark.parametrize("usage", ["", "[]", "{", '{"1": 3}', '{"1": [{}]}'])
def test_a_usage_header_of_another_shape_names_no_wait(usage: str) -> None:
    with pytest.raises(InstagramFailure) as caught:
        create(error(4, usage=usage).client)
    assert caught.value.regain is None


def _insights(bad: set[str], absent: set[str]) -> Reply:
    def reply(request: httpx.Request) -> httpx.Response:
        metrics = request.url.params["metric"].split(",")
        if bad & set(metrics):
            return httpx.Response(400, json={"error": {"code": 100, "message": "no such metric"}})
        rows = [{"name": name, "values": [{"value": len(name)}]} for name in metrics if name not in absent]
        return httpx.Response(200, json={"data": rows})

    return reply


def test_one_bad_metric_never_loses_the_others_and_absent_is_not_zero() -> None:
    wire = Wire(_insights(bad={"saved", "follows"}, absent={"shares"}))
    insights = wire.client.insights("17", ("reach", "saved", "shares", "follows", "reposts"))
    assert insights.values == {"reach": 5, "saved": None, "shares": None, "follows": None, "reposts": 7}
    assert set(insights.missing) == {"saved", "shares", "follows"}
    assert all(insights.missing.values())


def test_optional_metrics_are_asked_for_apart_from_the_core() -> None:
    wire = Wire(_insights(set(), set()))
    wire.client.insights("17", ("reach", "likes", "follows"))
    assert [request.url.params["metric"] for request in wire.sent] == ["reach,likes", "follows"]


@pytest.mark.parametrize(("code", "status"), [(190, 401), (80002, 400), (2, 500)])
def test_insights_that_cannot_be_read_at_all_are_a_failure(code: int, status: int) -> None:
    wire = error(code, None, status)
    with pytest.raises(InstagramFailure):
        wire.client.insights("17", ("reach", "follows"))
    assert len(wire.sent) == 1


def test_too_few_viewers_is_an_absent_figure_not_a_missing_permission() -> None:
    insights = error(10).client.insights("17", ("reach",))
    assert insights.values == {"reach": None}


def test_a_refreshed_token_expires_when_meta_says_and_stays_secret() -> None:
    fresh = saying({"access_token": "new-canary", "expires_in": 5_184_000}).client.refresh_token()
    assert fresh.expires_at == NOW + timedelta(days=60)
    assert fresh.issued_at == NOW
    assert fresh.token.get_secret_value() == "new-canary"
    assert "new-canary" not in repr(fresh)


def test_a_refreshed_tokens_end_is_counted_on_the_channels_clock() -> None:
    told = NOW + timedelta(days=3)
    headers = {"Date": told.strftime("%a, %d %b %Y %H:%M:%S GMT")}
    content = {"access_token": "new-canary", "expires_in": 86_400}
    fresh = Wire(lambda _: httpx.Response(200, json=content, headers=headers)).client.refresh_token()
    assert (fresh.issued_at, fresh.expires_at) == (told, told + timedelta(days=1))
