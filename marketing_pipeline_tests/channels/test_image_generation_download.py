"""An address that a service names is not trusted: what it may lead to, and what it may send."""

import asyncio
from collections.abc import Sequence

import pytest

from marketing_pipeline.channels import picture_download
from marketing_pipeline.channels.image_generation import ImageFailed, Timeout, Transient, UnusablePicture
from marketing_pipeline.channels.picture_download import download, opened
from marketing_pipeline.settings.address import resolve_in_loop
from marketing_pipeline_tests.channels.image_server import Reply, picture, serving


def fetched(url: str, *, allow_loopback: bool = True, addresses: Sequence[str] = (), seconds: float = 5.0) -> bytes:
    """Download `url`; `addresses` stand in for what the host's name leads to."""

    async def resolve(host: str, port: int) -> Sequence[str]:
        return addresses or await resolve_in_loop(host, port)

    return asyncio.run(download(url, timeout_seconds=seconds, allow_loopback=allow_loopback, resolve=resolve))


@pytest.mark.parametrize("kind", ["PNG", "JPEG", "WEBP"])
def test_a_picture_is_fetched_as_it_is(kind: str) -> None:
    files = {"/a?sig=%2F": Reply(body=picture(kind), kind=f"image/{kind.lower()}; q=1")}
    with serving(files=files) as server:
        content = fetched(f"{server.url}/a?sig=%2F")
    assert content == picture(kind)
    assert opened(content) == (f"image/{kind.lower()}", 64, 96)


def test_the_connection_goes_to_the_address_that_was_checked() -> None:
    with serving(files={"/a": Reply(body=picture(), kind="image/png")}) as server:
        port = server.server_address[1]
        fetched(f"http://pictures.example:{port}/a", addresses=["127.0.0.1"])
        assert server.headers[0]["host"] == f"pictures.example:{port}"


@pytest.mark.parametrize(
    "addresses",
    [
        ["127.0.0.1"],
        ["10.0.0.8"],
        ["192.168.1.1"],
        ["172.16.0.1"],
        ["169.254.169.254"],
        ["100.64.0.1"],
        ["0.0.0.0"],
        ["224.0.0.1"],
        ["255.255.255.255"],
        ["::1"],
        ["fe80::1%eth0"],
        ["fd00::1"],
        ["::ffff:10.0.0.8"],
        ["64:ff9b::a00:8"],
        ["2002:a00:8::1"],
        ["2001:0:a00:8::1"],
        ["93.184.215.14", "10.0.0.8"],
    ],
)
def test_no_private_address_is_reached(addresses: list[str]) -> None:
    with pytest.raises(UnusablePicture, match="not public"):
        fetched("https://pictures.example/a.png", allow_loopback=False, addresses=addresses)


def test_loopback_beside_another_address_is_refused_in_the_sandbox_too() -> None:
    with pytest.raises(UnusablePicture):
        fetched("https://pictures.example/a", addresses=["127.0.0.1", "10.0.0.8"])


@pytest.mark.parametrize(
    "url",
    [
        "",
        "a.png",
        "file:///etc/passwd",
        "ftp://127.0.0.1/a",
        "https://user@127.0.0.1/a",
        "https://127.0.0.1:0/a",
        "https://127.0.0.1:99999/a",
        "https://[::1/a",
        "https://bücher.example/a",
    ],
)
def test_an_address_that_is_no_plain_web_address_is_refused(url: str) -> None:
    with pytest.raises(UnusablePicture, match="plain web address"):
        fetched(url)


@pytest.mark.parametrize("url", ["http://pictures.example/a", "https://pictures.example:8443/a"])
def test_outside_the_sandbox_only_https_on_its_own_port(url: str) -> None:
    with pytest.raises(UnusablePicture, match="HTTPS"):
        fetched(url, allow_loopback=False, addresses=["93.184.215.14"])


def test_a_host_without_an_address_is_refused() -> None:
    async def nowhere(host: str, port: int) -> Sequence[str]:
        raise OSError("no such host")

    with pytest.raises(UnusablePicture, match="not known"):
        asyncio.run(download("https://x.example/", timeout_seconds=1, allow_loopback=False, resolve=nowhere))


@pytest.mark.parametrize(
    ("reply", "failure"),
    [
        (Reply(404), UnusablePicture),
        (Reply(302, headers={"location": "/b"}, kind="image/png"), UnusablePicture),
        (Reply(body=b"<html>", kind="text/html"), UnusablePicture),
        (Reply(body=picture(), kind="image/svg+xml"), UnusablePicture),
        (Reply(body=picture(), kind="image/png", headers={"content-encoding": "gzip"}), UnusablePicture),
        (Reply(drop=True), Transient),
    ],
)
def test_each_bad_reply_is_refused(reply: Reply, failure: type[ImageFailed]) -> None:
    with serving(files={"/a": reply, "/b": Reply(body=picture(), kind="image/png")}) as server:
        with pytest.raises(ImageFailed) as caught:
            fetched(f"{server.url}/a")
        assert server.gets == ["/a"]
    assert type(caught.value) is failure


def test_a_picture_that_is_too_large_is_not_read_to_its_end() -> None:
    huge = Reply(body=b"\0" * (picture_download.MOST_BYTES + 1), kind="image/png")
    with serving(files={"/a": huge}) as server, pytest.raises(UnusablePicture, match="larger than"):
        fetched(f"{server.url}/a")


def test_a_slow_download_ends() -> None:
    slow = Reply(body=picture(), kind="image/png", delay=0.5)
    with serving(files={"/a": slow}) as server, pytest.raises(Timeout):
        fetched(f"{server.url}/a", seconds=0.1)


@pytest.mark.parametrize("content", [b"", b"<html>", picture("GIF"), picture()[:60]])
def test_what_does_not_open_is_no_picture(content: bytes) -> None:
    with pytest.raises(UnusablePicture, match="does not open"):
        opened(content)


def test_a_picture_of_too_many_pixels_is_refused_before_it_is_decoded() -> None:
    with pytest.raises(UnusablePicture, match="pixels"):
        opened(picture("PNG", (10_000, 5_000)))
