"""Row 41: forged requests to the console."""

from collections import Counter
from collections.abc import Iterator
from pathlib import Path

from starlette.routing import BaseRoute, Mount, Route

from marketing_pipeline.console.app import routes
from marketing_pipeline.settings import Settings
from marketing_pipeline_tests.console.browser import ORIGIN, Site, site_of
from marketing_pipeline_tests.faults.row import FaultRow, Figure

HOSTS = ("evil.example", "127.0.0.1.evil.example", "10.0.0.7", "localhost.evil.example", "", "evil.example:80")
METHODS = ("GET", "POST", "PUT", "DELETE", "PATCH")
API = ("/api/v1/holds", "/api/v1/posts/p/hold", "/api/v1/approvals/p/decision", "/api/v1/query", "/api/v1/me")


def console(tries: int, seed: int, folder: Path) -> Figure:
    """Row 41. Forged requests to every address of the console: other hosts, other methods, other pages, no token."""
    broken, seen = Counter[str](), 0
    settings = Settings.from_environment({"MARKETING_HOME": str(folder / "home")}, folder)
    with site_of(settings) as site:
        csrf = site.csrf()
        for path in (*_paths(routes()), *API):
            for method in METHODS:
                for words, headers in _forgeries(csrf, method):
                    status, readable = _ask(site, method, path, headers)
                    seen += 1
                    broken[f"{method} {path} {words}: {status}"] += status < 400
                    broken[f"{method} {path}: another origin may read"] += readable
    return Figure(tries=seen, broken=broken.total(), note="; ".join(+broken) or "every forged request was refused")


def _paths(found: tuple[BaseRoute, ...]) -> Iterator[str]:
    """Every address, with a word in the place of each parameter."""
    for route in found:
        if isinstance(route, Route):
            yield "/".join("p" if part.startswith("{") else part for part in route.path.split("/"))
        elif isinstance(route, Mount):
            yield f"{route.path}/p"


def _forgeries(csrf: str, method: str) -> Iterator[tuple[str, dict[str, str]]]:
    """What another website could make a signed-in browser send; a page that is only looked at needs another name."""
    for host in HOSTS:
        own = {"host": host, "origin": f"http://{host}", "x-forwarded-host": "127.0.0.1", "x-csrf-token": csrf}
        yield f"of {host!r}", own
    if method != "GET":
        yield "from another origin", {"origin": "https://evil.example", "x-csrf-token": csrf}
        yield "from no origin", {"x-csrf-token": csrf}
        yield "across sites", {"origin": ORIGIN, "sec-fetch-site": "cross-site", "x-csrf-token": csrf}
        yield "from a frame without origin", {"origin": "null", "x-csrf-token": csrf}
        yield "without the token", {"origin": ORIGIN}
        yield "with another token", {"origin": ORIGIN, "x-csrf-token": "0" * len(csrf)}


def _ask(site: Site, method: str, path: str, headers: dict[str, str]) -> tuple[int, bool]:
    answer = site.client.request(method, path, headers=headers, follow_redirects=False)
    return answer.status_code, any(name.startswith("access-control") for name in answer.headers)


ROWS = (FaultRow("41", "Wrong Host, other methods, other origins at the console", "request", 1, 1, console),)
