"""How long a post that is due waits behind another brand's backlog, with turns of brands and by due time alone.

One tenant has 2,000 late posts, 49 have one that falls due now; an effect takes eight seconds of clock time. The
claims are those of the real ledger on SQLite; only the channel's time is simulated. Since one account has one effect at
work at a time, a backlog in a single account keeps a single worker busy: so it is tried with one account and one
worker, and with four accounts and four workers. What a claim costs is measured once more beside 364,000 older effects.
Run it with `make bench NAME=fairness`. The bound is that of `marketing_pipeline/store/turns.py`.
"""

import heapq
import json
import math
import sqlite3
import statistics
import sys
import tempfile
import time
from collections.abc import Callable
from contextlib import closing
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from marketing_pipeline.domain.brand import Brand
from marketing_pipeline.domain.clock import SteppedClock
from marketing_pipeline.domain.effect import Effect, EffectState, PublishPost
from marketing_pipeline.domain.identifiers import BrandId, EffectId, Sha256
from marketing_pipeline.domain.post import PostState
from marketing_pipeline.store.control_plane import ControlPlane
from marketing_pipeline.store.database import Database
from marketing_pipeline.store.effect_rows import claimable
from marketing_pipeline.store.tables import effects
from marketing_pipeline_tests.faults.agency import brands_of
from marketing_pipeline_tests.sandbox.tea_room import MONDAY
from marketing_pipeline_tests.store.planned_week import record_week

LATE, OTHERS, HISTORY = 2_000, 49, 364_000
SERVICE = timedelta(seconds=8)
LEASE = timedelta(minutes=15)
Claim = Callable[[], Effect | None]


@dataclass(frozen=True)
class Waits:
    """Clock seconds from due to claim of the posts that fell due now; milliseconds of real time a claim took."""

    p50_s: float
    p95_s: float
    most_s: float
    claim_ms: float
    claim_p95_ms: float


def _percentile(values: list[float], share: float) -> float:
    return sorted(values)[min(len(values) - 1, math.ceil(share * len(values)) - 1)]


def queue_one(plane: ControlPlane, database: Database, brand: Brand, due: datetime) -> Effect:
    """One post of a brand, on its way into the queue as the product does it."""
    [planned] = record_week(database, brand, plane.audit, posts=1).posts
    for state in (PostState.DRAFTED, PostState.DESIGNED):
        plane.posts.move(planned.id, state, actor="bench", reason="made")
    payload = PublishPost(
        account_id=brand.channels.instagram.account_id,
        post=planned.id,
        caption="Leaves",
        alt_text="A pot of tea",
        media=(Sha256("a" * 64),),
        is_ai_generated=True,
    )
    return plane.queue.queue_post(brand=brand, payload=payload, due_at=due)


def copy_effect(file: Path, effect: Effect, count: int, *, days_apart: float, done: bool) -> None:
    """Rows like those of one effect, with other ids: its brand's backlog, or its history."""
    with closing(sqlite3.connect(file)) as connection:
        connection.execute("PRAGMA foreign_keys = OFF")
        connection.execute("PRAGMA synchronous = OFF")
        for table, key in (("posts", effect.subject), ("effects", effect.id)):
            cursor = connection.execute(f"SELECT * FROM {table} WHERE id = ?", (key,))
            names = [str(column[0]) for column in cursor.description]
            row: dict[str, Any] = dict(zip(names, cursor.fetchone(), strict=True))
            marks = ", ".join("?" * len(names))
            copies = (_copy(row, number, days_apart, done=done) for number in range(count))
            connection.executemany(
                f"INSERT INTO {table} VALUES ({marks})", ([copy[name] for name in names] for copy in copies)
            )
        connection.commit()


def _copy(row: dict[str, Any], number: int, days_apart: float, *, done: bool) -> dict[str, Any]:
    mark = f"{'done' if done else 'late'}-{number}"
    changed = {**row, "id": f"{row['id']}-{mark}"}
    if "due_at" in row:
        due = datetime.fromisoformat(row["due_at"]) - timedelta(days=days_apart * number)
        changed |= {"subject": f"{row['subject']}-{mark}", "idempotency_key": f"{row['idempotency_key']}-{mark}"}
        changed |= {
            "due_at": due.isoformat(timespec="microseconds"),
            "updated_at": due.isoformat(timespec="microseconds"),
        }
        changed |= {"state": "succeeded"} if done else {}
    else:
        changed |= {"position": 1_000_000 * done + 100 + number, "state": "published" if done else row["state"]}
    return changed


def served(
    database: Database, clock: SteppedClock, claim: Claim, plane: ControlPlane, wanted: set[EffectId], workers: int
) -> Waits:
    """Let the workers serve until every wanted effect is claimed."""
    free = [(clock.now(), number) for number in range(workers)]
    at_work: dict[int, Effect] = {}
    waits, took = list[float](), list[float]()
    while wanted:
        now, worker = heapq.heappop(free)
        clock.step_to(now)
        if worker in at_work:
            plane.ledger.move(at_work.pop(worker), EffectState.FAILED, reason="enough of it")
        start = time.perf_counter()
        effect = claim()
        took.append((time.perf_counter() - start) * 1000)
        if effect is not None:
            at_work[worker] = effect
        if effect is not None and effect.id in wanted:
            wanted.remove(effect.id)
            waits.append((now - MONDAY).total_seconds())
        heapq.heappush(free, (now + SERVICE, worker))
    return Waits(
        round(statistics.median(waits), 1),
        round(_percentile(waits, 0.95), 1),
        round(max(waits), 1),
        round(statistics.median(took), 2),
        round(_percentile(took, 0.95), 2),
    )


def run(folder: Path, *, fair: bool, accounts: int, history: int = 0) -> Waits:
    """A backlog in so many accounts of one tenant, the others' posts, and as many workers as late accounts."""
    file, clock = folder / f"{fair}-{accounts}-{history}.sqlite", SteppedClock(MONDAY)
    database = Database.open(f"sqlite:///{file}", clock)
    with closing(database):
        plane = ControlPlane.of(database, b"key")
        brands = [*brands_of(OTHERS + accounts).values()]
        due = [queue_one(plane, database, brand, MONDAY) for brand in brands]
        for effect in due[:accounts]:
            copy_effect(file, effect, LATE // accounts, days_apart=0.0005, done=False)
        copy_effect(file, due[-1], history, days_apart=0.001, done=True)

        def by_due_time() -> Effect | None:
            with database.read() as connection:
                first = connection.execute(
                    effects.select().where(effects.c.id == claimable(clock.now()).limit(1).scalar_subquery())
                ).first()
            return None if first is None else plane.ledger.claim_due("bench", LEASE, brand=BrandId(first.brand))

        def in_turn() -> Effect | None:
            return plane.ledger.claim_due("bench", LEASE)

        wanted = {effect.id for effect in due[accounts:]}
        return served(database, clock, in_turn if fair else by_due_time, plane, wanted, accounts)


def bound(brands: int, workers: int) -> float:
    """Seconds that a brand's first due post waits at most."""
    return SERVICE.total_seconds() * (math.ceil((brands - 1) / workers) + 1)


def main() -> None:
    """Print the waits of the 49, with turns and without, and what a claim costs with and without a history."""
    figures: dict[str, Any] = {}
    with tempfile.TemporaryDirectory() as folder:
        for accounts in (1, 4):
            name = f"{accounts} late account(s), {accounts} worker(s)"
            print(name, file=sys.stderr)
            figures[f"{name}: by due time"] = vars(run(Path(folder), fair=False, accounts=accounts))
            figures[f"{name}: in turn"] = vars(run(Path(folder), fair=True, accounts=accounts))
            figures[f"{name}: bound of turns, s"] = bound(OTHERS + accounts, accounts)
        figures[f"in turn, beside {HISTORY} older effects"] = vars(
            run(Path(folder), fair=True, accounts=1, history=HISTORY)
        )
    print(json.dumps(figures, indent=1))


if __name__ == "__main__":
    main()
