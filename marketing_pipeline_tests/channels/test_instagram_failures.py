"""What the Instagram client makes of refusals, silence and nonsense: each has its class, by what was asked."""

from datetime import timedelta
from typing import Any

import httpx
import pytest

from marketing_pipeline.channels.instagram_errors import TABLE, FailureClass, InstagramFailure, Phase, meaning_of
from marketing_pipeline_tests.channels.instagram_wire import ACCOUNT, CALLS, TOKEN, Reply, Wire, error

_F = FailureClass

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


@pytest.mark.parametrize(("body", "kind"), [('{"no": "number"}', "application/json"), ("<html>", "text/html")])
def test_a_gateway_that_takes_no_more_calls_is_waited_out_and_a_publish_call_stays_unclear(
    body: str, kind: str
) -> None:
    headers = {"Retry-After": "120", "Content-Type": kind}
    for phase, expected in ((Phase.CREATE, _F.DEFER), (Phase.READ, _F.DEFER), (Phase.PUBLISH, _F.UNKNOWN_OUTCOME)):
        with pytest.raises(InstagramFailure) as caught:
            CALLS[phase](Wire(lambda _: httpx.Response(429, text=body, headers=headers)).client)
        assert (caught.value.failure, caught.value.regain) == (expected, timedelta(minutes=2))
