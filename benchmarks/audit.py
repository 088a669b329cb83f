"""How long `marketing audit verify` takes over a year of rows, and how far apart the anchored heads lie.

Run it with `make bench NAME=audit`. The target is 100,000 rows within 10 s.
"""

import json
import tempfile
import time
from datetime import UTC, datetime
from pathlib import Path

from sqlalchemy import Connection

from marketing_pipeline.domain.clock import SteppedClock
from marketing_pipeline.domain.identifiers import BrandId
from marketing_pipeline.store.audit import AuditLog
from marketing_pipeline.store.database import Database

ROWS = 100_000
TARGET_SECONDS = 10.0
BATCH = 5_000


def main() -> None:
    """Fill a chain, verify it against its anchored head three times, and print the figures."""
    clock = SteppedClock(datetime(2026, 11, 16, 9, tzinfo=UTC))
    with tempfile.TemporaryDirectory() as folder:
        log, anchor = AuditLog(b"a key that lives outside the database", clock), Path(folder) / "audit.anchor"
        database = Database.open(f"sqlite:///{folder}/audit.sqlite", clock)
        started = time.perf_counter()
        for begin in range(0, ROWS, BATCH):
            with database.write() as connection:
                for number in range(begin, begin + BATCH):
                    _append(log, connection, number)
                log.anchor(connection, anchor)
        filled = time.perf_counter() - started
        taken: list[float] = []
        for _ in range(3):
            started = time.perf_counter()
            with database.read() as connection:
                verdict = log.verify(connection, anchor)
            taken.append(time.perf_counter() - started)
            assert verdict.intact and verdict.rows == ROWS, verdict
        database.close()
    print(f"filled with {ROWS:,} rows in {filled:.1f} s; verified in {min(taken):.2f} to {max(taken):.2f} s, n=3")
    print(f"the target is {TARGET_SECONDS:.0f} s: {'met' if max(taken) < TARGET_SECONDS else 'missed'}")
    print("the head is anchored after each decision and each drain: what came after the last one can be cut unseen")
    figures = {"rows": ROWS, "seconds": round(max(taken), 3), "target_seconds": TARGET_SECONDS}
    print(json.dumps({"benchmark": "audit", "figures": figures}))


def _append(log: AuditLog, connection: Connection, number: int) -> None:
    detail = {"number": number, "from": "drafted", "to": "designed", "reason": "attempt 1 meets the bar"}
    brand = BrandId("tea_room")
    log.append(connection, actor="sam", action="post.designed", subject=f"p{number}", brand=brand, detail=detail)


if __name__ == "__main__":
    main()
