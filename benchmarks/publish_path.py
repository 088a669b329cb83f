"""What publishing one post costs this program: CPU, statements, transactions, calls and connections.

One worker drains posts that are due, before a sandbox in a process of its own that answers at once, on SQLite and on
PostgreSQL. The floor, in the same run: the same calls over one kept connection and as many commits of one row each, by
a bare loop. Run it with `make bench NAME=publish_path`.
"""

import json
import os
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx
from sqlalchemy import Engine, create_engine, event

from benchmarks.agency.due_posts import DueHouse, due_house
from marketing_pipeline.cli.sandbox_process import sandbox_process
from marketing_pipeline.settings import Settings
from marketing_pipeline.workplace import Workplace
from marketing_pipeline_tests.postgres_server import postgres_server

BRANDS, POSTS = 10, 24
WARM = 2
"""Posts of each brand that are published before the measure, so that everything is imported and compiled."""
COUNTED = ("statements", "commits", "calls", "connections")


@contextmanager
def counted() -> Generator[Counter[str]]:
    """Counts while the block lasts: statements and commits of SQLAlchemy, HTTP calls, connections made."""
    counts, at_work = Counter[str](), [True]

    def statement(*_: Any) -> None:
        counts["statements"] += 1

    def commit(_: Any) -> None:
        counts["commits"] += 1

    send = httpx.HTTPTransport.handle_request

    def call(self: httpx.HTTPTransport, request: httpx.Request) -> httpx.Response:
        counts["calls"] += 1
        return send(self, request)

    def connected(name: str, _: Any) -> None:
        if at_work and name == "socket.connect":
            counts["connections"] += 1

    event.listen(Engine, "before_cursor_execute", statement)
    event.listen(Engine, "commit", commit)
    httpx.HTTPTransport.handle_request = call
    sys.addaudithook(connected)
    try:
        yield counts
    finally:
        at_work.clear()
        httpx.HTTPTransport.handle_request = send
        event.remove(Engine, "before_cursor_execute", statement)
        event.remove(Engine, "commit", commit)


def published(house: DueHouse, count: int) -> dict[str, float]:
    """Drain, and what each of the posts after the warm ones cost."""
    with Workplace.open(house.settings) as place:
        for brand in list(place.brands)[:WARM]:
            place.drain("warm", brand)
        done, wall, cpu = 0, time.perf_counter(), time.process_time()
        with counted() as counts:
            done = len(place.drain("bench").published)
        cpu, wall = time.process_time() - cpu, time.perf_counter() - wall
    assert done == count, f"{done} of {count} posts were published"
    return {
        "cpu_ms": 1000 * cpu / done,
        "wall_ms": 1000 * wall / done,
        **{name: counts[name] / done for name in COUNTED},
    }


def floor(url: str, house: DueHouse, commits: int, posts: int) -> float:
    """Milliseconds of CPU a post of a bare loop with the same calls and as many commits."""
    engine = create_engine(house.database_url or f"sqlite:///{house.home / 'floor.sqlite'}")
    picture = next((house.home / "media").glob("*.jpg")).name
    with engine.connect() as opened, httpx.Client(trust_env=False) as client:
        row = opened.connection.cursor()
        if not house.database_url:
            row.execute("PRAGMA journal_mode = WAL")
        row.execute("CREATE TABLE floor (content text)")
        opened.connection.commit()
        own = f"{url}/instagram/v26.0"
        started = 0.0
        for post in range(posts + 5):
            if post == 5:
                started = time.process_time()
            account = f"9784140{post // 40:010d}"
            bearer = {"Authorization": f"Bearer sandbox-{account}"}

            def ask(method: str, path: str, bearer: dict[str, str] = bearer, **words: str) -> Any:
                query, form = (words, None) if method == "GET" else (None, words)
                return client.request(method, f"{own}/{path}", params=query, data=form, headers=bearer).json()

            ask("GET", f"{account}/content_publishing_limit", fields="quota_usage,config")
            client.get(f"{url}/media/{picture}").read()
            made = ask("POST", f"{account}/media", image_url=f"{url}/media/{picture}", caption="floor", alt_text="x")
            ask("GET", made["id"], fields="status_code,status")
            ask("GET", f"{account}/media", fields="id,permalink,timestamp", limit="50")
            live = ask("POST", f"{account}/media_publish", creation_id=made["id"])
            ask("GET", live["id"], fields="id,permalink")
            for _ in range(commits):
                row.execute(f"INSERT INTO floor VALUES ('{'x' * 500}')")
                opened.connection.commit()
        return 1000 * (time.process_time() - started) / posts


def measured(root: Path, database_url: str = "") -> dict[str, float]:
    """One engine: the worker and its floor."""
    house = due_house(root, BRANDS, POSTS, database_url)
    os.environ.update(house.environment)
    with sandbox_process(Settings.from_environment(), "--container-seconds", "0") as url:
        count = (BRANDS - WARM) * POSTS
        found = published(house, count)
        found["floor_cpu_ms"] = floor(url, house, round(found["commits"]), count)
    return {**found, "ratio": found["cpu_ms"] / found["floor_cpu_ms"]}


def main() -> None:
    """Both engines, one line each."""
    figures: dict[str, float] = {}
    with tempfile.TemporaryDirectory() as folder, postgres_server() as server:
        for engine, url in (("sqlite", ""), ("postgresql", server.sqlalchemy_url(server.new_database()))):
            found = measured(Path(folder) / engine, url)
            print(engine, "  ".join(f"{name} {value:.1f}" for name, value in found.items()))
            figures |= {f"{engine}_{name}": round(value, 2) for name, value in found.items()}
    print(json.dumps({"benchmark": "publish_path", "figures": figures}))


if __name__ == "__main__":
    main()
