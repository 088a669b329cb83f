"""The public address of a picture is looked at before Instagram looks."""

import hashlib
from collections.abc import Callable

import httpx
import pytest

from marketing_pipeline.channels.media_host import MOST_BYTES, MediaFailure, MediaHost, MediaProblem
from marketing_pipeline.domain.identifiers import Sha256

PICTURE = b"\xff\xd8\xff picture"
SHA256 = Sha256(hashlib.sha256(PICTURE).hexdigest())
JPEG = {"content-type": "image/jpeg"}
Reply = Callable[[httpx.Request], httpx.Response]


def host(reply: Reply) -> MediaHost:
    return MediaHost("https://media.example/pictures/", transport=httpx.MockTransport(reply))


def test_the_address_is_the_content() -> None:
    assert host(lambda _: httpx.Response(200)).public_url(SHA256) == f"https://media.example/pictures/{SHA256}.jpg"


def test_the_approved_picture_passes() -> None:
    asked: list[str] = []

    def reply(request: httpx.Request) -> httpx.Response:
        asked.append(str(request.url))
        return httpx.Response(200, content=PICTURE, headers=JPEG)

    host(reply).check(SHA256)
    assert asked == [f"https://media.example/pictures/{SHA256}.jpg"]


def _unreachable(request: httpx.Request) -> httpx.Response:
    raise httpx.ConnectError("no route", request=request)


OTHERWISE: dict[str, tuple[Reply, MediaProblem]] = {
    "no answer": (_unreachable, MediaProblem.UNREACHABLE),
    "server error": (lambda _: httpx.Response(503), MediaProblem.UNREACHABLE),
    "not there": (lambda _: httpx.Response(404), MediaProblem.NOT_SERVED),
    "redirect": (lambda _: httpx.Response(301, headers={"location": "https://a.example"}), MediaProblem.NOT_SERVED),
    "no type": (lambda _: httpx.Response(200, content=PICTURE), MediaProblem.NOT_SERVED),
    "a page": (lambda _: httpx.Response(200, html="<html>"), MediaProblem.NOT_SERVED),
    "cut": (lambda _: httpx.Response(200, content=PICTURE[:-1], headers=JPEG), MediaProblem.CHANGED),
    "another": (lambda _: httpx.Response(200, content=b"x", headers=JPEG), MediaProblem.CHANGED),
    "too large": (lambda _: httpx.Response(200, content=bytes(MOST_BYTES + 1), headers=JPEG), MediaProblem.CHANGED),
}


@pytest.mark.parametrize(("reply", "problem"), OTHERWISE.values(), ids=OTHERWISE.keys())
def test_anything_else_is_refused(reply: Reply, problem: MediaProblem) -> None:
    with pytest.raises(MediaFailure) as caught:
        host(reply).check(SHA256)
    assert caught.value.problem is problem
