"""Requests whose connection broke and that take effect all the same, later. That this happens is assumed."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from marketing_pipeline.sandbox.google_ads.world import AdsWorld
from marketing_pipeline.sandbox.state_file import from_stamp, stamp


@dataclass(frozen=True)
class LateRequest:
    """A request that is due."""

    due_at: datetime
    request_id: str
    method: str
    request: bytes


class LateRequests:
    """Keeps requests until they are due, across restarts."""

    def __init__(self, world: AdsWorld) -> None:
        self._world = world

    def keep(self, method: str, request: bytes, request_id: str, delay: timedelta) -> None:
        """Put one aside."""
        with self._world.transaction() as connection:
            connection.execute(
                "INSERT INTO late_requests (due_at, request_id, method, request) VALUES (?, ?, ?, ?)",
                (stamp(self._world.now() + delay), request_id, method, request),
            )

    def due(self) -> list[LateRequest]:
        """Those that are due, oldest first; each is given once."""
        with self._world.transaction() as connection:
            rows = connection.execute(
                "SELECT * FROM late_requests WHERE due_at <= ? ORDER BY due_at, number", (stamp(self._world.now()),)
            ).fetchall()
            connection.executemany("DELETE FROM late_requests WHERE number = ?", [(row["number"],) for row in rows])
        return [
            LateRequest(from_stamp(row["due_at"]), row["request_id"], row["method"], row["request"]) for row in rows
        ]
