"""The Instagram client: one call a method, nothing repeated, every answer a model or a classified failure."""

import json
from datetime import UTC, datetime, timedelta

import httpx
import pytest

from marketing_pipeline.channels.instagram_answers import ContainerStatus
from marketing_pipeline.channels.instagram_errors import InstagramFailure, Phase, meaning_of
from marketing_pipeline_tests.channels.instagram_wire import ACCOUNT, TOKEN, Reply, Wire, create, error, saying
from marketing_pipeline_tests.fixtures import NOW


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
