"""Signs of life of processes, in real time also where the time of the home is simulated."""

import os
import socket
from datetime import datetime, timedelta

from sqlalchemy import delete, or_, select, update

from marketing_pipeline.domain.clock import Clock, aware
from marketing_pipeline.domain.heartbeat import Heartbeat, ServerKind
from marketing_pipeline.store.database import Database
from marketing_pipeline.store.tables import effects, heartbeats
from marketing_pipeline.store.upsert import upsert

KEPT = timedelta(days=1)
"""Signs of life older than this tell nothing any more."""


class Heartbeats:
    """Writes and reads beats. `real` is the machine's clock: how a process does is no part of a simulation."""

    def __init__(self, database: Database, real: Clock) -> None:
        self._database = database
        self._real = real

    def beat(self, name: str, kind: ServerKind, every_seconds: int, started_at: datetime | None = None) -> None:
        """This process is alive. `started_at` None keeps that of the row of this process, else it begins now."""
        now = aware(self._real.now())
        row = {
            "name": name,
            "kind": kind,
            "host": socket.gethostname(),
            "pid": os.getpid(),
            "every_seconds": every_seconds,
            "started_at": started_at or now,
            "beat_at": now,
            "ended_at": None,
        }
        with self._database.write() as connection:
            before = connection.execute(select(heartbeats).where(heartbeats.c.name == name)).first()
            known = before if before is not None and (before.host, before.pid) == (row["host"], row["pid"]) else None
            if started_at is None and known is not None and known.ended_at is None:
                row["started_at"] = known.started_at
            upsert(connection, heartbeats, row, changing=row.keys() - {"name"})

    def goodbye(self, name: str) -> None:
        """It ended in good order: its silence means nothing. A drain leaves no row, nor do those that died long ago."""
        now = aware(self._real.now())
        done = or_(heartbeats.c.name == name, heartbeats.c.beat_at < now - KEPT)
        with self._database.write() as connection:
            connection.execute(delete(heartbeats).where(heartbeats.c.kind == ServerKind.DRAIN, done))
            connection.execute(update(heartbeats).where(heartbeats.c.name == name).values(ended_at=now, beat_at=now))

    def read(self, kind: ServerKind | None = None) -> tuple[Heartbeat, ...]:
        """The last sign of life of each process, newest first."""
        wanted = select(heartbeats).order_by(heartbeats.c.beat_at.desc(), heartbeats.c.name)
        if kind is not None:
            wanted = wanted.where(heartbeats.c.kind == kind)
        with self._database.read() as connection:
            return tuple(Heartbeat.model_validate(dict(row)) for row in connection.execute(wanted).mappings())

    def at_work(self) -> tuple[str, ...]:
        """Names of what has neither ended nor fallen silent, in the order of the alphabet."""
        now = aware(self._real.now())
        return tuple(sorted(each.name for each in self.read() if each.ended_at is None and not each.is_silent(now)))

    def leased_to(self, owners: frozenset[str]) -> frozenset[str]:
        """Those of these runs that still hold a claim in the effect ledger."""
        if not owners:
            return frozenset()
        wanted = select(effects.c.lease_owner).where(effects.c.lease_owner.in_(owners)).distinct()
        with self._database.read() as connection:
            return frozenset(connection.scalars(wanted))
