"""Row 38: an address in a text that people look at is fetched by nothing, and leads nowhere by itself."""

import random
import re
from collections import Counter
from collections.abc import Generator, Iterator
from contextlib import contextmanager
from html.parser import HTMLParser
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import urljoin

import httpx
from markdown_it import MarkdownIt

from marketing_pipeline.channels.notifications import Notifier, Tone
from marketing_pipeline.operations.alert_message import alert_message
from marketing_pipeline_tests.faults.row import FaultRow, Figure
from marketing_pipeline_tests.faults.serving import serving
from marketing_pipeline_tests.faults.surfaces import SURFACES, alert
from marketing_pipeline_tests.operations.listener import Listener

CANARY = "leaf-canary-77c1"
_FRAMES = (
    "![a picture]({})",
    "[![b]({})]({})",
    "[c]({})",
    "<{}>",
    '<img src="{}">',
    "<img src={} onerror=alert(1)>",
    '<a href="{}">d</a>',
    "<style>@import url({});</style>",
    '<iframe src="{}"></iframe>',
    '<svg><image href="{}"/></svg>',
    "![e][f]\n\n[f]: {}",
    "| g |\n| --- |\n| ![h]({}) |",
    "`![i]({})` ![j]({})",
    "\\![k]({})",
    "&lt;img src={}&gt;",
    "![l\n](\n{}\n)",
    "[link={}]m[/link]",
    "\x1b]8;;{}\x1b\\n\x1b]8;;\x1b\\",
    "\x9d8;;{}\x9co",
    "\x1b]1337;File=inline=1:{}\x07",
    "\x1bP+q{}\x1b\\",
    "\x1b[31m{}\x1b[0m\x1b]0;title\x07",
    "{}",
    "javascript:fetch('{}')",
    "<script src='{}'></script>",
)
_COLOUR_ONLY = re.compile(r"\x1b\[[0-9;]*m")
_FETCHED = {"src", "srcset", "poster", "data", "background", "xlink:href"}


class _Sources(HTMLParser):
    """Collects what a browser would fetch by itself, and every link."""

    def __init__(self) -> None:
        super().__init__()
        self.fetched: list[str] = []
        self.links: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        for name, value in attrs:
            if value and (name in _FETCHED or (name == "href" and tag not in ("a", "area"))):
                self.fetched.append(value)
            elif value and name == "href":
                self.links.append(value)


@contextmanager
def _attacker() -> Generator[tuple[str, list[str]]]:
    """A server that notes whatever is asked of it: its address, and the paths."""
    asked: list[str] = []

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            asked.append(self.path)
            self.send_response(404)
            self.end_headers()

        def do_POST(self) -> None:
            self.do_GET()

        def do_HEAD(self) -> None:
            self.do_GET()

        def log_message(self, format: str, *args: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    with serving(server):
        yield f"http://127.0.0.1:{server.server_port}/{CANARY}", asked


def leaks(tries: int, seed: int, folder: Path) -> Figure:
    """Row 38. Each lure on each surface: shown as a browser, a terminal or a service would, and nothing is fetched."""
    broken, looked = Counter[str](), 0
    with _attacker() as (address, asked), Listener() as service:
        lures = [frame.format(address, address) for frame in _FRAMES]
        for lure in random.Random(seed).sample(lures, min(tries, len(lures))):
            for name, surface in SURFACES.items():
                looked += 1
                broken.update(f"{name}, {lure!r}: {what}" for what in _acts(name, surface(lure)))
            broken.update(f"notebook, {lure!r}: {what}" for what in _as_page(_in_notebook(lure)))
            _notify(service, lure)
        broken.update(f"notified {words['message']!r}" for words in service.heard if "://" in words["message"])
        broken["requests"] += len(asked)
        # The control: the same eyes see a picture that is one.
        if [*_as_page(MarkdownIt("commonmark").render(f"![x]({address})"))] == [] or len(asked) < 1:
            broken["a real picture is not fetched by the judge"] += 1
        requests = len(asked) - 1
    note = "; ".join(what for what, _ in (+broken).most_common(3)) or f"{requests} requests, 0 canary bytes"
    return Figure(tries=looked, broken=broken.total(), note=note)


def _acts(surface: str, received: str) -> Iterator[str]:
    """What would happen by itself, or by a link that does not look like one."""
    if surface.startswith("terminal"):
        rest = _COLOUR_ONLY.sub("", received)
        if any(letter in rest for letter in ("\x1b", "\x07", "\x9b", "\x9d", "\x90")):
            yield "it controls the terminal"
    elif surface.startswith("Dagster"):
        yield from _as_page(MarkdownIt("commonmark", {"html": True}).enable("table").render(received))
    elif "://" in received:
        yield "it has an address"


def _as_page(html: str) -> Iterator[str]:
    """Fetch what a browser would fetch."""
    page = _Sources()
    page.feed(html)
    for source in page.fetched:
        httpx.get(urljoin("http://127.0.0.1/", source), trust_env=False, timeout=2)
        yield f"{source} is fetched"
    for link in page.links:
        yield f"{link} is a link"


def _in_notebook(lure: str) -> str:
    """As an analyst sees a row in a notebook."""
    import pandas as pd

    return str(pd.DataFrame({"topic": [lure]})._repr_html_())  # pyright: ignore[reportPrivateUsage, reportUnknownMemberType, reportUnknownArgumentType, reportCallIssue, reportOptionalCall]


def _notify(service: Listener, lure: str) -> None:
    told = alert_message([alert(lure)], "")
    Notifier((service.url,)).send(told.title, told.body, Tone.WARNING)


ROWS = (FaultRow("38", "Leak by link or picture", "injection", len(_FRAMES), len(_FRAMES), leaks),)
