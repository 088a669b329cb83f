"""Row 41: forged requests to the console."""

import asyncio
import itertools
from collections import Counter
from pathlib import Path

import httpx

from marketing_pipeline.console.app import HOSTS, console_app
from marketing_pipeline.console.rounds import Rounds
from marketing_pipeline.settings import Settings
from marketing_pipeline_tests.faults.row import FaultRow, Figure


def console(tries: int, seed: int, folder: Path) -> Figure:
    """Row 41. Forged requests to the console: other hosts, other methods, other pages."""
    broken, seen = Counter[str](), 0
    settings = Settings.from_environment({"MARKETING_HOME": str(folder / "home")}, folder)
    app = console_app(settings, Rounds(settings))
    hosts = ("evil.example", "127.0.0.1.evil.example", "10.0.0.7", "localhost.evil.example", "", "evil.example:80")

    async def ask() -> int:
        count = 0
        async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://127.0.0.1") as client:
            for path, method in itertools.product(("/healthz", "/metrics"), ("GET", "POST", "PUT", "DELETE", "PATCH")):
                for host in (*hosts, *HOSTS):
                    origin = {"host": host, "origin": "https://evil.example", "x-forwarded-host": "127.0.0.1"}
                    answer = await client.request(method, path, headers=origin)
                    forged, count = host not in HOSTS or method != "GET", count + 1
                    broken[f"{method} {path} of {host!r}"] += forged and answer.status_code not in (400, 405)
                    allowed = {name for name in answer.headers if name.startswith("access-control")}
                    broken["another origin may read"] += bool(allowed)
        return count

    seen = asyncio.run(ask())
    return Figure(tries=seen, broken=broken.total(), note="; ".join(+broken) or "every forged request was refused")


ROWS = (FaultRow("41", "Wrong Host, other methods, other origins at the console", "request", 1, 1, console),)
